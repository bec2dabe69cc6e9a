import type { Buckets, FloatHistogram } from './histogram.ts';
import { exponentialBound } from './histogram_buckets.ts';

export interface ZeroBucket {
  readonly count: number;
  readonly threshold: number;
}

/**
 * What the zero bucket would hold if it reached to `threshold` (not below the histogram's own). Where that lies within a
 * populated bucket, it moves up to the bucket's outer bound.
 */
export function zeroCountAt(histogram: FloatHistogram, threshold: number): ZeroBucket {
  if (threshold === histogram.zeroThreshold) return { count: histogram.zeroCount, threshold };
  let wanted = threshold;
  for (;;) {
    const positive = within(histogram.positive, histogram.schema, wanted);
    const negative = within(histogram.negative, histogram.schema, positive.threshold);
    if (negative.threshold === positive.threshold) {
      return { count: histogram.zeroCount + positive.count + negative.count, threshold: negative.threshold };
    }
    wanted = negative.threshold;
  }
}

/** Observations of buckets that begin below a threshold, and the threshold moved out of populated buckets. */
function within({ indexes, counts }: Buckets, schema: number, threshold: number): ZeroBucket {
  let count = 0;
  for (let i = 0; i < indexes.length; i++) {
    const index = indexes[i] as number;
    if (exponentialBound(index - 1, schema) >= threshold) break;
    const inBucket = counts[i] as number;
    count += inBucket;
    const outer = exponentialBound(index, schema);
    if (outer > threshold) return { count, threshold: inBucket === 0 ? threshold : outer };
  }
  return { count, threshold };
}

/** The histogram with a larger zero bucket: buckets that fall into it are gone. */
export function withZeroThreshold(histogram: FloatHistogram, threshold: number): FloatHistogram {
  if (threshold === histogram.zeroThreshold) return histogram;
  const zero = zeroCountAt(histogram, threshold);
  return {
    ...histogram,
    zeroCount: zero.count,
    zeroThreshold: zero.threshold,
    positive: beyond(histogram.positive, histogram.schema, zero.threshold),
    negative: beyond(histogram.negative, histogram.schema, zero.threshold),
  };
}

/** Populated buckets that begin at or above a threshold. */
function beyond({ indexes, counts }: Buckets, schema: number, threshold: number): Buckets {
  const keeps = (i: number): boolean =>
    counts[i] !== 0 && exponentialBound((indexes[i] as number) - 1, schema) >= threshold;
  return { indexes: indexes.filter((_, i) => keeps(i)), counts: counts.filter((_, i) => keeps(i)) };
}
