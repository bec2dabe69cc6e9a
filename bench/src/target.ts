import { type ChildProcess, spawn } from 'node:child_process';
import { type Dirent, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../server/src/base/free_port.ts';

/** A server under load. Of a peer only what was told is measured; our own is started here and its processes are known. */
export interface Target {
  readonly name: string;
  readonly url: string;
  /** Where it takes data, when that is not where it answers queries. */
  readonly ingestUrl: string;
  /** Resident memory of all its processes, MiB; null when they are not known. */
  residentMib(): number | null;
  /** Processor time of all its processes so far, seconds; null when they are not known. */
  cpuSeconds(): number | null;
  /** Bytes of its data directory (of ours without the write-ahead log); null when it is not known. */
  diskBytes(): number | null;
  stop(): Promise<void>;
}

/** A million series may take their time. */
const READY_MS = 120_000;

const root = join(import.meta.dirname, '../..');

/** What is known of a server that runs already: with its process id memory and processor time are measured, with its directory disk. */
export interface PeerFacts {
  readonly ingestUrl?: string | undefined;
  readonly pid?: number | undefined;
  readonly data?: string | undefined;
}

/** A server that runs already. */
export function peer(name: string, url: string, { ingestUrl = url, pid, data }: PeerFacts = {}): Target {
  return {
    name,
    url: url.replace(/\/$/, ''),
    ingestUrl: ingestUrl.replace(/\/$/, ''),
    residentMib: () => (pid === undefined ? null : residentOfTree(pid)),
    cpuSeconds: () => (pid === undefined ? null : cpuOfTree(pid)),
    diskBytes: () => (data === undefined ? null : folderBytes(data)),
    stop: async () => undefined,
  };
}

/** Our own server, which can be killed and started again over the same data. */
export interface OwnTarget extends Target {
  /** Kills it with -9 and starts it again. Returns ms from the start to the first 200 of `/readyz`. */
  restart(): Promise<number>;
}

/** Starts Trilith on a free port with an empty data directory and the limits that a benchmark needs lifted. */
export async function startTrilith(env: Readonly<Record<string, string>> = {}): Promise<OwnTarget> {
  const data = mkdtempSync(join(tmpdir(), 'trilith-bench-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const start = (): ChildProcess =>
    spawn(process.execPath, [join(root, 'server/src/main.ts')], {
      env: {
        ...process.env,
        TRILITH_LISTEN: `127.0.0.1:${port}`,
        TRILITH_OTLP_LISTEN: 'off',
        TRILITH_DATA: data,
        TRILITH_LOG_LEVEL: 'error',
        TRILITH_SELF_MONITORING: 'false',
        TRILITH_INGEST_MIB_PER_SECOND: '2000',
        TRILITH_OUT_OF_ORDER_MINUTES: '10000',
        // Peers make no series from spans unless told to.
        TRILITH_SPAN_METRICS_ENABLED: 'false',
        ...env,
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  let child = start();
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  };
  await untilReady(url, child);
  return {
    name: 'trilith',
    url,
    ingestUrl: url,
    residentMib: () => residentOfTree(child.pid ?? 0),
    cpuSeconds: () => cpuOfTree(child.pid ?? 0),
    diskBytes: () => folderBytes(join(data, 'store', 'store')) + folderBytes(join(data, 'store', 'data')),
    async restart() {
      await end('SIGKILL');
      const started = performance.now();
      child = start();
      await untilReady(url, child);
      return performance.now() - started;
    },
    async stop() {
      await end('SIGTERM');
      rmSync(data, { recursive: true, force: true });
    },
  };
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode}`);
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the server was not ready within ${READY_MS / 1000} s`);
}

/** A process and all below it. */
function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(statFields(Number(name))?.[1] ?? 0);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const tree = [root];
  for (let i = 0; i < tree.length; i++) tree.push(...(children.get(tree[i] as number) ?? []));
  return tree;
}

/** The fields of /proc/PID/stat from the state on; undefined when the process has ended. */
function statFields(pid: number): string[] | undefined {
  try {
    // pid (command) state …: the command may hold anything, so count from the last parenthesis.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    // The process ended between listing and reading.
    return undefined;
  }
}

function residentOfTree(pid: number): number {
  return processTree(pid).reduce((sum, one) => sum + residentOf(one), 0);
}

/** Clock ticks a second in /proc; Linux shows 100 whatever the kernel's own rate is. */
const TICKS_PER_SECOND = 100;

function cpuOfTree(pid: number): number {
  return processTree(pid).reduce((sum, one) => sum + cpuOf(one), 0);
}

function cpuOf(pid: number): number {
  // User and system time.
  const fields = statFields(pid);
  return fields === undefined ? 0 : (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
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
  let bytes = 0;
  for (const entry of entriesOf(path)) {
    const name = join(path, entry.name);
    if (entry.isDirectory()) bytes += folderBytes(name);
    else if (entry.isFile()) bytes += statSync(name, { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    // Parts come and go while we look: what is gone takes nothing.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
