import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readdir, rename, rm, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Every file call whose durability matters goes through this shim, so that tests can lose power, fill the disk or fail
 * an fsync at any step. Errors are Node's own (`code`: ENOSPC, EIO, EMFILE …).
 */
export interface OpenFile {
  /** Fills `target` from `position` as far as the file goes; returns the bytes read (0 at the end). */
  read(target: Uint8Array, position: number): Promise<number>;
  /** One pwritev; returns the bytes written, which may be fewer than given. */
  write(chunks: readonly Uint8Array[], position: number): Promise<number>;
  /** fdatasync: data and the size needed to read it are on disk when it resolves. */
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export interface Files {
  /** `create` fails when the file exists; `write` needs it to exist. */
  open(path: string, mode: 'read' | 'write' | 'create'): Promise<OpenFile>;
  /** Names in a directory, unsorted; empty when it does not exist. */
  list(directory: string): Promise<readonly string[]>;
  makeDirectory(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removing what is not there is no error. */
  remove(path: string): Promise<void>;
  /** fsync of a directory: creations, renames and removals in it survive a power loss. */
  syncDirectory(path: string): Promise<void>;
  space(path: string): Promise<DiskSpace>;
}

/** The error code of a failed file call, or the empty string. */
export function errorCode(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string')
    return error.code;
  return '';
}

const IOV_MAX = 1024;

class DiskFile implements OpenFile {
  readonly #handle: FileHandle;
  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < target.length) {
      const { bytesRead } = await this.#handle.read(target, done, target.length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async write(chunks: readonly Uint8Array[], position: number): Promise<number> {
    const { bytesWritten } = await this.#handle.writev(
      chunks.length > IOV_MAX ? chunks.slice(0, IOV_MAX) : chunks,
      position,
    );
    return bytesWritten;
  }

  datasync(): Promise<void> {
    return this.#handle.datasync();
  }

  truncate(length: number): Promise<void> {
    return this.#handle.truncate(length);
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

const FLAGS = { read: 'r', write: 'r+', create: 'wx+' } as const;

/** The real disk. */
export const diskFiles: Files = {
  async open(path, mode) {
    return new DiskFile(await open(path, FLAGS[mode], 0o640));
  },
  async list(directory) {
    try {
      return await readdir(directory);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    }
  },
  async makeDirectory(path) {
    await mkdir(path, { recursive: true, mode: 0o750 });
  },
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { force: true }),
  async syncDirectory(path) {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  async space(path) {
    const found = await statfs(path);
    return { freeBytes: found.bavail * found.bsize, totalBytes: found.blocks * found.bsize };
  },
};

/** Writes all chunks from `position`, however short the single writes are. A write of 0 bytes is an ENOSPC of old kernels. */
export async function writeFully(file: OpenFile, chunks: readonly Uint8Array[], position: number): Promise<number> {
  let pending = chunks.filter((chunk) => chunk.length > 0);
  let at = position;
  while (pending.length > 0) {
    let written = await file.write(pending, at);
    if (written === 0) throw Object.assign(new Error('write wrote nothing'), { code: 'ENOSPC' });
    at += written;
    let skip = 0;
    while (skip < pending.length && written >= (pending[skip] as Uint8Array).length) {
      written -= (pending[skip] as Uint8Array).length;
      skip++;
    }
    pending = pending.slice(skip);
    if (written > 0) pending[0] = (pending[0] as Uint8Array).subarray(written);
  }
  return at;
}

/** The whole file, or undefined when there is none. Throws RangeError above `maxBytes`, before any allocation. */
export async function readWhole(
  files: Files,
  path: string,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let file: OpenFile;
  try {
    file = await files.open(path, 'read');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const size = await file.size();
    if (size > maxBytes) throw new RangeError(`${path} has ${size} bytes, at most ${maxBytes} are read`);
    const bytes = new Uint8Array(size);
    const read = await file.read(bytes, 0);
    return bytes.subarray(0, read);
  } finally {
    await file.close();
  }
}

/**
 * Replaces a file so that after a crash either the old or the new content is there, whole: temporary file, fdatasync,
 * rename, fsync of the directory. `beforeRename` and `afterRename` are crash points for tests.
 */
export async function replaceFile(
  files: Files,
  path: string,
  chunks: readonly Uint8Array[],
  hooks: { readonly beforeRename?: () => void; readonly afterRename?: () => void } = {},
): Promise<void> {
  const temporary = `${path}.tmp`;
  await files.remove(temporary);
  const file = await files.open(temporary, 'create');
  try {
    await writeFully(file, chunks, 0);
    await file.datasync();
  } finally {
    await file.close();
  }
  hooks.beforeRename?.();
  await files.rename(temporary, path);
  hooks.afterRename?.();
  await files.syncDirectory(dirname(path));
}
