import { type HistogramBuckets, type NativeHistogram, NO_BUCKETS } from './native_histograms.ts';

const CUSTOM_BUCKETS = -53;
const FINEST_SCHEMA = 8;
const COARSEST_SCHEMA = -4;
/** Schemas up to here are reserved for finer histograms, which are brought down to the finest we keep. */
const FINEST_RESERVED = 52;
/** Prometheus' staleness marker as the sum of a histogram. */
const STALE_LOW = 2;
const STALE_HIGH = 0x7ff0_0000;

const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);

/**
 * What every door does with a native histogram before it appends it: finer schemas than 8 are reduced, stale ones lose
 * their buckets, and what Prometheus refuses is refused (3.14, model/histogram, Validate; remote write handler).
 * @param isFloat whether the counts came as floats; those of integers must agree with each other
 * @returns the histogram to store, or why it is invalid, in upstream's words
 */
export function checkedHistogram(histogram: NativeHistogram, isFloat: boolean): NativeHistogram | string {
  const { schema, resetHint, sumLow, sumHigh } = histogram;
  if (schema !== CUSTOM_BUCKETS && (schema < COARSEST_SCHEMA || schema > FINEST_RESERVED)) {
    return `histogram has an invalid schema, which must be between -4 and 8 for exponential buckets, or -53 for custom buckets, got schema ${schema}`;
  }
  if (sumLow === STALE_LOW && sumHigh === STALE_HIGH) {
    const none = { positive: NO_BUCKETS, negative: NO_BUCKETS, customValues: [], zeroCount: 0, zeroThreshold: 0 };
    return { ...none, schema: Math.min(schema, FINEST_SCHEMA), count: 0, sumLow, sumHigh, resetHint: hint(resetHint) };
  }
  const problem = schema === CUSTOM_BUCKETS ? customProblem(histogram) : exponentialProblem(histogram, isFloat);
  if (problem !== undefined) return problem;
  const counted = countProblem(histogram, isFloat);
  if (counted !== undefined) return counted;
  const checked = { ...histogram, resetHint: hint(resetHint) };
  return schema > FINEST_SCHEMA ? reduced(checked, schema - FINEST_SCHEMA) : checked;
}

/** Hints of later versions are unknown ones. */
function hint(resetHint: number): number {
  return resetHint <= 3 ? resetHint : 0;
}

function exponentialProblem(histogram: NativeHistogram, isFloat: boolean): string | undefined {
  const { positive, negative, zeroCount, zeroThreshold, customValues } = histogram;
  const positiveSpans = spansProblem(positive, false);
  if (positiveSpans !== undefined) return `positive side: ${positiveSpans}`;
  const negativeSpans = spansProblem(negative, false) ?? bucketsProblem(negative.counts);
  if (negativeSpans !== undefined) return `negative side: ${negativeSpans}`;
  if (isFloat && zeroCount < 0) return `zero bucket has observation count of ${zeroCount}: ${NEGATIVE_BUCKET}`;
  // Upstream takes these as they come; no zero bucket can be so.
  if (!(zeroThreshold >= 0)) return `zero threshold of ${zeroThreshold} is not a width`;
  return customValues.length > 0 ? 'histogram with exponential schema must not have custom bounds' : undefined;
}

const NEGATIVE_BUCKET = 'histogram has a bucket whose observation count is negative';

function customProblem(histogram: NativeHistogram): string | undefined {
  const { positive, negative, zeroCount, zeroThreshold, customValues } = histogram;
  const problem = boundsProblem(customValues) ?? spansProblem(positive, true) ?? coverProblem(positive, customValues);
  if (problem !== undefined) return `custom buckets: ${problem}`;
  if (zeroCount !== 0) return 'custom buckets: must have zero count of 0';
  if (zeroThreshold !== 0) return 'custom buckets: must have zero threshold of 0';
  if (negative.offsets.length > 0) return 'custom buckets: must not have negative spans';
  return negative.counts.length > 0 ? 'custom buckets: must not have negative buckets' : undefined;
}

