import { viewOfBytes } from '../../base/byte_strings.ts';

/**
 * The newest lines of a stream, remembered to tell which later ones may be repetitions: Loki takes an equal line at an
 * equal time for the same line, however a client batches it when it sends again.
 */
export interface NewestLines {
  /** ns since the epoch as a double: times within some 256 ns of one another are one here. */
  time: number;
  /** Hashes of the lines at that time. */
  readonly hashes: Int32Array;
  count: number;
}

const REMEMBERED = 16;
const NANOS_PER_MS = 1_000_000;
const TWO_TO_32 = 4_294_967_296;

/** @param sinceMs lines up to this time may have come already, ms since the epoch */
export function newestLines(sinceMs: number): NewestLines {
  // More lines than are remembered: every line at that time may be a repetition.
  return { time: sinceMs * NANOS_PER_MS, hashes: new Int32Array(REMEMBERED), count: REMEMBERED };
}

/**
 * Notes a line and says whether an equal one may have come before: never false for a repetition, true for some that are
 * none (lines that come late). `low` and `high` are the time's halves, ns since the epoch.
 */
export function mayRepeat(
  newest: NewestLines,
  low: number,
  high: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const time = high * TWO_TO_32 + (low >>> 0);
  if (time < newest.time) return true;
  const hash = hashOf(bytes, start, end);
  if (time > newest.time) {
    newest.time = time;
    newest.hashes[0] = hash;
    newest.count = 1;
    return false;
  }
  const { hashes, count } = newest;
  for (let i = 0; i < count; i++) if (hashes[i] === hash) return true;
  if (count === hashes.length) return true;
  hashes[count] = hash;
  newest.count++;
  return false;
}

/** A multiple of four. */
const SAMPLED = 24;

/** FNV-1a over the length and the line's first, middle and last bytes, four at once: different lines may share it, equal ones do. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  const view = viewOfBytes(bytes);
  const length = end - start;
  const hash = Math.imul(0x811c9dc5 ^ length, PRIME);
  if (length <= SAMPLED * 3) return mixed(hash, view, start, end);
  const middle = start + ((length - SAMPLED) >> 1);
  const first = mixed(hash, view, start, start + SAMPLED);
  return mixed(mixed(first, view, middle, middle + SAMPLED), view, end - SAMPLED, end);
}

const PRIME = 0x01000193;

function mixed(before: number, bytes: DataView, from: number, to: number): number {
  let hash = before;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    hash = Math.imul(hash ^ bytes.getInt32(at, true), PRIME);
    hash ^= hash >>> 15;
  }
  for (; at < to; at++) hash = Math.imul(hash ^ bytes.getUint8(at), PRIME);
  return hash;
}
