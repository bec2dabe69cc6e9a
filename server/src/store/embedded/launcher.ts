/**
 * The engine's process: opens the ClickHouse library and runs it as `clickhouse local` with its HTTP port open. Started
 * by the supervisor as `node --experimental-ffi -e <this file, types stripped>` with the arguments
 * `<library> <parent pid> <kernel|thread> <engine arguments…>`. Nothing may import this file, and it imports nothing of the program:
 * what is loaded here stays resident for the life of the engine.
 */
import ffi from 'node:ffi';
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9n;
const PR_SET_NO_NEW_PRIVS = 38;
const MADV_DONTNEED = 4;

function main(library: string, parent: number, watch: string, engineArguments: readonly string[]): void {
  dieWithParent(parent, watch);
  const { functions } = ffi.dlopen(library, { query_stable_v2: { arguments: ['i32', 'pointer'], return: 'pointer' } });
  if (process.platform === 'linux') {
    forgetLoadedPages(library);
    confine(engineArguments.find((argument) => argument.startsWith('--path='))?.slice('--path='.length));
  }
  const texts = ['clickhouse', ...engineArguments].map((text) => Buffer.from(`${text}\0`));
  // argv ends with a null pointer; `texts` keeps the strings alive during the call.
  const argv = new BigUint64Array(texts.length + 1);
  texts.forEach((text, i) => {
    argv[i] = ffi.getRawPointer(text);
  });
  functions.query_stable_v2(texts.length, Buffer.from(argv.buffer));
  // The call returns when the keep-alive query was killed: a clean shutdown.
  process.exit(0);
}

/** No JavaScript runs once the engine does, so the kernel (Linux) or a second thread (macOS) watches the parent. */
function dieWithParent(parent: number, watch: string): void {
  if (watch === 'kernel') {
    const { functions } = ffi.dlopen(null, {
      prctl: { arguments: ['i32', 'u64', 'u64', 'u64', 'u64'], return: 'i32' },
    });
    if (functions.prctl(PR_SET_PDEATHSIG, SIGKILL, 0n, 0n, 0n) !== 0) throw new Error('prctl failed');
  } else {
    const watcher = `setInterval(() => { if (process.ppid !== ${parent}) process.kill(process.pid, 'SIGKILL'); }, 250)`;
    new Worker(watcher, { eval: true });
  }
  if (process.ppid !== parent) process.exit(1);
}

/**
 * Static constructors touch 120 MB of the library while it loads, most of it never again. Dropping those clean pages
 * costs nothing: what is needed comes back from the page cache.
 */
function forgetLoadedPages(library: string): void {
  const { functions } = ffi.dlopen(null, { madvise: { arguments: ['u64', 'u64', 'i32'], return: 'i32' } });
  for (const line of readFileSync('/proc/self/maps', 'utf8').split('\n')) {
    const [range, mode, offset] = line.split(/\s+/);
    if (range === undefined || mode === undefined || !line.endsWith(library)) continue;
    // Only code and read-only data as they are in the file; relocated pages are ours and must stay.
    if (mode !== 'r-xp' && !(mode === 'r--p' && offset === '00000000')) continue;
    const [start, end] = range.split('-').map((hex) => BigInt(`0x${hex}`));
    if (start !== undefined && end !== undefined) functions.madvise(start, end - start, MADV_DONTNEED);
  }
}

/** System calls and access rights of Landlock (kernel: include/uapi/linux/landlock.h); numbers are the same everywhere. */
const LANDLOCK_CREATE_RULESET = 444n;
const LANDLOCK_ADD_RULE = 445n;
const LANDLOCK_RESTRICT_SELF = 446n;
const RULE_PATH_BENEATH = 1n;
const CREATE_RULESET_VERSION = 1n;
/** From this version on files can be renamed between directories and truncation is governed. */
const USABLE_VERSION = 3n;
const EVERYTHING = 0x7fffn;
const READ_FILE = 1n << 2n;
const READ_ANYTHING = (1n << 0n) | READ_FILE | (1n << 3n);
const READ_WRITE_FILE = READ_FILE | (1n << 1n);
/** Of /proc our own directory only: those of other processes hold their environment. */
const PROC = ['self', 'sys', 'meminfo', 'stat', 'cpuinfo', 'loadavg', 'vmstat', 'uptime', 'version', 'filesystems'];
const ETC = ['hosts', 'resolv.conf', 'nsswitch.conf', 'localtime'];
const READABLE = [
  ...['/sys', '/usr', '/lib', '/lib64'],
  ...PROC.map((name) => `/proc/${name}`),
  ...ETC.map((name) => `/etc/${name}`),
];

/**
 * From here on this thread and all it starts (every thread of the engine) can open nothing but the data directory and
 * what a process needs to live. So not even the engine's `file()` function reads the machine's files, nor the
 * environment of the parent. Kernels without Landlock go on without.
 */
function confine(dataDir: string | undefined): void {
  const { functions } = ffi.dlopen(null, {
    syscall: { arguments: ['i64', 'u64', 'u64', 'u64', 'u64'], return: 'i64' },
    prctl: { arguments: ['i32', 'u64', 'u64', 'u64', 'u64'], return: 'i32' },
  });
  const version = functions.syscall(LANDLOCK_CREATE_RULESET, 0n, 0n, CREATE_RULESET_VERSION, 0n);
  if (dataDir === undefined || version < USABLE_VERSION) return;
  const handled = Buffer.from(BigUint64Array.of(EVERYTHING).buffer);
  const ruleset = functions.syscall(LANDLOCK_CREATE_RULESET, ffi.getRawPointer(handled), 8n, 0n, 0n);
  const allow = (path: string, access: bigint): void => {
    if (!existsSync(path)) return;
    const opened = openSync(path, 'r');
    const rule = Buffer.alloc(12);
    rule.writeBigUInt64LE(statSync(path).isDirectory() ? access : access & READ_WRITE_FILE, 0);
    rule.writeInt32LE(opened, 8);
    const added = functions.syscall(LANDLOCK_ADD_RULE, ruleset, RULE_PATH_BENEATH, ffi.getRawPointer(rule), 0n);
    closeSync(opened);
    if (added !== 0n) throw new Error(`no rule for ${path}`);
  };
  allow(dataDir, EVERYTHING);
  for (const path of READABLE) allow(path, READ_ANYTHING);
  for (const device of ['/dev/null', '/dev/zero', '/dev/random', '/dev/urandom']) allow(device, READ_WRITE_FILE);
  if (functions.prctl(PR_SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n) !== 0) throw new Error('prctl failed');
  if (functions.syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0n, 0n, 0n) !== 0n) throw new Error('landlock failed');
}

const [library, parent, watch, ...engineArguments] = process.argv.slice(1);
if (library === undefined || parent === undefined || watch === undefined) {
  throw new Error('usage: launcher <library> <parent pid> <kernel|thread> <argument>…');
}
main(library, Number(parent), watch, engineArguments);
