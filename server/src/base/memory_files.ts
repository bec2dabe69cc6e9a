import { basename, dirname } from 'node:path';
import type { DiskSpace, Files, OpenFile } from './files.ts';

/** A disk in memory for tests: loses power as a real one does, fills up, and fails when told to. */
type Change =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly length: number };

interface Inode {
  durable: Uint8Array;
  current: Uint8Array;
  /** Changes since the last sync, in order. */
  pending: Change[];
}

interface DirectoryChange {
  readonly name: string;
  readonly inode: Inode | undefined;
}

interface Directory {
  readonly durable: Map<string, Inode>;
  readonly current: Map<string, Inode>;
  /** Each entry is one operation; a rename has two changes that happen together or not at all. */
  pending: (readonly DirectoryChange[])[];
}

export type Operation =
  | 'open'
  | 'create'
  | 'read'
  | 'write'
  | 'datasync'
  | 'truncate'
  | 'rename'
  | 'remove'
  | 'syncDirectory';

/** What a test wants to happen instead: an error code, or a write of only so many bytes. */
export type Injection = { readonly code: string } | { readonly short: number } | undefined;

/**
 * What survives a crash of what was never synced.
 * - `kill`: everything, the page cache outlives the process
 * - `drop`: nothing
 * - `prefix`: some first changes of each file and directory
 * - `sectors`: any 512-byte sectors of any writes, any directory changes
 */
export type CrashMode = 'kill' | 'drop' | 'prefix' | 'sectors';

const SECTOR = 512;

export class MemoryFiles implements Files {
  readonly #directories = new Map<string, Directory>();
  #operations = 0;
  #dieAt = Number.POSITIVE_INFINITY;
  #died: () => void = () => {};
  /** Resolves when the power is gone; from then on no call ever answers. */
  readonly dead: Promise<void>;
  isDead = false;
  capacityBytes = Number.POSITIVE_INFINITY;
  inject: (operation: Operation, path: string) => Injection = () => undefined;

  constructor() {
    this.dead = new Promise((resolve) => {
      this.#died = resolve;
    });
  }

  get operations(): number {
    return this.#operations;
  }

  /** The power goes right before the n-th operation from now. */
  dieAfter(operations: number): void {
    this.#dieAt = this.#operations + operations;
  }

  die(): void {
    this.isDead = true;
    this.#died();
  }

