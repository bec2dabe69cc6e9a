/**
 * The engine's process: opens the ClickHouse library and runs it as `clickhouse local` with its HTTP port open. Started
 * by the supervisor as `node --experimental-ffi -e <this file, types stripped>` with the arguments
 * `<library> <parent pid> <kernel|thread> <engine arguments…>`. Nothing may import this file, and it imports nothing of the program:
 * what is loaded here stays resident for the life of the engine.
 */
import ffi from 'node:ffi';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9n;
const MADV_DONTNEED = 4;

function main(library: string, parent: number, watch: string, engineArguments: readonly string[]): void {
  dieWithParent(parent, watch);
  const { functions } = ffi.dlopen(library, { query_stable_v2: { arguments: ['i32', 'pointer'], return: 'pointer' } });
  if (process.platform === 'linux') forgetLoadedPages(library);
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

const [library, parent, watch, ...engineArguments] = process.argv.slice(1);
if (library === undefined || parent === undefined || watch === undefined) {
  throw new Error('usage: launcher <library> <parent pid> <kernel|thread> <argument>…');
}
main(library, Number(parent), watch, engineArguments);
