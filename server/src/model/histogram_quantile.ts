import { exp2, log2 } from '../base/powers_of_two.ts';
import { type Buckets, type FloatHistogram, usesCustomBuckets } from './histogram.ts';
import { type BoundedBuckets, boundedBuckets } from './histogram_buckets.ts';
import { fractionBelow } from './histogram_trim.ts';

/** A result, and whether NaN observations made it (`nan`), moved it (`skewed`) or are missing from it (`excluded`). */
export interface Estimate {
  readonly value: number;
  readonly remark?: 'nan' | 'skewed' | 'excluded';
}

/**
 * The q-quantile (upstream's HistogramQuantile): linear within custom buckets and the zero bucket, on a logarithmic scale
 * within exponential ones. NaN observations count as the largest.
 */
export function histogramQuantile(q: number, histogram: FloatHistogram): Estimate {
  if (q < 0) return { value: Number.NEGATIVE_INFINITY };
  if (q > 1) return { value: Number.POSITIVE_INFINITY };
  if (histogram.count === 0 || Number.isNaN(q)) return { value: Number.NaN };
  const hasNaN = Number.isNaN(histogram.sum);
  const ascending = hasNaN || q < 0.5;
  const buckets = boundedBuckets(histogram);
  const found = locate(buckets, (ascending ? q : 1 - q) * histogram.count, ascending);
  const custom = usesCustomBuckets(histogram);
  let { lower, upper } = custom ? found : withinSign(histogram, found.lower, found.upper);
  if (custom && lower === Number.NEGATIVE_INFINITY) {
    if (upper <= 0) return { value: upper };
    lower = 0;
  } else if (custom && upper === Number.POSITIVE_INFINITY) return { value: lower };
  const passed = Math.min(found.passed, histogram.count);
  if (passed < found.rank) return hasNaN ? { value: Number.NaN, remark: 'nan' } : { value: upper };
  const rank = ascending ? found.rank - (passed - found.count) : passed - found.rank;
  const observed = hasNaN ? buckets.count.reduce((sum, count) => sum + count, 0) : histogram.count;
  const value = interpolate(lower, upper, rank / found.count, custom);
  return observed < histogram.count ? { value, remark: 'skewed' } : { value };
}

/** The bucket in which a rank is reached, seen from below or from above; the last one if it is not. */
function locate(
  { lower, upper, count }: BoundedBuckets,
  rank: number,
  ascending: boolean,
): {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
  readonly passed: number;
  readonly rank: number;
} {
  let passed = 0;
  let at = -1;
  for (let i = 0; i < count.length; i++) {
    at = ascending ? i : count.length - 1 - i;
    passed += count[at] as number;
    if (passed >= rank) break;
  }
  return { lower: lower[at] ?? 0, upper: upper[at] ?? 0, count: count[at] ?? 0, passed, rank };
}

/** A bucket across zero ends there when the histogram has buckets of one sign only. */
function withinSign(
  histogram: FloatHistogram,
  lower: number,
  upper: number,
): { readonly lower: number; readonly upper: number } {
  if (lower > 0 || upper < 0) return { lower, upper };
  const none = ({ indexes }: Buckets): boolean => indexes.length === 0;
  const { positive, negative } = histogram;
  if (none(negative) && !none(positive)) return { lower: 0, upper };
  if (none(positive) && !none(negative)) return { lower, upper: 0 };
  return { lower, upper };
}

function interpolate(lower: number, upper: number, fraction: number, linear: boolean): number {
  if (linear || (lower <= 0 && upper >= 0)) return lower + (upper - lower) * fraction;
  const low = log2(Math.abs(lower));
  const high = log2(Math.abs(upper));
  return lower > 0 ? exp2(low + (high - low) * fraction) : -exp2(high + (low - high) * (1 - fraction));
}

/** The share of observations between two values (upstream's HistogramFraction). NaN observations lie nowhere. */
export function histogramFraction(from: number, to: number, histogram: FloatHistogram): Estimate {
  if (histogram.count === 0 || Number.isNaN(from) || Number.isNaN(to)) return { value: Number.NaN };
  if (from >= to) return { value: 0 };
  const buckets = boundedBuckets(histogram);
  const hasNaN = Number.isNaN(histogram.sum);
  const observed = hasNaN ? buckets.count.reduce((sum, count) => sum + count, 0) : histogram.count;
  const fromRank = Math.min(rankOf(histogram, buckets, from) ?? observed, observed);
  const toRank = Math.min(rankOf(histogram, buckets, to) ?? observed, observed);
  const value = (toRank - fromRank) / histogram.count;
  return hasNaN && observed < histogram.count ? { value, remark: 'excluded' } : { value };
}

/** How many observations lie below a value; undefined when it is above all buckets. */
function rankOf(histogram: FloatHistogram, { lower, upper, count }: BoundedBuckets, value: number): number | undefined {
  const custom = usesCustomBuckets(histogram);
  let rank = 0;
  for (let i = 0; i < count.length; i++) {
    const inBucket = count[i] as number;
    const isZero = (lower[i] as number) <= 0 && (upper[i] as number) >= 0;
    const { lower: low, upper: high } = withinSign(histogram, lower[i] as number, upper[i] as number);
    if (low >= value) return rank;
    if (high > value) {
      if (low === Number.NEGATIVE_INFINITY) return inBucket;
      return rank + inBucket * fractionBelow(low, high, value, custom || isZero);
    }
    rank += inBucket;
  }
  return undefined;
}

/** The variance around the mean, every observation at the middle of its bucket (geometric for exponential ones). */
export function histogramVariance(histogram: FloatHistogram): number {
  const { lower, upper, count } = boundedBuckets(histogram);
  const mean = histogram.sum / histogram.count;
  const custom = usesCustomBuckets(histogram);
  let sum = 0;
  let low = 0;
  for (let i = 0; i < count.length; i++) {
    const delta = middle(lower[i] as number, upper[i] as number, custom) - mean;
    const value = (count[i] as number) * delta * delta;
    const total = sum + value;
    if (Math.abs(total) === Number.POSITIVE_INFINITY) low = 0;
    else low += Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;
    sum = total;
  }
  return (sum + low) / histogram.count;
}

function middle(lower: number, upper: number, custom: boolean): number {
  if (custom) return (upper + lower) / 2;
  if (lower <= 0 && upper >= 0) return 0;
  return Math.sign(upper) * Math.sqrt(upper * lower);
}
