import { exponentialBound } from '../../model/histogram_buckets.ts';

/** Resolution of the native histograms: neighbouring bounds differ by 9 %, as Tempo's by 10 %. */
export const NATIVE_SCHEMA = 3;
const PER_POWER_OF_TWO = 2 ** NATIVE_SCHEMA;

/** The number of the native bucket that holds a duration above zero, in seconds. */
export function nativeIndex(seconds: number): number {
  const index = Math.ceil(Math.log2(seconds) * PER_POWER_OF_TWO);
  // The logarithm may be off by its last bit at a bound.
  if (seconds > exponentialBound(index, NATIVE_SCHEMA)) return index + 1;
  return seconds <= exponentialBound(index - 1, NATIVE_SCHEMA) ? index - 1 : index;
}

/** The number of the first bound that is not below; `bounds.length` when all are. */
export function classicIndex(bounds: readonly number[], seconds: number): number {
  let index = 0;
  while (index < bounds.length && seconds > (bounds[index] as number)) index++;
  return index;
}
