import { glob, open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, matchesGlob } from 'node:path';
import { errorCode } from '../base/files.ts';
import { beginsWith, inodeKey } from './file_identity.ts';
import { type FilePosition, resumeOffset } from './positions.ts';

/** A file as a pattern found it. */
export interface FoundFile {
  readonly key: string;
  /** As the pattern found it, and with symbolic links resolved. */
  readonly source: string;
  readonly path: string;
  readonly size: number;
}

/** Errors of a file that went away or may not be looked at; anything else is a defect. */
const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ESTALE']);

/** Whether a file call failed because the file is not there any more. */
export const isGone = (error: unknown): boolean => GONE.has(errorCode(error));

/** Regular files that match any of the patterns and none of `exclude`. A file with two names is found once. */
export async function findFiles(
  patterns: readonly string[],
  exclude: readonly string[],
  unreadable: (path: string, error: unknown) => void,
): Promise<FoundFile[]> {
  const found = new Map<string, FoundFile>();
  for await (const source of glob([...patterns])) {
    if (exclude.some((pattern) => matchesGlob(source, pattern))) continue;
    try {
      const path = await realpath(source);
      const status = await stat(path);
      const key = inodeKey(status);
      if (status.isFile() && !found.has(key)) found.set(key, { key, source, path, size: status.size });
    } catch (error) {
      if (!isGone(error)) unreadable(source, error);
    }
  }
  return [...found.values()];
}

/** The directories in which files of these patterns may appear, as far as they are written out. */
export function staticDirectories(patterns: readonly string[]): string[] {
  return patterns.map((pattern) => {
    const parts = pattern.split('/');
    const wild = parts.findIndex((part) => /[*?[{]/.test(part));
    return (wild < 0 ? dirname(pattern) : parts.slice(0, wild).join('/')) || '/';
  });
}

/** What names of rotated files begin with: app.log.1, app-20261122.log, 0.log.20261122-070000. */
export const stemOf = (path: string): string => basename(path).replace(/\.[^.]*$/, '');

/**
 * The rest of a file that is no longer where it was, or that was cut off: renamed (the same inode) or copied beside its
 * place before it was emptied (the same beginning), and longer than was read.
 */
export async function findRemainder(
  position: FilePosition,
  taken: (key: string) => boolean,
): Promise<FoundFile | undefined> {
  for (const path of await siblings(position.path)) {
    const found = await remainderIn(path, position, taken);
    if (found !== undefined) return found;
  }
  return undefined;
}

const COMPRESSED = /\.(?:gz|zst|bz2|xz|lz4|zip)$/;

/**
 * Files that took the place of a followed one and were rotated away themselves while nobody looked: beside it, named
 * after it, not older than what was seen of it, and none of those that are known.
 * @param known positions of files that had the same name
 */
export async function findMissed(
  known: readonly FilePosition[],
  taken: (key: string) => boolean,
): Promise<FoundFile[]> {
  const [first] = known;
  if (first === undefined) return [];
  const newestMs = Math.max(...known.map(({ modifiedMs }) => modifiedMs));
  const found: FoundFile[] = [];
  for (const path of await siblings(first.path)) {
    if (COMPRESSED.test(path) || path === first.source) continue;
    try {
      const status = await stat(path);
      const key = inodeKey(status);
      if (!status.isFile() || status.size === 0 || taken(key) || status.mtimeMs < newestMs) continue;
      if (await isOneOf(path, key, known)) continue;
      found.push({ key, source: first.source, path, size: status.size });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  return found;
}

/** Whether a file is one of the known ones or a copy of one. */
async function isOneOf(path: string, key: string, known: readonly FilePosition[]): Promise<boolean> {
  const handle = await open(path, 'r');
  try {
    for (const { key: other, fingerprint, former } of known) {
      if (other === key) return true;
      for (const one of [fingerprint, ...former]) if (one.bytes > 0 && (await beginsWith(handle, one))) return true;
    }
    return false;
  } finally {
    await handle.close();
  }
}

/** Paths in the directory of a file whose names begin as rotated ones of it do. */
async function siblings(path: string): Promise<string[]> {
  const directory = dirname(path);
  const stem = stemOf(path);
  try {
    const names = await readdir(directory);
    return names.filter((name) => name.startsWith(stem)).map((name) => `${directory}/${name}`);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

async function remainderIn(
  path: string,
  position: FilePosition,
  taken: (key: string) => boolean,
): Promise<FoundFile | undefined> {
  try {
    const status = await stat(path);
    const key = inodeKey(status);
    if (!status.isFile() || taken(key) || status.size <= resumeOffset(position)) return undefined;
    // An empty beginning tells nothing: only the inode does.
    if (position.fingerprint.bytes === 0 && key !== position.key) return undefined;
    const handle = await open(path, 'r');
    try {
      if (!(await beginsWith(handle, position.fingerprint))) return undefined;
    } finally {
      await handle.close();
    }
    return { key, source: position.source, path, size: status.size };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
