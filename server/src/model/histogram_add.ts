import {
  type Buckets,
  type FloatHistogram,
  HINT_GAUGE,
  HINT_UNKNOWN,
  NO_BUCKETS,
  type ResetHint,
  usesCustomBuckets,
} from './histogram.ts';
import { coarserBuckets, exponentialBound, sameBounds } from './histogram_buckets.ts';
import { commonBounds, mapToBounds } from './histogram_custom.ts';
import { withZeroThreshold } from './histogram_zero.ts';

/** Two histograms in one layout, and what was to be said about it. */
export interface Combined {
  readonly histogram: FloatHistogram;
  /** One says "reset", the other "no reset": the result knows neither. */
  readonly collision: boolean;
  /** Custom bounds differed; the result has those that both have. */
  readonly reconciled: boolean;
}

/** The hint of a sum or difference: gauge wins, then unknown; contradicting hints make unknown. */
export function combinedHint(a: ResetHint, b: ResetHint): { readonly hint: ResetHint; readonly collision: boolean } {
  if (a === b) return { hint: a, collision: false };
  if (a === HINT_GAUGE || b === HINT_GAUGE) return { hint: HINT_GAUGE, collision: false };
  return { hint: HINT_UNKNOWN, collision: a !== HINT_UNKNOWN && b !== HINT_UNKNOWN };
}

/** a + b (upstream's Add). Undefined when one has custom buckets and the other exponential ones. */
export const addHistograms = (a: FloatHistogram, b: FloatHistogram): Combined | undefined => combine(a, b, 1);

/** a - b (upstream's Sub); the hint is that of a sum, callers that show the result make it a gauge. */
export const subtractHistograms = (a: FloatHistogram, b: FloatHistogram): Combined | undefined => combine(a, b, -1);

function combine(a: FloatHistogram, b: FloatHistogram, sign: 1 | -1): Combined | undefined {
  if (usesCustomBuckets(a) !== usesCustomBuckets(b)) return undefined;
  const { hint, collision } = combinedHint(a.hint, b.hint);
  const { left, right, reconciled } = aligned(a, b);
  const histogram = {
    ...left,
    hint,
    zeroCount: left.zeroCount + sign * right.zeroCount,
    count: left.count + sign * right.count,
    sum: left.sum + sign * right.sum,
    positive: merged(left.positive, right.positive, sign),
    negative: merged(left.negative, right.negative, sign),
  };
  return { histogram, collision, reconciled };
}

/** Two histograms brought to the same schema, zero bucket and custom bounds. */
export function aligned(
  a: FloatHistogram,
  b: FloatHistogram,
): { readonly left: FloatHistogram; readonly right: FloatHistogram; readonly reconciled: boolean } {
  if (usesCustomBuckets(a)) {
    if (sameBounds(a.customValues, b.customValues)) return { left: a, right: b, reconciled: false };
    const bounds = commonBounds(a.customValues, b.customValues);
    return { left: within(a, bounds), right: within(b, bounds), reconciled: true };
  }
  let left = a;
  let right = b;
  while (left.zeroThreshold !== right.zeroThreshold) {
    if (left.zeroThreshold > right.zeroThreshold) right = withZeroThreshold(right, left.zeroThreshold);
    else left = withZeroThreshold(left, right.zeroThreshold);
  }
  const schema = Math.min(left.schema, right.schema);
  left = atSchema(left, schema);
  return { left, right: outsideZero(atSchema(right, schema)), reconciled: false };
}

const atSchema = (histogram: FloatHistogram, schema: number): FloatHistogram =>
  schema === histogram.schema
    ? histogram
    : {
        ...histogram,
        schema,
        positive: coarserBuckets(histogram.positive, histogram.schema, schema),
        negative: coarserBuckets(histogram.negative, histogram.schema, schema),
      };

/** Buckets that end within the zero bucket are counted there already. */
function outsideZero(histogram: FloatHistogram): FloatHistogram {
  const { schema, zeroThreshold, positive, negative } = histogram;
  const overlaps = ({ indexes }: Buckets): boolean =>
    indexes.length > 0 && exponentialBound(indexes[0] as number, schema) <= zeroThreshold;
  if (zeroThreshold === 0 || !(overlaps(positive) || overlaps(negative))) return histogram;
  const outside = ({ indexes, counts }: Buckets): Buckets => {
    const first = indexes.findIndex((index) => exponentialBound(index, schema) > zeroThreshold);
    return first === -1 ? NO_BUCKETS : { indexes: indexes.subarray(first), counts: counts.subarray(first) };
  };
  return { ...histogram, positive: outside(positive), negative: outside(negative) };
}

/** A custom histogram within fewer bounds; empty buckets are left out. */
function within(histogram: FloatHistogram, bounds: Float64Array): FloatHistogram {
  const counts = mapToBounds(histogram, bounds);
  const indexes = Int32Array.from(counts.keys()).filter((index) => counts[index] !== 0);
  return {
    ...histogram,
    customValues: bounds,
    positive: { indexes, counts: Float64Array.from(indexes, (index) => counts[index] as number) },
  };
}

function merged(a: Buckets, b: Buckets, sign: 1 | -1): Buckets {
  if (b.indexes.length === 0) return a;
  if (a.indexes === b.indexes || sameBounds(a.indexes, b.indexes)) {
    const counts = new Float64Array(a.counts.length);
    for (let i = 0; i < counts.length; i++) counts[i] = (a.counts[i] as number) + sign * (b.counts[i] as number);
    return { indexes: a.indexes, counts };
  }
  const indexes = union(a.indexes, b.indexes);
  const counts = new Float64Array(indexes.length);
  place(a, indexes, counts, 1);
  place(b, indexes, counts, sign);
  return { indexes, counts };
}

function place({ indexes, counts }: Buckets, into: Int32Array, out: Float64Array, sign: 1 | -1): void {
  let at = 0;
  for (let i = 0; i < indexes.length; i++) {
    while (into[at] !== indexes[i]) at++;
    out[at] = (out[at] as number) + sign * (counts[i] as number);
  }
}

/** Ascending numbers that are in either list. */
export function union(a: Int32Array, b: Int32Array): Int32Array {
  const out = new Int32Array(a.length + b.length);
  let i = 0;
  let j = 0;
  let at = 0;
  while (i < a.length || j < b.length) {
    const x = i < a.length ? (a[i] as number) : Number.POSITIVE_INFINITY;
    const y = j < b.length ? (b[j] as number) : Number.POSITIVE_INFINITY;
    out[at++] = Math.min(x, y);
    if (x <= y) i++;
    if (y <= x) j++;
  }
  return out.subarray(0, at);
}
