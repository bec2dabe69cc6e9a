import { CUSTOM_SCHEMA, type FloatHistogram } from '../../../server/src/model/histogram.ts';
import { compact, sameBounds } from '../../../server/src/model/histogram_buckets.ts';
import type { HistogramPoint } from '../../../server/src/rules/index.ts';
import { almostEqual } from './almost_equal.ts';

/** Why a histogram is not the expected one, or undefined when it is; numbers are compared as upstream's scripts are. */
export function judgeHistogram(point: HistogramPoint, actual: FloatHistogram): string | undefined {
  const wanted = compact(point.histogram);
  const got = compact(actual);
  const buckets = (side: 'positive' | 'negative'): boolean =>
    sameBounds(wanted[side].indexes, got[side].indexes) &&
    wanted[side].counts.every((count, i) => almostEqual(count, got[side].counts[i] ?? Number.NaN));
  const same =
    wanted.schema === got.schema &&
    almostEqual(wanted.count, got.count) &&
    almostEqual(wanted.sum, got.sum) &&
    wanted.zeroThreshold === got.zeroThreshold &&
    almostEqual(wanted.zeroCount, got.zeroCount) &&
    (wanted.schema !== CUSTOM_SCHEMA || sameBounds(wanted.customValues, got.customValues)) &&
    buckets('positive') &&
    buckets('negative') &&
    (!point.isHintSet || wanted.hint === got.hint);
  return same ? undefined : `expected ${shown(wanted)}, got ${shown(got)}`;
}

const shown = (histogram: FloatHistogram): string =>
  JSON.stringify(histogram, (_, value) => (ArrayBuffer.isView(value) ? Object.values(value) : value));
