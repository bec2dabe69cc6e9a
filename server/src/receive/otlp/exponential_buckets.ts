import { type HistogramBuckets, NO_BUCKETS } from '../../store/index.ts';

/** Native histograms go no finer than this; finer OTLP scales are merged down. */
export const FINEST_SCHEMA = 8;
export const COARSEST_SCHEMA = -4;
/** Gaps up to this many buckets are filled with zeros: cheaper than a span. */
const LONGEST_FILLED_GAP = 2;

/**
 * Buckets of an exponential histogram as spans of a native one. OTLP's bucket i is (base^i, base^(i+1)], Prometheus' is
 * (base^(i-1), base^i], so every index moves by one (Prometheus' OTLP receiver, convertBucketsLayout).
 * @param offset index of the first count
 * @param scaleDown by how many scales to merge: 2^scaleDown neighbouring buckets become one
 */
export function nativeBuckets(offset: number, counts: readonly number[], scaleDown: number): HistogramBuckets {
  const offsets: number[] = [];
  const lengths: number[] = [];
  const merged: number[] = [];
  let last = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number;
    if (count === 0) continue;
    const index = Math.floor((offset + i) / 2 ** Math.min(scaleDown, 52)) + 1;
    const gap = index - last - 1;
    if (merged.length > 0 && index === last) {
      merged[merged.length - 1] = (merged.at(-1) ?? 0) + count;
      continue;
    }
    if (merged.length > 0 && gap <= LONGEST_FILLED_GAP) {
      for (let zero = 0; zero < gap; zero++) merged.push(0);
      lengths[lengths.length - 1] = (lengths.at(-1) ?? 0) + gap + 1;
    } else {
      offsets.push(merged.length === 0 ? index : gap);
      lengths.push(1);
    }
    merged.push(count);
    last = index;
  }
  return merged.length === 0 ? NO_BUCKETS : { offsets, lengths, counts: merged };
}

/** Buckets of a histogram with bounds of its own: those before the first that holds something are left out. */
export function customBuckets(counts: readonly number[]): HistogramBuckets {
  const first = counts.findIndex((count) => count !== 0);
  if (first < 0) return NO_BUCKETS;
  const { offsets, lengths, counts: kept } = nativeBuckets(first - 1, counts.slice(first), 0);
  return { offsets, lengths, counts: kept };
}
