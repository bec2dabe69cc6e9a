import type { FloatHistogram } from './histogram.ts';

/** The bounds two sets of custom buckets share; both ascend. */
export function commonBounds(a: Float64Array, b: Float64Array): Float64Array {
  const shared: number[] = [];
  let j = 0;
  for (const bound of a) {
    while (j < b.length && (b[j] as number) < bound) j++;
    if (b[j] === bound) shared.push(bound);
  }
  return Float64Array.from(shared);
}

/**
 * For each bucket of a histogram the bucket of other bounds that it falls into: the one with the next bound at or above
 * its own. `bounds` are some of the histogram's own.
 */
function indexesWithin({ positive, customValues }: FloatHistogram, bounds: Float64Array): Int32Array {
  let at = 0;
  return positive.indexes.map((index) => {
    if (index >= customValues.length) return bounds.length;
    const own = customValues[index] as number;
    while (at < bounds.length && (bounds[at] as number) < own) at++;
    return at;
  });
}

/** Counts of a custom histogram in the buckets of other bounds; the last is the one without bound. */
export function mapToBounds(histogram: FloatHistogram, bounds: Float64Array): Float64Array {
  const counts = new Float64Array(bounds.length + 1);
  const targets = indexesWithin(histogram, bounds);
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i] as number;
    counts[target] = (counts[target] as number) + (histogram.positive.counts[i] as number);
  }
  return counts;
}
