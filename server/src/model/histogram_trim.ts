import { log2 } from '../base/powers_of_two.ts';
import { type Buckets, type FloatHistogram, usesCustomBuckets } from './histogram.ts';
import { boundOf, compact } from './histogram_buckets.ts';

interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/** What is kept of a bucket, and the value its observations are taken to have. */
interface Kept {
  readonly count: number;
  readonly middle: number;
}

/**
 * The part of a histogram below (`</`) or above (`>/`) a value (upstream's TrimBuckets): buckets across the value are
 * interpolated, count and sum estimated anew when anything was cut.
 */
export function trim(histogram: FloatHistogram, at: number, keepsBelow: boolean): FloatHistogram {
  const linear = usesCustomBuckets(histogram);
  let count = 0;
  let sum = 0;
  let cut = false;
  const side = (buckets: Buckets, sign: 1 | -1): Buckets => {
    const counts = buckets.counts.slice();
    for (let i = 0; i < counts.length; i++) {
      const before = counts[i] as number;
      if (before === 0) continue;
      const kept = keptOf(
        bucketOf(histogram, buckets.indexes[i] as number, before, sign),
        at,
        keepsBelow,
        sign,
        linear,
      );
      if (kept.count !== before) cut = true;
      counts[i] = kept.count;
      count += kept.count;
      sum += kept.middle * kept.count;
    }
    return { indexes: buckets.indexes, counts };
  };
  const positive = side(histogram.positive, 1);
  const negative = side(histogram.negative, -1);
  let { zeroCount } = histogram;
  if (zeroCount > 0) {
    const kept = keptOfZero(histogram, at, keepsBelow);
    if (kept.count !== zeroCount) cut = true;
    zeroCount = kept.count;
    count += kept.count;
    sum += kept.middle * kept.count;
  }
  return cut ? compact({ ...histogram, zeroCount, count, sum, positive, negative }) : histogram;
}

function bucketOf(histogram: FloatHistogram, index: number, count: number, sign: 1 | -1): Bucket {
  const outer = boundOf(index, histogram);
  const inner = boundOf(index - 1, histogram);
  return sign === 1 ? { lower: inner, upper: outer, count } : { lower: -outer, upper: -inner, count };
}

function keptOf(bucket: Bucket, at: number, keepsBelow: boolean, sign: 1 | -1, linear: boolean): Kept {
  const { lower, upper, count } = bucket;
  if (keepsBelow ? upper <= at : lower >= at) return { count, middle: middleOf(lower, upper, sign, linear) };
  if (!(keepsBelow ? lower < at : upper > at)) return { count: 0, middle: 0 };
  if (lower === Number.NEGATIVE_INFINITY || upper === Number.POSITIVE_INFINITY)
    return keptOfEndless(bucket, at, keepsBelow);
  const below = at <= lower ? 0 : at >= upper ? count : count * fractionBelow(lower, upper, at, linear);
  return keepsBelow
    ? { count: below, middle: middleOf(lower, at, sign, linear) }
    : { count: count - below, middle: middleOf(at, upper, sign, linear) };
}

/** A bucket without end: how its observations lie is not known, so that it mostly stays or goes as a whole. */
function keptOfEndless({ lower, upper, count }: Bucket, at: number, keepsBelow: boolean): Kept {
  const finite = (value: number): number => (Number.isFinite(value) ? value : 0);
  if (lower === Number.NEGATIVE_INFINITY) {
    const fromZero = upper > 0 && upper !== Number.POSITIVE_INFINITY;
    if (keepsBelow) {
      if (at >= upper) return { count, middle: 0 };
      if (at > 0 && fromZero) return { count: (count * at) / upper, middle: at / 2 };
      return upper <= 0 ? { count, middle: at } : { count: 0, middle: finite(upper) };
    }
    if (at <= lower) return { count, middle: 0 };
    if (at >= 0 && upper > at && fromZero) return { count: count * (1 - at / upper), middle: (at + upper) / 2 };
    return { count: 0, middle: finite(upper) };
  }
  if (!keepsBelow && at >= lower) return { count, middle: at };
  return { count: 0, middle: finite(lower) };
}

/** Of the zero bucket; it reaches to zero only where the histogram has observations on one side alone. */
function keptOfZero(
  { zeroThreshold, zeroCount, positive, negative }: FloatHistogram,
  at: number,
  keepsBelow: boolean,
): Kept {
  const has = ({ counts }: Buckets): boolean => counts.some((count) => count !== 0);
  const [below, above] = [has(negative), has(positive)];
  const upper = below && !above ? 0 : zeroThreshold;
  const lower = above && !below ? 0 : -zeroThreshold;
  const all = { count: zeroCount, middle: (lower + upper) / 2 };
  if (at <= lower) return keepsBelow ? { count: 0, middle: 0 } : all;
  if (at >= upper) return keepsBelow ? all : { count: 0, middle: 0 };
  return keepsBelow
    ? { count: zeroCount * ((at - lower) / (upper - lower)), middle: (lower + at) / 2 }
    : { count: zeroCount * ((upper - at) / (upper - lower)), middle: (at + upper) / 2 };
}

/**
 * How much of a bucket's width lies below a value within it: linear, or on the logarithmic scale that makes exponential
 * buckets equally wide.
 */
export function fractionBelow(lower: number, upper: number, value: number, linear: boolean): number {
  if (linear) return (value - lower) / (upper - lower);
  const low = log2(Math.abs(lower));
  const high = log2(Math.abs(upper));
  const at = log2(Math.abs(value));
  return value > 0 ? (at - low) / (high - low) : 1 - (at - high) / (low - high);
}

function middleOf(lower: number, upper: number, sign: 1 | -1, linear: boolean): number {
  if (!Number.isFinite(lower)) {
    if (!Number.isFinite(upper)) return 0;
    return upper > 0 ? upper / 2 : upper;
  }
  if (!Number.isFinite(upper)) return lower;
  return linear ? (lower + upper) / 2 : sign * Math.sqrt(Math.abs(lower * upper));
}
