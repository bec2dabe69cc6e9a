import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../server/src/base/free_port.ts';

/** A Trilith process of its own with an empty data directory, for clients to talk to. */
export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Its data directory. */
  readonly data: string;
  /** Whether the process that was started is the one still running. */
  running(): boolean;
  /** The JSON answer of a GET; throws with the answer's text when it is not 2xx. */
  get(path: string, parameters?: Readonly<Record<string, string>>): Promise<unknown>;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** Further settings, `TRILITH_*`; they win over those every test server has. */
  readonly env?: Readonly<Record<string, string>>;
}

const MAIN = join(import.meta.dirname, '../../server/src/main.ts');
const READY_MS = 60_000;

export async function startServer({ env = {} }: ServerOptions = {}): Promise<RunningServer> {
  const data = await mkdtemp(join(tmpdir(), 'trilith-conformance-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [MAIN], {
    cwd: data,
    env: {
      ...process.env,
      TRILITH_LISTEN: `127.0.0.1:${port}`,
      TRILITH_OTLP_LISTEN: 'off',
      TRILITH_OTLP_GRPC_LISTEN: 'off',
      TRILITH_DATA: data,
      TRILITH_LOG_LEVEL: 'error',
      TRILITH_SELF_MONITORING: 'false',
      ...env,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  let stopping = false;
  child.once('exit', (code, signal) => {
    if (!stopping) process.stderr.write(`the server ended by itself: code ${code}, signal ${signal}\n`);
  });
  const stop = async (): Promise<void> => {
    stopping = true;
    await exited(child);
    await rm(data, { recursive: true, force: true });
  };
  try {
    await eventually('the server is ready', READY_MS, async () => {
      if (child.exitCode !== null) return;
      const response = await fetch(`${url}/readyz`);
      if (!response.ok) throw new Error(await response.text());
    });
    if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    port,
    pid: child.pid ?? 0,
    data,
    running: () => child.exitCode === null && child.signalCode === null,
    async get(path, parameters = {}) {
      const response = await fetch(`${url}${path}?${new URLSearchParams(parameters)}`, {
        headers: { accept: 'application/json' },
      });
      const body = await response.text();
      if (!response.ok) throw new Error(`${response.status} from ${path}: ${body}`);
      return JSON.parse(body) as unknown;
    },
    stop,
  };
}

async function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exit;
}

/** Resident memory of a process, bytes; 0 when it has ended. */
export function residentBytes(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1024;
  } catch {
    // The process has ended.
    return 0;
  }
}

/** The processes a process has started and that still run. */
export function childPids(pid: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // pid (command) state ppid …; the command may hold anything, so count from the last parenthesis.
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid ? [Number(name)] : [];
    } catch {
      // The process ended while we looked.
      return [];
    }
  });
}

/** Repeats a check until it does not throw; after `withinMs` throws what it threw last. */
export async function eventually<T>(what: string, withinMs: number, check: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) {
        throw new Error(`not within ${withinMs} ms: ${what}: ${(error as Error).message}`, { cause: error });
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
