import { type ChildProcess, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { configFile, settingsFile } from './config_files.ts';

const SERVER = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url));
const READY_MS = 60_000;
const STOP_MS = 15_000;
const LOOK_MS = 250;
/** Characters of the server's output kept. */
const TAIL = 4_000;

/** Trilith cannot be started. */
export class TrilithError extends Error {
  override readonly name = 'TrilithError';
}

/** Whether something answers at the address, and whether it is ready. */
export async function trilithState(url: string): Promise<'away' | 'starting' | 'ready'> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) });
    await response.arrayBuffer();
    return response.ok ? 'ready' : 'starting';
  } catch {
    // Nothing listens there.
    return 'away';
  }
}

async function waitUntilReady(url: string, stillRuns: () => boolean): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while ((await trilithState(url)) !== 'ready') {
    if (!stillRuns()) throw new TrilithError('Trilith ended before it was ready');
    if (Date.now() > deadline) throw new TrilithError(`Trilith was not ready within ${READY_MS / 1000} s`);
    await delay(LOOK_MS);
  }
}

export interface StartedTrilith extends AsyncDisposable {
  readonly process: ChildProcess;
}

/** Starts the server of this repository with the demo's targets; `environment` adds settings (a data directory …). */
export async function startTrilith(
  url: string,
  basePort: number,
  environment: Readonly<Record<string, string>> = {},
  output: 'inherit' | 'quiet' = 'inherit',
): Promise<StartedTrilith> {
  const { host } = new URL(url);
  const child = spawn(process.execPath, [SERVER], {
    cwd: dirname(dirname(dirname(SERVER))),
    // A group of its own: Ctrl-C stops the demo first and Trilith last, with what was still on its way.
    detached: true,
    stdio: ['ignore', 'pipe', output === 'inherit' ? 'inherit' : 'pipe'],
    env: {
      ...process.env,
      TRILITH_LISTEN: host,
      TRILITH_CONFIG: process.env.TRILITH_CONFIG ?? settingsFile(basePort),
      TRILITH_PROMETHEUS_CONFIG: configFile(basePort),
      ...environment,
    },
  });
  // Its own log goes into itself; the last of it is kept to say why a start failed.
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      tail = `${tail}${chunk.toString('utf8')}`.slice(-TAIL);
    });
  }
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await gone;
    clearTimeout(timer);
  };
  try {
    await waitUntilReady(url, () => child.exitCode === null && child.signalCode === null);
  } catch (error) {
    await stop();
    if (!(error instanceof TrilithError)) throw error;
    throw new TrilithError(`${error.message}\n${tail}`, { cause: error });
  }
  return { process: child, [Symbol.asyncDispose]: stop };
}
