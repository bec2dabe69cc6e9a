import type { FloatHistogram } from '../../model/histogram.ts';
import { shownBuckets } from '../../model/histogram_text.ts';
import { sampleText } from './sample_text.ts';

/**
 * A native histogram as upstream's JSON has it: count, sum and the populated buckets as
 * [boundary rule, lower, upper, count]. The rule is 0 (lower,upper], 1 [lower,upper), 2 (lower,upper), 3 [lower,upper].
 */
export function histogramJson(histogram: FloatHistogram): string {
  const quoted = (value: number): string => `"${sampleText(value)}"`;
  const buckets = shownBuckets(histogram).map(
    ({ rule, lower, upper, count }) => `[${rule},${quoted(lower)},${quoted(upper)},${quoted(count)}]`,
  );
  const shown = buckets.length === 0 ? '' : `,"buckets":[${buckets.join(',')}]`;
  return `{"count":${quoted(histogram.count)},"sum":${quoted(histogram.sum)}${shown}}`;
}