function boundsProblem(bounds: readonly number[]): string | undefined {
  for (let i = 0; i < bounds.length; i++) {
    const bound = bounds[i] as number;
    if (Number.isNaN(bound)) return 'histogram custom bounds must not be NaN';
    const before = bounds[i - 1] ?? Number.NEGATIVE_INFINITY;
    if (i > 0 && bound <= before) {
      return `previous bound is ${before} and current is ${bound}: histogram custom bounds must be in strictly increasing order`;
    }
  }
  return bounds.at(-1) === Number.POSITIVE_INFINITY
    ? 'last +Inf bound must not be explicitly defined: histogram custom bounds must be finite'
    : undefined;
}

function coverProblem({ offsets, lengths }: HistogramBuckets, bounds: readonly number[]): string | undefined {
  const reach = total(offsets) + total(lengths);
  return bounds.length + 1 < reach
    ? `only ${bounds.length} custom bounds defined which is insufficient to cover total span length of ${reach}: histogram custom bounds are too few`
    : undefined;
}

/** @param fromZero whether the first span may not begin below zero either */
function spansProblem({ offsets, lengths, counts }: HistogramBuckets, fromZero: boolean): string | undefined {
  for (let i = fromZero ? 0 : 1; i < offsets.length; i++) {
    const offset = offsets[i] as number;
    if (offset < 0) return `span number ${i + 1} with offset ${offset}: histogram has a span whose offset is negative`;
  }
  const needed = total(lengths);
  return needed !== counts.length
    ? `spans need ${needed} buckets, have ${counts.length} buckets: histogram spans specify different number of buckets than provided`
    : undefined;
}

function bucketsProblem(counts: readonly number[]): string | undefined {
  const i = counts.findIndex((count) => count < 0);
  return i < 0 ? undefined : `bucket number ${i + 1} has observation count of ${counts[i]}: ${NEGATIVE_BUCKET}`;
}

function countProblem(histogram: NativeHistogram, isFloat: boolean): string | undefined {
  const { count, zeroCount, positive, negative, sumLow, sumHigh } = histogram;
  if (isFloat && count < 0) return `observation count is ${count}: histogram's observation count is negative`;
  const problem = bucketsProblem(positive.counts);
  if (problem !== undefined) return `positive side: ${problem}`;
  if (isFloat) return undefined;
  const observed = total(negative.counts) + total(positive.counts) + zeroCount;
  words[0] = sumLow;
  words[1] = sumHigh;
  const found = `${observed} observations found in buckets, but the Count field is ${count}`;
  if (Number.isNaN(double[0])) {
    // NaN observations are in no bucket but in the count.
    return observed > count
      ? `${found}: histogram's observation count should be at least the number of observations found in the buckets`
      : undefined;
  }
  return observed === count
    ? undefined
    : `${found}: histogram's observation count should equal the number of observations found in the buckets (in absence of NaN)`;
}

/** An exponential histogram at a schema that is `by` smaller: 2^by neighbouring buckets become one. */
export function reducedHistogram(histogram: NativeHistogram, by: number): NativeHistogram {
  const { schema, positive, negative } = histogram;
  return { ...histogram, schema: schema - by, positive: coarser(positive, by), negative: coarser(negative, by) };
}

/** The histogram at schema 8: 2^by neighbouring buckets become one. */
function reduced(histogram: NativeHistogram, by: number): NativeHistogram {
  const { positive, negative } = histogram;
  return { ...histogram, schema: FINEST_SCHEMA, positive: coarser(positive, by), negative: coarser(negative, by) };
}

function coarser(buckets: HistogramBuckets, by: number): HistogramBuckets {
  const offsets: number[] = [];
  const lengths: number[] = [];
  const counts: number[] = [];
  const width = 2 ** by;
  let index = 0;
  let at = 0;
  let last = 0;
  for (let span = 0; span < buckets.lengths.length; span++) {
    index += buckets.offsets[span] as number;
    for (let i = 0; i < (buckets.lengths[span] as number); i++) {
      // Bucket i ends at base^i, so it is in the coarser bucket that i / 2^by, rounded up, names.
      const target = Math.ceil(index++ / width);
      const count = buckets.counts[at++] ?? 0;
      if (counts.length > 0 && target === last) counts[counts.length - 1] = (counts.at(-1) ?? 0) + count;
      else {
        if (counts.length > 0 && target === last + 1) lengths[lengths.length - 1] = (lengths.at(-1) ?? 0) + 1;
        else {
          offsets.push(counts.length === 0 ? target : target - last - 1);
          lengths.push(1);
        }
        counts.push(count);
      }
      last = target;
    }
  }
  return { offsets, lengths, counts };
}

function total(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