  get usedBytes(): number {
    let used = 0;
    for (const { current } of this.#directories.values())
      for (const inode of current.values()) used += inode.current.length;
    return used;
  }

  /** The disk as the next start finds it. `random` gives numbers in [0, 1). */
  afterCrash(mode: CrashMode, random: () => number): MemoryFiles {
    this.die();
    const next = new MemoryFiles();
    next.capacityBytes = this.capacityBytes;
    const contents = new Map<Inode, Uint8Array>();
    for (const [path, directory] of this.#directories) {
      const entries = survivingEntries(directory, mode, random);
      const copy: Directory = { durable: new Map(), current: new Map(), pending: [] };
      for (const [name, inode] of entries) {
        const bytes = contents.get(inode) ?? survivingBytes(inode, mode, random);
        contents.set(inode, bytes);
        // A killed process leaves a page cache that a later power loss can still take.
        const fresh: Inode =
          mode === 'kill'
            ? { durable: inode.durable, current: inode.current, pending: [...inode.pending] }
            : { durable: bytes, current: bytes, pending: [] };
        copy.current.set(name, fresh);
        copy.durable.set(name, fresh);
      }
      next.#directories.set(path, copy);
    }
    return next;
  }

  /** The bytes of a file now, or undefined. */
  peek(path: string): Uint8Array | undefined {
    return this.#directories.get(dirname(path))?.current.get(basename(path))?.current;
  }

  /** Puts a file there, durable, without counting as an operation. */
  put(path: string, bytes: Uint8Array): void {
    const inode = { durable: bytes.slice(), current: bytes.slice(), pending: [] };
    const directory = this.#directory(dirname(path));
    directory.current.set(basename(path), inode);
    directory.durable.set(basename(path), inode);
  }

  delete(path: string): void {
    const directory = this.#directory(dirname(path));
    directory.current.delete(basename(path));
    directory.durable.delete(basename(path));
  }

  async open(path: string, mode: 'read' | 'write' | 'create'): Promise<OpenFile> {
    await this.#step(mode === 'create' ? 'create' : 'open', path);
    const directory = this.#directory(dirname(path));
    let inode = directory.current.get(basename(path));
    if (mode === 'create') {
      if (inode !== undefined) throw failure('EEXIST', path);
      inode = { durable: new Uint8Array(), current: new Uint8Array(), pending: [] };
      directory.current.set(basename(path), inode);
      directory.pending.push([{ name: basename(path), inode }]);
    }
    if (inode === undefined) throw failure('ENOENT', path);
    return this.#file(path, inode);
  }

  async list(directory: string): Promise<readonly string[]> {
    await this.#step('read', directory);
    return [...(this.#directories.get(directory)?.current.keys() ?? [])];
  }

  async makeDirectory(path: string): Promise<void> {
    this.#directory(path);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step('rename', to);
    const directory = this.#directory(dirname(from));
    const inode = directory.current.get(basename(from));
    if (inode === undefined) throw failure('ENOENT', from);
    directory.current.delete(basename(from));
    directory.current.set(basename(to), inode);
    directory.pending.push([
      { name: basename(from), inode: undefined },
      { name: basename(to), inode },
    ]);
  }

  async remove(path: string): Promise<void> {
    await this.#step('remove', path);
    const directory = this.#directory(dirname(path));
    if (directory.current.delete(basename(path))) directory.pending.push([{ name: basename(path), inode: undefined }]);
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#step('syncDirectory', path);
    const directory = this.#directory(path);
    apply(directory.durable, directory.pending);
    directory.pending = [];
  }

  async space(): Promise<DiskSpace> {
    if (this.capacityBytes === Number.POSITIVE_INFINITY) return { freeBytes: 1e12, totalBytes: 1e12 };
    return { freeBytes: Math.max(0, this.capacityBytes - this.usedBytes), totalBytes: this.capacityBytes };
  }

  #directory(path: string): Directory {
    let directory = this.#directories.get(path);
    if (directory === undefined) {
      directory = { durable: new Map(), current: new Map(), pending: [] };
      this.#directories.set(path, directory);
    }
    return directory;
  }

  /** One operation passes: the process may be dead, or the operation may be made to fail. Returns a short write's length. */
  async #step(operation: Operation, path: string): Promise<number> {
    if (++this.#operations >= this.#dieAt) this.die();
    if (this.isDead) await new Promise<never>(() => {});
    await Promise.resolve();
    const injection = this.inject(operation, path);
    if (injection === undefined) return Number.POSITIVE_INFINITY;
    if ('code' in injection) throw failure(injection.code, path);
    return injection.short;
  }

  #file(path: string, inode: Inode): OpenFile {
    const change = (made: Change): void => {
      inode.pending.push(made);
      inode.current = changed(inode.current, made);
    };
    return {
      read: async (target, position) => {
        await this.#step('read', path);
        const bytes = inode.current.subarray(position, position + target.length);
        target.set(bytes);
        return bytes.length;
      },
      write: async (chunks, position) => {
        const limit = await this.#step('write', path);
        const room = this.capacityBytes - this.usedBytes;
        const all = new Uint8Array(Buffer.concat(chunks));
        const bytes = all.subarray(0, Math.min(all.length, limit, Math.max(0, room)));
        if (bytes.length === 0 && all.length > 0) throw failure('ENOSPC', path);
        change({ kind: 'write', position, bytes });
        return bytes.length;
      },
      datasync: async () => {
        await this.#step('datasync', path);
        inode.durable = inode.current;
        inode.pending = [];
      },
      truncate: async (length) => {
        await this.#step('truncate', path);
        change({ kind: 'truncate', length });
      },
      size: async () => inode.current.length,
      close: async () => {},
    };
  }
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

function changed(bytes: Uint8Array, change: Change): Uint8Array {
  const end = change.kind === 'write' ? change.position + change.bytes.length : change.length;
  const result = new Uint8Array(change.kind === 'write' ? Math.max(bytes.length, end) : end);
  result.set(bytes.subarray(0, result.length));
  if (change.kind === 'write') result.set(change.bytes, change.position);
  return result;
}

function apply(entries: Map<string, Inode>, operations: readonly (readonly DirectoryChange[])[]): void {
  for (const { name, inode } of operations.flat()) {
    if (inode === undefined) entries.delete(name);
    else entries.set(name, inode);
  }
}

function survivingEntries(directory: Directory, mode: CrashMode, random: () => number): Map<string, Inode> {
  if (mode === 'kill') return directory.current;
  const entries = new Map(directory.durable);
  if (mode === 'prefix')
    apply(entries, directory.pending.slice(0, Math.floor(random() * (directory.pending.length + 1))));
  if (mode === 'sectors') {
    apply(
      entries,
      directory.pending.filter(() => random() < 0.5),
    );
  }
  return entries;
}

function survivingBytes(inode: Inode, mode: CrashMode, random: () => number): Uint8Array {
  if (mode === 'kill') return inode.current;
  if (mode === 'drop') return inode.durable;
  if (mode === 'prefix') {
    return inode.pending.slice(0, Math.floor(random() * (inode.pending.length + 1))).reduce(changed, inode.durable);
  }
  let bytes = inode.durable;
  for (const change of inode.pending) {
    if (change.kind === 'truncate') {
      if (random() < 0.5) bytes = changed(bytes, change);
      continue;
    }
    // Sectors lie on the disk's grid, whatever the write's position.
    const end = change.position + change.bytes.length;
    for (let at = change.position; at < end; at = Math.floor(at / SECTOR + 1) * SECTOR) {
      const stop = Math.min(end, Math.floor(at / SECTOR + 1) * SECTOR);
      if (random() < 0.5) continue;
      const part = change.bytes.subarray(at - change.position, stop - change.position);
      bytes = changed(bytes, { kind: 'write', position: at, bytes: part });
    }
  }
  return bytes;
}
