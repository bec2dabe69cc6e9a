import { constants } from 'node:fs';
import { copyFile, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';

export interface BackupFile {
  /** Relative, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly crc32: number;
}

const CHUNK = 1024 * 1024;

/** Every file below a directory with size and checksum, each on disk before this resolves. Sorted by path. */
export async function syncedFiles(directory: string): Promise<readonly BackupFile[]> {
  const files: BackupFile[] = [];
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (const path of await pathsBelow(directory)) files.push(await checksum(directory, path, buffer, true));
  return files;
}

/** The first file that is missing or differs from what was noted, or undefined when all are as they were. */
export async function firstDamage(directory: string, files: readonly BackupFile[]): Promise<string | undefined> {
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (const file of files) {
    let now: BackupFile;
    try {
      now = await checksum(directory, file.path, buffer, false);
    } catch (error) {
      return `${file.path}: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (now.bytes !== file.bytes) return `${file.path} has ${now.bytes} bytes instead of ${file.bytes}`;
    if (now.crc32 !== file.crc32) return `${file.path} has changed`;
  }
  return undefined;
}

async function checksum(directory: string, path: string, buffer: Buffer, sync: boolean): Promise<BackupFile> {
  const handle = await open(join(directory, path), 'r');
  try {
    let bytes = 0;
    let crc = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK, bytes);
      if (bytesRead === 0) break;
      crc = crc32(buffer.subarray(0, bytesRead), crc);
      bytes += bytesRead;
    }
    if (sync) await handle.sync();
    return { path, bytes, crc32: crc };
  } finally {
    await handle.close();
  }
}

async function pathsBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

/** Moves a directory; to another file system by copying. */
export async function moveDirectory(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  try {
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    await copyDirectory(from, to);
    await rm(from, { recursive: true });
  }
}

/** Copies a directory, sharing blocks where the file system can. */
export async function copyDirectory(from: string, to: string): Promise<void> {
  for (const path of await pathsBelow(from)) {
    const target = join(to, path);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(from, path), target, constants.COPYFILE_FICLONE);
  }
}

/** Writes a file so that it is there whole or not at all: temporary name, fsync, rename, fsync of the directory. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  const directory = await open(dirname(path), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Rows of the parts in a backup: each part has its number of rows in `count.txt`. */
export async function rowsOfParts(directory: string): Promise<number> {
  let rows = 0;
  for (const path of await pathsBelow(directory)) {
    // Projections have a count of their own, one level deeper.
    if (!path.endsWith('/count.txt') || path.includes('.proj/')) continue;
    rows += Number(await readFile(join(directory, path), 'utf8'));
  }
  return rows;
}
