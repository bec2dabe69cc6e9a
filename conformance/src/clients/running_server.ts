import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A Trilith process of its own with an empty data directory, for clients to talk to. */
export interface RunningServer {
  readonly url: string;
  /** The JSON answer of a GET; throws with the answer's text when it is not 2xx. */
  get(path: string, parameters?: Readonly<Record<string, string>>): Promise<unknown>;
  stop(): Promise<void>;
}

const MAIN = join(import.meta.dirname, '../../../server/src/main.ts');
const READY_MS = 30_000;

export async function startServer(): Promise<RunningServer> {
  const data = await mkdtemp(join(tmpdir(), 'trilith-clients-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [MAIN], {
    env: {
      ...process.env,
      TRILITH_LISTEN: `127.0.0.1:${port}`,
      TRILITH_OTLP_LISTEN: 'off',
      TRILITH_DATA: data,
      TRILITH_LOG_LEVEL: 'error',
      TRILITH_SELF_MONITORING: 'false',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await eventually('the server is ready', READY_MS, async () => {
    if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode}`);
    const response = await fetch(`${url}/readyz`);
    if (!response.ok) throw new Error(await response.text());
  });
  return {
    url,
    async get(path, parameters = {}) {
      const response = await fetch(`${url}${path}?${new URLSearchParams(parameters)}`, {
        headers: { accept: 'application/json' },
      });
      const body = await response.text();
      if (!response.ok) throw new Error(`${response.status} from ${path}: ${body}`);
      return JSON.parse(body) as unknown;
    },
    async stop() {
      await exited(child);
      await rm(data, { recursive: true, force: true });
    },
  };
}

async function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exit;
}

/** A port nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
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
