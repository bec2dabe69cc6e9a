import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../server/src/base/free_port.ts';
import { Program } from './program.ts';

export interface FullLogOptions {
  /** Size of the log at which writes are refused, MiB. */
  readonly logMib: number;
  readonly print: (line: string) => void;
}

export interface FullLogReport {
  readonly acknowledgedLines: number;
  readonly storedLines: number;
  /** From the start of the process to the first 200 of `/readyz`, with the whole log waiting, ms. */
  readonly readyMs: number;
  /** Until the last line was in the store, ms. */
  readonly loadedMs: number;
  /** Highest resident memory of server and engine while the log was loaded, MiB. */
  readonly peakMib: number;
}

const LINES = 1000;
const HOUR_MS = 3_600_000;
const LINE_BYTES = 1024;
const CLIENTS = 4;
const READY_DEADLINE_MS = 120_000;
const LOADED_DEADLINE_MS = 1_800_000;

/**
 * Stops the engine, sends log lines until the write-ahead log is full and the door says so, kills the server with -9, and
 * starts it again over the full log.
 */
export async function runFullLog({ logMib, print }: FullLogOptions): Promise<FullLogReport> {
  const folder = await mkdtemp(join(tmpdir(), 'trilith-full-log-'));
  const program = new Program(await freePort(), join(folder, 'data'), join(folder, 'server.log'));
  const environment = { TRILITH_WAL_MIB: String(logMib) };
  try {
    program.start('', environment);
    if (!(await program.ready(READY_DEADLINE_MS))) throw new Error(`not ready: ${program.ending}`);
    const engine = program.enginePid();
    if (engine === undefined) throw new Error('the server has no engine');
    process.kill(engine, 'SIGSTOP');
    const acknowledgedLines = await fill(program, print);
    await program.kill('SIGKILL');

    const started = performance.now();
    program.start('', environment);
    if (!(await program.ready(READY_DEADLINE_MS))) throw new Error(`not ready again: ${program.ending}`);
    const readyMs = performance.now() - started;
    print(`ready ${Math.round(readyMs)} ms after the start`);
    let peakMib = 0;
    let storedLines = 0;
    for (let shown = 0; performance.now() - started < LOADED_DEADLINE_MS; ) {
      peakMib = Math.max(peakMib, residentMib(program.pid) + residentMib(program.enginePid()));
      const { body } = await program.get('/metrics');
      const behind = Number(/^trilith_wal_bytes_behind (\S+)$/m.exec(body)?.[1] ?? Number.NaN);
      if (behind === 0) break;
      if (performance.now() - shown > 10_000) {
        print(`${Math.round(behind / 2 ** 20)} MiB to go, ${Math.round(peakMib)} MiB resident at most`);
        shown = performance.now();
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const loadedMs = performance.now() - started;
    const { body } = await program.get(`/api/counts?from=${Date.now() - HOUR_MS}&to=${Date.now() + 60_000}`);
    storedLines = (JSON.parse(body) as { logs: number }).logs;
    return { acknowledgedLines, storedLines, readyMs, loadedMs, peakMib };
  } finally {
    await program.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Sends until a request is refused because the log is full; returns the acknowledged lines. */
async function fill(program: Program, print: (line: string) => void): Promise<number> {
  let requests = 0;
  let acknowledged = 0;
  let full = false;
  let shown = performance.now();
  const client = async (): Promise<void> => {
    while (!full) {
      const response = await fetch(`http://127.0.0.1:${program.port}/loki/api/v1/push`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: pushBody(requests++),
      });
      const text = await response.text();
      if (response.ok) acknowledged += LINES;
      else if (response.status === 503 && text.includes('log is full')) full = true;
      else if (response.status !== 503) throw new Error(`status ${response.status}: ${text.slice(0, 200)}`);
      if (performance.now() - shown > 10_000) {
        print(`${acknowledged} lines acknowledged`);
        shown = performance.now();
      }
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  print(`the log is full after ${acknowledged} lines`);
  return acknowledged;
}

/** Lines that do not compress, so that the log fills with what was sent. */
function pushBody(request: number): string {
  const text = randomBytes((LINES * LINE_BYTES * 3) / 4).toString('base64');
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const values = Array.from({ length: LINES }, (_, i) => [
    String(nowNs + BigInt(i)),
    `${request} ${i} ${text.slice(i * LINE_BYTES, (i + 1) * LINE_BYTES)}`,
  ]);
  return JSON.stringify({ streams: [{ stream: { service_name: 'full-log' }, values }] });
}

function residentMib(pid: number | undefined): number {
  if (pid === undefined) return 0;
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) / 1024;
  } catch {
    // The process ended while we looked: it holds nothing.
    return 0;
  }
}
