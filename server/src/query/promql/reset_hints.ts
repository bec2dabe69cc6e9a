import {
  CUSTOM_SCHEMA,
  type FloatHistogram,
  HINT_GAUGE,
  HINT_NO_RESET,
  HINT_RESET,
  HINT_UNKNOWN,
} from '../../model/histogram.ts';
import { sameBounds } from '../../model/histogram_buckets.ts';
import { isReset } from '../../model/histogram_reset.ts';
import type { SeriesHistograms } from './source.ts';

/**
 * What is known of counter resets, from the samples themselves: hints of senders are relative to samples that may not be
 * here. Gauges stay gauges. A counter that follows another of the same layout without a reset says so; everything else
 * is unknown and left to whoever needs to know, as upstream's storage does. Stale markers (ascending times) and floats
 * break the row.
 */
export function withResetHints(
  histograms: SeriesHistograms,
  times: ArrayLike<number>,
  stale: ArrayLike<number>,
): SeriesHistograms {
  let before: FloatHistogram | undefined;
  let marker = 0;
  return histograms.map((given, i) => {
    const from = marker;
    while (marker < stale.length && (stale[marker] as number) <= (times[i] as number)) marker++;
    if (marker > from) before = undefined;
    if (given === undefined || given.hint === HINT_GAUGE) {
      before = undefined;
      return given;
    }
    const bare = given.hint === HINT_UNKNOWN ? given : { ...given, hint: HINT_UNKNOWN as typeof HINT_UNKNOWN };
    const follows =
      before !== undefined && given.hint !== HINT_RESET && sameLayout(before, bare) && !isReset(bare, before);
    before = bare;
    return follows ? { ...bare, hint: HINT_NO_RESET } : bare;
  });
}

const sameLayout = (a: FloatHistogram, b: FloatHistogram): boolean =>
  a.schema === b.schema &&
  a.zeroThreshold === b.zeroThreshold &&
  (a.schema !== CUSTOM_SCHEMA || sameBounds(a.customValues, b.customValues));
