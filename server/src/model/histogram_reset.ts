import { type Buckets, type FloatHistogram, HINT_NO_RESET, HINT_RESET, usesCustomBuckets } from './histogram.ts';
import { coarserIndex, exponentialBound, sameBounds } from './histogram_buckets.ts';
import { commonBounds, mapToBounds } from './histogram_custom.ts';
import { zeroCountAt } from './histogram_zero.ts';

/**
 * Whether a counter was reset between two histograms (upstream's DetectReset): some bucket, the zero bucket or the count
 * fell, or the resolution or the zero bucket became finer. Explicit hints decide; gauges are looked at like counters.
 */
export function isReset(current: FloatHistogram, previous: FloatHistogram): boolean {
  if (current.hint === HINT_RESET) return true;
  if (current.hint === HINT_NO_RESET) return false;
  if (current.count < previous.count) return true;
  if (usesCustomBuckets(current)) {
    if (!usesCustomBuckets(previous)) return true;
    if (!sameBounds(current.customValues, previous.customValues)) return fellWithinCommonBounds(current, previous);
  }
  if (current.schema > previous.schema || current.zeroThreshold < previous.zeroThreshold) return true;
  const zero = zeroCountAt(previous, current.zeroThreshold);
  if (zero.threshold !== current.zeroThreshold || current.zeroCount < zero.count) return true;
  return (
    bucketFell(current.positive, previous.positive, current, previous) ||
    bucketFell(current.negative, previous.negative, current, previous)
  );
}

/** Whether some bucket of `previous`, seen at the resolution of `current`, holds more than there. */
function bucketFell(
  current: Buckets,
  previous: Buckets,
  { schema, zeroThreshold }: FloatHistogram,
  { schema: from }: FloatHistogram,
): boolean {
  let at = 0;
  let i = 0;
  const finer = from > schema;
  while (i < previous.indexes.length) {
    const first = previous.indexes[i] as number;
    const index = finer ? coarserIndex(first, from, schema) : first;
    let count = previous.counts[i++] as number;
    if (finer) {
      while (i < previous.indexes.length && coarserIndex(previous.indexes[i] as number, from, schema) === index)
        count += previous.counts[i++] as number;
    }
    if (count === 0) continue;
    // What lies in the zero bucket was counted there.
    if (zeroThreshold > 0 && exponentialBound(index, schema) <= zeroThreshold) continue;
    while (at < current.indexes.length && (current.indexes[at] as number) < index) at++;
    const now = current.indexes[at] === index ? (current.counts[at] as number) : 0;
    if (now < count) return true;
  }
  return false;
}

function fellWithinCommonBounds(current: FloatHistogram, previous: FloatHistogram): boolean {
  const bounds = commonBounds(current.customValues, previous.customValues);
  const now = mapToBounds(current, bounds);
  return mapToBounds(previous, bounds).some((count, i) => (now[i] as number) < count);
}
