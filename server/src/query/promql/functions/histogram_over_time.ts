import { type FloatHistogram, HINT_NO_RESET, HINT_RESET } from '../../../model/histogram.ts';
import { equalHistograms } from '../../../model/histogram_buckets.ts';
import { isReset } from '../../../model/histogram_reset.ts';
import { HistogramMean, HistogramSum } from '../../../model/histogram_sum.ts';
import { histogramRemarks } from '../histogram_remarks.ts';
import type { Kernel } from '../kernel.ts';
import { putHistogram } from '../values.ts';
import { type HistogramWindow, histogramOf, type MixedKernel, type MixedWindows } from './histogram_windows.ts';
import { countNeighbours } from './over_time.ts';
import { startsAnew } from './start_timestamps.ts';

/** sum_over_time of a window of histograms. */
export function sumWindow(window: HistogramWindow): FloatHistogram | undefined {
  const sum = new HistogramSum(window.histograms[0] as FloatHistogram);
  return addAll(window, sum) ? sum.total() : undefined;
}

/** avg_over_time of a window of histograms. */
export function averageWindow(window: HistogramWindow): FloatHistogram | undefined {
  const mean = new HistogramMean(window.histograms[0] as FloatHistogram);
  return addAll(window, mean) ? mean.mean() : undefined;
}

function addAll({ histograms, metric, remarks }: HistogramWindow, to: HistogramSum | HistogramMean): boolean {
  const { context, node } = remarks;
  for (let i = 1; i < histograms.length; i++) {
    if (to.add(histograms[i] as FloatHistogram)) continue;
    histogramRemarks.mixedSchemas(context, metric, node.expr);
    return false;
  }
  const has = (hint: number): boolean => histograms.some((one) => one.hint === hint);
  if (has(HINT_RESET) && has(HINT_NO_RESET)) histogramRemarks.collision(context, 'aggregation', node.expr);
  if (to.reconciled) histogramRemarks.reconciled(context, 'aggregation', node.expr);
  return true;
}

/** last_over_time and first_over_time: the sample as it is, float or histogram. */
export function sampleOf(which: 'first' | 'last'): MixedKernel {
  return (windows, _, out) => {
    for (let step = 0; step < windows.count; step++) {
      const low = windows.lows[step] as number;
      const high = windows.highs[step] as number;
      if (high === low) continue;
      const sample = which === 'last' ? high - 1 : low;
      const histogram = histogramOf(windows, sample);
      if (histogram !== undefined) putHistogram(out, step, histogram);
      else {
        out.values[step] = windows.values[sample] as number;
        out.present[step] = 1;
      }
    }
  };
}

/** Functions that count samples, or look at their times only, do the same whatever the samples are. */
export const anySamples =
  (kernel: Kernel): MixedKernel =>
  (windows, args, out, remarks) =>
    kernel(windows, args, out, remarks);

/** changes and resets: neighbours of different kinds always count. */
function neighbours(counts: (windows: MixedWindows, sample: number) => boolean): MixedKernel {
  return (windows, _, out, remarks) => countNeighbours(windows, out, remarks, (sample) => counts(windows, sample));
}

export const mixedChanges = neighbours((windows, i) => {
  const before = histogramOf(windows, i - 1);
  const after = histogramOf(windows, i);
  if (before !== undefined && after !== undefined) return !equalHistograms(after, before);
  if (before !== undefined || after !== undefined) return true;
  const [x, y] = [windows.values[i - 1] as number, windows.values[i] as number];
  return x !== y && !(Number.isNaN(x) && Number.isNaN(y));
});

export const mixedResets = neighbours((windows, i) => {
  const before = histogramOf(windows, i - 1);
  const after = histogramOf(windows, i);
  if (before !== undefined && after !== undefined) return startsAnew(windows, i) || isReset(after, before);
  if (before !== undefined || after !== undefined) return true;
  return (windows.values[i] as number) < (windows.values[i - 1] as number) || startsAnew(windows, i);
});
