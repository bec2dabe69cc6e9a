import type { ExponentialBuckets, ExponentialPoint } from './points.ts';

/** As many buckets of one sign are kept; more are merged by halving the resolution. */
const MOST_BUCKETS = 160;
/** What has been counted of a series. */
export type ExponentialState = Pick<
  ExponentialPoint,
  'count' | 'hasSum' | 'scale' | 'zeroCount' | 'zeroThreshold' | 'positive' | 'negative'
> & { sum: number };

const NONE: ExponentialBuckets = { offset: 0, counts: [] };

/**
 * The sum of two exponential histograms, at the finest scale both have and at which each sign needs at most 160 buckets;
 * the wider zero bucket takes in what lies below its threshold.
 */
export function mergeExponential(a: ExponentialState, b: ExponentialState): ExponentialState {
  const common = Math.min(a.scale, b.scale);
  let [left, right] = [atScale(a, common), atScale(b, common)];
  const scale = common - Math.max(excess(left.positive, right.positive), excess(left.negative, right.negative));
  [left, right] = [atScale(left, scale), atScale(right, scale)];
  const zeroThreshold = Math.max(a.zeroThreshold, b.zeroThreshold);
  [left, right] = [withZero(left, zeroThreshold), withZero(right, zeroThreshold)];
  return {
    scale,
    zeroThreshold,
    zeroCount: left.zeroCount + right.zeroCount,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    hasSum: a.hasSum && b.hasSum,
    positive: added(left.positive, right.positive),
    negative: added(left.negative, right.negative),
  };
}

/** A histogram at a coarser scale: 2^(scale - to) neighbouring buckets become one. */
function atScale(histogram: ExponentialState, to: number): ExponentialState {
  const by = histogram.scale - to;
  if (by <= 0) return histogram;
  const { positive, negative } = histogram;
  return { ...histogram, scale: to, positive: coarser(positive, by), negative: coarser(negative, by) };
}

function coarser({ offset, counts }: ExponentialBuckets, by: number): ExponentialBuckets {
  if (counts.length === 0) return NONE;
  const width = 2 ** Math.min(by, 52);
  const first = Math.floor(offset / width);
  const merged = new Array<number>(Math.floor((offset + counts.length - 1) / width) - first + 1).fill(0);
  for (let i = 0; i < counts.length; i++) {
    const at = Math.floor((offset + i) / width) - first;
    merged[at] = (merged[at] ?? 0) + (counts[i] ?? 0);
  }
  return { offset: first, counts: merged };
}

/** By how many scales two sides must be coarser so that their sum has room. */
function excess(a: ExponentialBuckets, b: ExponentialBuckets): number {
  const ranges = [a, b].map(occupied).filter((range) => range !== null);
  let low = Math.min(...ranges.map(([first]) => first));
  let high = Math.max(...ranges.map(([, last]) => last));
  let by = 0;
  for (; ranges.length > 0 && high - low + 1 > MOST_BUCKETS; by++) {
    low = Math.floor(low / 2);
    high = Math.floor(high / 2);
  }
  return by;
}

/** First and last index of buckets that hold something. */
function occupied({ offset, counts }: ExponentialBuckets): readonly [first: number, last: number] | null {
  const first = counts.findIndex((count) => count !== 0);
  return first < 0 ? null : [offset + first, offset + counts.findLastIndex((count) => count !== 0)];
}

function added(a: ExponentialBuckets, b: ExponentialBuckets): ExponentialBuckets {
  const ranges = [a, b].map(occupied).filter((range) => range !== null);
  if (ranges.length === 0) return NONE;
  const offset = Math.min(...ranges.map(([first]) => first));
  const end = Math.max(...ranges.map(([, last]) => last));
  const at = (side: ExponentialBuckets, index: number): number => side.counts[index - side.offset] ?? 0;
  const counts = Array.from({ length: end - offset + 1 }, (_, i) => at(a, offset + i) + at(b, offset + i));
  return { offset, counts };
}

/** Moves buckets that lie wholly or partly below the threshold into the zero bucket. */
function withZero(histogram: ExponentialState, threshold: number): ExponentialState {
  if (histogram.zeroThreshold >= threshold) return histogram;
  // Bucket i is (2^(i / 2^scale), 2^((i + 1) / 2^scale)].
  const firstAbove = Math.ceil(Math.log2(threshold) * 2 ** histogram.scale);
  let { zeroCount } = histogram;
  const cut = ({ offset, counts }: ExponentialBuckets): ExponentialBuckets => {
    const below = Math.min(Math.max(firstAbove - offset, 0), counts.length);
    for (const count of counts.slice(0, below)) zeroCount += count;
    return { offset: offset + below, counts: counts.slice(below) };
  };
  const positive = cut(histogram.positive);
  const negative = cut(histogram.negative);
  return { ...histogram, zeroThreshold: threshold, zeroCount, positive, negative };
}
