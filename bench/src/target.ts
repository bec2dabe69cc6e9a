import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server under load. Peers are only an address; our own is started here and its processes can be measured. */
export interface Target {
  readonly name: string;
  readonly url: string;
  /** Resident memory of all its processes, MiB; null for a peer started elsewhere. */
  residentMib(): number | null;
  /** Bytes of its data directory without the write-ahead log; null for a peer. */
  diskBytes(): number | null;
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, '../..');

export function peer(name: string, url: string): Target {
  return {
    name,
    url: url.replace(/\/$/, ''),
    residentMib: () => null,
    diskBytes: () => null,
    stop: async () => undefined,
  };
}

/** Starts Trilith on a free port with an empty data directory and the limits that a benchmark needs lifted. */
export async function startTrilith(env: Readonly<Record<string, string>> = {}): Promise<Target> {
  const data = mkdtempSync(join(tmpdir(), 'trilith-bench-'));
  const port = await freePort();
  const child = spawn(process.execPath, [join(root, 'server/src/main.ts')], {
    env: {
      ...process.env,
      TRILITH_LISTEN: `127.0.0.1:${port}`,
      TRILITH_OTLP_LISTEN: 'off',
      TRILITH_DATA: data,
      TRILITH_LOG_LEVEL: 'error',
      TRILITH_SELF_MONITORING: 'false',
      TRILITH_INGEST_MIB_PER_SECOND: '2000',
      TRILITH_OUT_OF_ORDER_MINUTES: '10000',
      ...env,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, child);
  return {
    name: 'trilith',
    url,
    residentMib: () => processTree(child.pid ?? 0).reduce((sum, pid) => sum + residentOf(pid), 0),
    diskBytes: () => folderBytes(join(data, 'store', 'store')) + folderBytes(join(data, 'store', 'data')),
    async stop() {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await exited;
      rmSync(data, { recursive: true, force: true });
    },
  };
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode}`);
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the server was not ready within 30 s');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** A process and all below it. */
function processTree(pid: number): number[] {
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const below = children
    .trim()
    .split(/\s+/)
    .filter((text) => text !== '')
    .map(Number);
  return [pid, ...below.flatMap((child) => safeTree(child))];
}

function safeTree(pid: number): number[] {
  try {
    return processTree(pid);
  } catch {
    // ps exits with 1 when a process has no children: it is a leaf.
    return [pid];
  }
}

function residentOf(pid: number): number {
  try {
    const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
    return Number(kib) / 1024;
  } catch {
    // The process ended between listing and reading: it holds nothing.
    return 0;
  }
}

function folderBytes(path: string): number {
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })!.size, 0);
  } catch {
    // The engine moves and removes files while we look; the caller asks again after merges are done.
    return 0;
  }
}
