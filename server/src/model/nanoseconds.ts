/**
 * Nanoseconds since the epoch as two 32-bit halves, because a number cannot hold them exactly and a bigint for every
 * record is slow. All arithmetic here is exact: every intermediate stays below 2^53.
 */

const TWO_32 = 4_294_967_296;

/** The whole milliseconds of unsigned nanoseconds high × 2^32 + low. */
export function nanosToMs(low: number, high: number): number {
  // 2^32 = 4294 × 10^6 + 967296
  return high * 4294 + Math.floor((high * 967_296 + low) / 1_000_000);
}

/** Halves of the last result of `setNanos`. */
export const nanos = { low: 0, high: 0 };

/** Sets `nanos` to seconds × 10^9 + nanoseconds (seconds in 0 … 2^33, nanoseconds below 10^9). */
export function setNanos(seconds: number, nanoseconds: number): void {
  const upper = Math.floor(seconds / 65_536) * 1_000_000_000;
  const sum = (upper % 65_536) * 65_536 + (seconds % 65_536) * 1_000_000_000 + nanoseconds;
  nanos.low = sum % TWO_32;
  nanos.high = Math.floor(upper / 65_536) + Math.floor(sum / TWO_32);
}
