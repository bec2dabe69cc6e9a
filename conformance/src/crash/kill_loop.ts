import { CRASH_POINTS } from '../../../server/src/base/fault.ts';
import type { Program } from './program.ts';
import type { Sender } from './sender.ts';

export interface KillCounts {
  server: number;
  engine: number;
  /** Kills at a named crash point, by point. */
  readonly points: Map<string, number>;
  /** From the start of the process to `/readyz`, ms. */
  readonly readyMs: number[];
  /** From the kill of the engine to `/readyz`, ms. */
  readonly engineReadyMs: number[];
  /** Acknowledgements while the engine was down. */
  ackedWithoutEngine: number;
}

const READY_DEADLINE_MS = 60_000;
/** The n-th passing of a point is drawn below this, low numbers more often: some points are passed once in a run. */
const MAX_PASSINGS = 10;
/** How much longer than for a kill at a random moment a crash point may take to be reached. */
const POINT_FACTOR = 2;

function acknowledged(senders: readonly Sender[]): number {
  return senders.reduce((sum, sender) => sum + sender.attempts.acknowledged, 0);
}

async function sleep(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Starts the program if it is not running, once more for every death at a crash point, until it is ready. */
export async function ensureReady(program: Program, counts: KillCounts, fault = ''): Promise<void> {
  let armed = fault;
  for (let attempt = 0; attempt < 5; attempt++) {
    const started = performance.now();
    const fresh = !program.running;
    if (fresh) program.start(armed);
    if (await program.ready(READY_DEADLINE_MS)) {
      if (fresh) counts.readyMs.push(performance.now() - started);
      return;
    }
    if (program.running) throw new Error(`not ready within ${READY_DEADLINE_MS} ms`);
    if (armed === '') throw new Error(`the program ended while starting: ${program.ending}`);
    note(counts, armed);
    armed = '';
  }
}

function note(counts: KillCounts, fault: string): void {
  const point = fault.split(':')[0] ?? '';
  counts.server++;
  counts.points.set(point, (counts.points.get(point) ?? 0) + 1);
}

/** One kill of the server: at a crash point if one was drawn and reached in time, else at a random moment. */
export async function killServer(program: Program, random: () => number, counts: KillCounts): Promise<void> {
  const armed = random() < 0.5;
  const point = CRASH_POINTS[Math.floor(random() * CRASH_POINTS.length)] ?? 'wal.afterWrite';
  const fault = armed ? `${point}:${1 + Math.floor(random() ** 3 * MAX_PASSINGS)}` : '';
  const moment = (50 + random() * 1450) * (armed ? POINT_FACTOR : 1);
  if (program.running && armed) await program.kill();
  await ensureReady(program, counts, fault);
  await Promise.race([program.exited(), sleep(moment)]);
  if (program.running) {
    counts.server++;
    await program.kill();
  } else if (armed) note(counts, fault);
  else throw new Error(`the program ended by itself: ${program.ending}`);
}

/** One kill of the engine: the server must go on acknowledging and come back by itself. */
export async function killEngine(
  program: Program,
  senders: readonly Sender[],
  random: () => number,
  counts: KillCounts,
): Promise<void> {
  await ensureReady(program, counts);
  await sleep(50 + random() * 1450);
  const pid = program.enginePid();
  if (pid === undefined) throw new Error('the server has no engine process');
  const before = acknowledged(senders);
  process.kill(pid, 'SIGKILL');
  counts.engine++;
  const started = performance.now();
  // The old answer of /readyz may still be on its way: wait for the new process first.
  while (program.running && (program.enginePid() ?? pid) === pid && performance.now() - started < 30_000)
    await sleep(5);
  counts.ackedWithoutEngine += acknowledged(senders) - before;
  if (!(await program.ready(READY_DEADLINE_MS))) throw new Error(`no engine again: ${program.ending}`);
  counts.engineReadyMs.push(performance.now() - started);
}
