import { randomInt } from 'node:crypto';

/** Random per process, so that a sender cannot choose texts whose hashes are alike. */
const SEED = randomInt(1, 0x7fff_ffff);
const MULTIPLIER = randomInt(0x2000_0000, 0x3fff_ffff) * 2 + 1;
const WORD_BYTES = 4;

/**
 * A hash of bytes [start, end) and a number of 32 bits: multiplied and mixed for each two bytes, which therefore change only the lower half of
 * what is multiplied. Not to be stored: another process has another one.
 */
export function hashBytes(tag: number, view: DataView, start: number, end: number): number {
  let hash = Math.imul(SEED ^ tag, 0x85eb_ca6b);
  const last = end - WORD_BYTES;
  let at = start;
  for (; at <= last; at += WORD_BYTES) {
    const word = view.getInt32(at, true);
    hash = Math.imul(hash ^ (word & 0xffff), MULTIPLIER);
    hash = Math.imul(hash ^ (hash >>> 16) ^ (word >>> 16), MULTIPLIER);
  }
  for (; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), MULTIPLIER);
  hash = Math.imul(hash ^ (hash >>> 15) ^ (end - start), 0x2c1b_3c6d);
  return hash ^ (hash >>> 13);
}

/** Whether two runs of bytes are the same. Short ones are compared faster than by a call of Buffer's. */
export function equalBytes(a: DataView, startA: number, b: DataView, startB: number, length: number): boolean {
  if (length < WORD_BYTES) {
    for (let i = 0; i < length; i++) if (a.getUint8(startA + i) !== b.getUint8(startB + i)) return false;
    return true;
  }
  const last = length - WORD_BYTES;
  for (let i = 0; i < last; i += WORD_BYTES) if (a.getInt32(startA + i) !== b.getInt32(startB + i)) return false;
  // The last word may reach back into the one before.
  return a.getInt32(startA + last) === b.getInt32(startB + last);
}

let newestBytes: Uint8Array = new Uint8Array(0);
let newestView = new DataView(newestBytes.buffer);
let olderBytes = newestBytes;
let olderView = newestView;

/** A view of bytes; those of the last two arrays that were asked for are kept, so that it costs nothing to ask for each text. */
export function viewOfBytes(bytes: Uint8Array): DataView {
  if (bytes === newestBytes) return newestView;
  if (bytes === olderBytes) return olderView;
  olderBytes = newestBytes;
  olderView = newestView;
  newestBytes = bytes;
  newestView = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return newestView;
}
