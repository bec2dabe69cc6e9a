import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../server/src/base/free_port.ts';
import { ensureReady, type KillCounts, killEngine, killServer } from './kill_loop.ts';
import { Program } from './program.ts';
import { seeded } from './random.ts';
import { Sender } from './sender.ts';
import { type RunId, type SignalName, signalsOf } from './signals.ts';
import { countStored, type StoredCount } from './stored_rows.ts';
import { addVerdicts, isClean, NO_VERDICT, UnansweredQuery, type Verdict, verify } from './verify.ts';

export interface CrashOptions {
  readonly cycles: number;
  readonly seed: number;
  /** Ask the public query APIs every so many cycles and at the end; 0: only count stored rows at the end. */
  readonly verifyEvery: number;
  /** Clients per signal. */
  readonly clients: number;
  /** Keep the data directory and the program's log. */
  readonly keep: boolean;
  readonly print: (line: string) => void;
}

export interface CrashReport {
  readonly kills: KillCounts;
  readonly acknowledgedItems: number;
  readonly verdicts: Readonly<Record<SignalName, Verdict>>;
  readonly stored: Readonly<Record<SignalName, StoredCount>>;
  readonly wrongAnswers: readonly string[];
  /** From the first attempt's start to its acknowledgement, ms; attempts that failed are not in it. */
  readonly ackMs: readonly number[];
  /** Attempts that got no answer, and answers that asked to come again. */
  readonly broken: number;
  readonly refused: number;
  readonly passed: boolean;
}

/** An acknowledged record answers queries within a second; under kills and on a busy machine it gets this long. */
const VISIBLE_MS = 30_000;
const BACK_MS = 60 * 60_000;

/** Kills the program and its engine in turn under load, and holds every acknowledged item against what can be queried. */
export async function runCrash(options: CrashOptions): Promise<CrashReport> {
  const { print, seed, cycles } = options;
  const random = seeded(seed);
  const folder = await mkdtemp(join(tmpdir(), 'trilith-crash-'));
  const data = join(folder, 'data');
  const program = new Program(await freePort(), data, join(folder, 'server.log'));
  const id: RunId = { run: `r${seed}`, baseMs: Date.now() - BACK_MS };
  const senders = signalsOf(id).map((signal) => new Sender(signal, program.port, options.clients));
  const counts: KillCounts = {
    server: 0,
    engine: 0,
    points: new Map(),
    readyMs: [],
    engineReadyMs: [],
    ackedWithoutEngine: 0,
  };
  const verdicts: Record<SignalName, Verdict> = { samples: NO_VERDICT, logs: NO_VERDICT, spans: NO_VERDICT };
  const verified: Record<SignalName, number> = { samples: 0, logs: 0, spans: 0 };
  print(`seed ${seed}, ${cycles} kills, data and log in ${folder}`);
  let clean = false;
  try {
    for (let cycle = 0; cycle < cycles; cycle++) {
      for (const sender of senders) sender.resume();
      if (cycle % 2 === 0) await killServer(program, random, counts);
      else await killEngine(program, senders, random, counts);
      if (cycle + 1 < cycles && (options.verifyEvery === 0 || (cycle + 1) % options.verifyEvery !== 0)) continue;
      await ensureReady(program, counts);
      await Promise.all(senders.map((sender) => sender.pause()));
      if (options.verifyEvery === 0) continue;
      for (const { signal, next } of senders) {
        const verdict = await settled(program, id, signal.name, verified[signal.name], next);
        verdicts[signal.name] = addVerdicts(verdicts[signal.name], verdict);
        verified[signal.name] = next;
      }
      print(`${cycle + 1} kills: ${describe(verdicts)}`);
      if (!Object.values(verdicts).every(isClean)) break;
    }
    await loaded(program);
    await program.kill('SIGTERM');
    const requests = Object.fromEntries(senders.map(({ signal, next }) => [signal.name, next]));
    const stored = await countStored(data, requests as Record<SignalName, number>);
    const wrongAnswers = senders.flatMap(({ attempts }) => attempts.wrong);
    const items = senders.reduce((sum, { signal, next }) => sum + signal.itemsPerRequest * next, 0);
    const tries = {
      ackMs: senders.flatMap(({ ackMs }) => ackMs).sort((a, b) => a - b),
      broken: senders.reduce((sum, { attempts }) => sum + attempts.broken, 0),
      refused: senders.reduce((sum, { attempts }) => sum + attempts.refused, 0),
    };
    clean =
      Object.values(verdicts).every(isClean) &&
      Object.values(stored).every(({ expected, rows, distinct }) => rows === expected && distinct === expected) &&
      wrongAnswers.length === 0;
    return { kills: counts, acknowledgedItems: items, verdicts, stored, wrongAnswers, passed: clean, ...tries };
  } finally {
    for (const sender of senders) sender.close();
    await program.kill();
    if (clean && !options.keep) await rm(folder, { recursive: true, force: true });
  }
}

/** Waits until the store has everything the log has, as the program's own metrics say. */
async function loaded(program: Program): Promise<void> {
  for (const until = performance.now() + VISIBLE_MS; performance.now() < until; ) {
    const { body } = await program.get('/metrics');
    if (/^trilith_wal_bytes_behind 0$/m.test(body)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Asks until everything is there, or time is up: an acknowledged item may take a moment to be visible. */
async function settled(program: Program, id: RunId, signal: SignalName, from: number, to: number): Promise<Verdict> {
  const until = performance.now() + VISIBLE_MS;
  for (;;) {
    try {
      const verdict = await verify(program, id, signal, from, to);
      if (verdict.lost === 0 || performance.now() > until) return verdict;
    } catch (error) {
      if (!program.running) throw new Error(`the program ended by itself: ${program.ending}`, { cause: error });
      if (!(error instanceof UnansweredQuery) || performance.now() > until) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function describe(verdicts: Readonly<Record<SignalName, Verdict>>): string {
  return Object.entries(verdicts)
    .map(([signal, { expected, lost, duplicated, wrong, unexpected }]) => {
      return `${signal} ${expected} expected, ${lost} lost, ${duplicated} duplicated, ${wrong + unexpected} wrong`;
    })
    .join('; ');
}
