import { type Buckets, CUSTOM_SCHEMA, type FloatHistogram, NO_BUCKETS } from './histogram.ts';
import { HALF_TO_ONE } from './histogram_bounds.ts';

/** The highest resolution of exponential buckets. */
const MAX_SCHEMA = 8;

/** Upper bound of an exponential bucket, 2^(index × 2^-schema); the last one before infinity ends at the largest double. */
export function exponentialBound(index: number, schema: number): number {
  const last = schema < 0 ? index * 2 ** -schema === 1024 : index === 1024 * 2 ** schema;
  if (last) return Number.MAX_VALUE;
  if (schema <= 0) return 2 ** (index * 2 ** -schema);
  const fraction = index & ((1 << schema) - 1);
  return (HALF_TO_ONE[fraction << (MAX_SCHEMA - schema)] as number) * 2 * 2 ** (index >> schema);
}

/** Upper bound of a custom bucket; the one after the last bound ends at infinity, the one before the first at minus infinity. */
function customBound(index: number, bounds: Float64Array): number {
  if (index < 0) return Number.NEGATIVE_INFINITY;
  return index < bounds.length ? (bounds[index] as number) : Number.POSITIVE_INFINITY;
}

/** Upper bound of a bucket on the positive side; the bound of the bucket before it is its lower one. */
export function boundOf(index: number, { schema, customValues }: FloatHistogram): number {
  return schema === CUSTOM_SCHEMA ? customBound(index, customValues) : exponentialBound(index, schema);
}

/** Buckets with their bounds, from the lowest to the highest; those without observations are left out. */
export interface BoundedBuckets {
  readonly lower: number[];
  readonly upper: number[];
  readonly count: number[];
}

/**
 * All populated buckets: negative, zero, positive. Where the innermost bucket overlaps the zero bucket, its inner bound is
 * the zero threshold.
 */
export function boundedBuckets(histogram: FloatHistogram): BoundedBuckets {
  const out: BoundedBuckets = { lower: [], upper: [], count: [] };
  const { negative, positive, zeroThreshold, zeroCount } = histogram;
  const add = (lower: number, upper: number, count: number): void => {
    out.lower.push(lower);
    out.upper.push(upper);
    out.count.push(count);
  };
  for (let i = negative.indexes.length - 1; i >= 0; i--) {
    const count = negative.counts[i] as number;
    if (count === 0) continue;
    const index = negative.indexes[i] as number;
    const upper = -boundOf(index - 1, histogram);
    add(-boundOf(index, histogram), upper < 0 && upper > -zeroThreshold ? -zeroThreshold : upper, count);
  }
  if (zeroCount > 0) add(-zeroThreshold, zeroThreshold, zeroCount);
  for (let i = 0; i < positive.indexes.length; i++) {
    const count = positive.counts[i] as number;
    if (count === 0) continue;
    const index = positive.indexes[i] as number;
    const lower = boundOf(index - 1, histogram);
    add(lower > 0 && lower < zeroThreshold ? zeroThreshold : lower, boundOf(index, histogram), count);
  }
  return out;
}

/** The index a bucket falls into at a lower resolution. */
export const coarserIndex = (index: number, from: number, to: number): number => ((index - 1) >> (from - to)) + 1;

/** Buckets at a lower resolution: neighbours that fall into the same bucket are added up. */
export function coarserBuckets(buckets: Buckets, from: number, to: number): Buckets {
  if (from === to || buckets.indexes.length === 0) return buckets;
  const indexes = new Int32Array(buckets.indexes.length);
  const counts = new Float64Array(buckets.indexes.length);
  let at = -1;
  for (let i = 0; i < buckets.indexes.length; i++) {
    const index = coarserIndex(buckets.indexes[i] as number, from, to);
    if (at < 0 || indexes[at] !== index) indexes[++at] = index;
    counts[at] = (counts[at] as number) + (buckets.counts[i] as number);
  }
  return { indexes: indexes.subarray(0, at + 1), counts: counts.subarray(0, at + 1) };
}

/** The histogram at a lower (or its own) resolution. Exponential schemas only. */
export function toSchema(histogram: FloatHistogram, schema: number): FloatHistogram {
  if (schema === histogram.schema) return histogram;
  return {
    ...histogram,
    hint: 0,
    schema,
    positive: coarserBuckets(histogram.positive, histogram.schema, schema),
    negative: coarserBuckets(histogram.negative, histogram.schema, schema),
  };
}

/** Without the buckets that are empty. */
export function compact(histogram: FloatHistogram): FloatHistogram {
  const positive = populated(histogram.positive);
  const negative = populated(histogram.negative);
  if (positive === histogram.positive && negative === histogram.negative) return histogram;
  return { ...histogram, positive, negative };
}

function populated(buckets: Buckets): Buckets {
  const { indexes, counts } = buckets;
  if (!counts.includes(0)) return buckets;
  const kept = counts.filter((count) => count !== 0);
  if (kept.length === 0) return NO_BUCKETS;
  return { indexes: indexes.filter((_, i) => counts[i] !== 0), counts: kept };
}

/** A loop, as `map` of typed arrays costs several times as much. */
function mapCounts(buckets: Buckets, change: (count: number) => number): Buckets {
  const { indexes, counts } = buckets;
  if (counts.length === 0) return buckets;
  const changed = new Float64Array(counts.length);
  for (let i = 0; i < counts.length; i++) changed[i] = change(counts[i] as number);
  return { indexes, counts: changed };
}

/** Every count and the sum times a factor; a negative factor makes a gauge. */
export function scale(histogram: FloatHistogram, factor: number): FloatHistogram {
  const times = (buckets: Buckets): Buckets => mapCounts(buckets, (count) => count * factor);
  return {
    ...histogram,
    hint: factor < 0 ? 3 : histogram.hint,
    zeroCount: histogram.zeroCount * factor,
    count: histogram.count * factor,
    sum: histogram.sum * factor,
    positive: times(histogram.positive),
    negative: times(histogram.negative),
  };
}

/** Every count and the sum divided by a number; division by zero leaves no buckets. */
export function divide(histogram: FloatHistogram, divisor: number): FloatHistogram {
  const by = (buckets: Buckets): Buckets =>
    divisor === 0 ? NO_BUCKETS : mapCounts(buckets, (count) => count / divisor);
  return {
    ...histogram,
    hint: divisor < 0 ? 3 : histogram.hint,
    zeroCount: histogram.zeroCount / divisor,
    count: histogram.count / divisor,
    sum: histogram.sum / divisor,
    positive: by(histogram.positive),
    negative: by(histogram.negative),
  };
}

/** Whether two histograms hold the same data: the same bits in the same bucket layout. Hints do not count. */
export function equalHistograms(a: FloatHistogram, b: FloatHistogram): boolean {
  return (
    a.schema === b.schema &&
    Object.is(a.count, b.count) &&
    Object.is(a.sum, b.sum) &&
    a.zeroThreshold === b.zeroThreshold &&
    Object.is(a.zeroCount, b.zeroCount) &&
    sameBounds(a.customValues, b.customValues) &&
    sameBuckets(a.negative, b.negative) &&
    sameBuckets(a.positive, b.positive)
  );
}

const sameBuckets = (a: Buckets, b: Buckets): boolean =>
  sameBounds(a.indexes, b.indexes) && a.counts.every((count, i) => Object.is(count, b.counts[i]));

export function sameBounds(a: Float64Array | Int32Array, b: Float64Array | Int32Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
