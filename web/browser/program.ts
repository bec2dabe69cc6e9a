/** The program and the browser the tests drive: a server of its own with an empty data directory, and Chromium. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { freePort } from '../../server/src/base/free_port.ts';

const root = join(import.meta.dirname, '../..');
const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const readyMs = 60_000;

/** Why the browser tests cannot run here, or false. */
export function skipReason(): string | false {
  if (existsSync(chromiumPath)) return false;
  const reason = `no Chromium at ${chromiumPath}; set CHROMIUM`;
  process.stderr.write(`browser tests skipped: ${reason}\n`);
  return reason;
}

export interface Program {
  readonly url: string;
  readonly browser: Browser;
  /** Kills the store's engine, as a crash or the kernel's memory killer would; false when none runs just now. */
  readonly killEngine: () => boolean;
  readonly stop: () => Promise<void>;
}

/** Builds the UI when its sources changed, starts a server (with these settings, `TRILITH_*`) and Chromium. */
export async function startProgram(settings: Readonly<Record<string, string>> = {}): Promise<Program> {
  const built = spawnSync(process.execPath, [join(root, 'web/build.ts'), '--if-stale'], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the web UI did not build: ${built.stderr}`);
  const data = await mkdtemp(join(tmpdir(), 'trilith-browser-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = spawn(process.execPath, [join(root, 'server/src/main.ts')], {
    cwd: data,
    env: {
      ...process.env,
      TRILITH_LISTEN: `127.0.0.1:${port}`,
      TRILITH_OTLP_LISTEN: 'off',
      TRILITH_DATA: data,
      TRILITH_LOG_LEVEL: 'error',
      TRILITH_SELF_MONITORING: 'false',
      ...settings,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const stopServer = async (): Promise<void> => {
    await ended(server);
    await rm(data, { recursive: true, force: true });
  };
  try {
    await until('the server is ready', async () => (await fetch(`${url}/readyz`)).ok, readyMs);
    const browser = await chromium.launch({
      executablePath: chromiumPath,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    return {
      url,
      browser,
      killEngine: () => killEngineOf(server),
      stop: async () => {
        await browser.close();
        await stopServer();
      },
    };
  } catch (error) {
    await stopServer();
    throw error;
  }
}

/** Waits until a check holds; a check that throws does not hold yet. */
export async function until(what: string, check: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  let last: unknown = 'the check did not hold';
  while (performance.now() < deadline) {
    try {
      if (await check()) return;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not within ${withinMs} ms: ${what}`, { cause: last });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exit;
}

/** The engine is the only process the server starts with `--experimental-ffi`. */
function killEngineOf(server: ChildProcess): boolean {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      if (parent !== server.pid) continue;
      if (!readFileSync(`/proc/${name}/cmdline`, 'latin1').includes('--experimental-ffi')) continue;
      process.kill(Number(name), 'SIGKILL');
      return true;
    } catch {
      // The process ended while we looked: then it is not the one to kill.
    }
  }
  return false;
}
