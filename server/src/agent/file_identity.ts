import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

/** How many bytes from the beginning tell a file from another one with the same inode. */
const FINGERPRINT_BYTES = 512;

/** The beginning of a file: as many bytes as were there when it was taken, and their hash. */
export interface Fingerprint {
  readonly bytes: number;
  readonly hash: string;
}

/** Device and inode: which file it is, whatever its name, until the inode is used again. */
export const inodeKey = ({ dev, ino }: { readonly dev: number; readonly ino: number }): string => `${dev}:${ino}`;

const hashOf = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('base64url').slice(0, 16);

/** Bytes of a file from `position` on, as many as there are up to `bytes`. */
async function readAt(handle: FileHandle, position: number, bytes: number): Promise<Buffer> {
  const target = Buffer.allocUnsafe(bytes);
  let read = 0;
  while (read < bytes) {
    const { bytesRead } = await handle.read(target, read, bytes - read, position + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return target.subarray(0, read);
}

/** The fingerprint of an open file, of at most `bytes` of its beginning. */
export async function takeFingerprint(handle: FileHandle, bytes = FINGERPRINT_BYTES): Promise<Fingerprint> {
  const start = await readAt(handle, 0, bytes);
  return { bytes: start.length, hash: hashOf(start) };
}

/** Whether a file still begins as it did. A file that was empty then is the same whatever it holds now. */
export async function beginsWith(handle: FileHandle, { bytes, hash }: Fingerprint): Promise<boolean> {
  if (bytes === 0) return true;
  const now = await takeFingerprint(handle, bytes);
  return now.bytes === bytes && now.hash === hash;
}

/** Whether more of the file's beginning could be known than is. */
export const canGrow = ({ bytes }: Fingerprint): boolean => bytes < FINGERPRINT_BYTES;

/**
 * Whether the file at `path` is a copy of another one, whole or still being made: it begins alike and, where the original
 * still holds its content, has the same bytes at its end. Throws file errors.
 */
export async function isCopy(
  path: string,
  fingerprint: Fingerprint,
  original: FileHandle | undefined,
): Promise<boolean> {
  if (fingerprint.bytes === 0) return false;
  const handle = await open(path, 'r');
  try {
    if (!(await beginsWith(handle, fingerprint))) return false;
    if (original === undefined) return true;
    const { size } = await handle.stat();
    const from = Math.max(0, size - FINGERPRINT_BYTES);
    const [end, same] = await Promise.all([readAt(handle, from, size - from), readAt(original, from, size - from)]);
    return end.equals(same);
  } finally {
    await handle.close();
  }
}
