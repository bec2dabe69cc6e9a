/**
 * A native histogram with absolute counts (Prometheus' FloatHistogram). Histograms are values: operations make new ones
 * and share what did not change, so the arrays must never be written to.
 */
export interface FloatHistogram {
  /** -4…8: exponential, bucket bounds grow by 2^(2^-schema); -53: the bounds are `customValues`. */
  readonly schema: number;
  readonly hint: ResetHint;
  /** Observations with an absolute value up to this are in the zero bucket. */
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly count: number;
  readonly sum: number;
  readonly positive: Buckets;
  readonly negative: Buckets;
  /** Upper bounds of custom buckets, ascending; empty for exponential schemas. */
  readonly customValues: Float64Array;
}

/** Buckets of one sign: bucket `indexes[i]` holds `counts[i]` observations. Indexes ascend; a bucket may be empty. */
export interface Buckets {
  readonly indexes: Int32Array;
  readonly counts: Float64Array;
}

/** What is known about a counter reset before this histogram; the numbers are those of prometheus/prompb/types.proto. */
export type ResetHint = 0 | 1 | 2 | 3;
export const HINT_UNKNOWN = 0;
export const HINT_RESET = 1;
export const HINT_NO_RESET = 2;
export const HINT_GAUGE = 3;

export const CUSTOM_SCHEMA = -53;

export const NO_BUCKETS: Buckets = { indexes: new Int32Array(0), counts: new Float64Array(0) };
export const NO_BOUNDS = new Float64Array(0);

export const usesCustomBuckets = ({ schema }: FloatHistogram): boolean => schema === CUSTOM_SCHEMA;

/** Buckets from spans: gaps to the span before, lengths, and one count for each bucket of the spans. */
export function bucketsOfSpans(
  offsets: ArrayLike<number>,
  lengths: ArrayLike<number>,
  counts: ArrayLike<number>,
): Buckets {
  if (counts.length === 0) return NO_BUCKETS;
  const indexes = new Int32Array(counts.length);
  let index = 0;
  let at = 0;
  for (let span = 0; span < lengths.length; span++) {
    index += offsets[span] as number;
    for (let i = 0; i < (lengths[span] as number) && at < indexes.length; i++) indexes[at++] = index++;
  }
  return { indexes: indexes.subarray(0, at), counts: Float64Array.from(counts).subarray(0, at) };
}
