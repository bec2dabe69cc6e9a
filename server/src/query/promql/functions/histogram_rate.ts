import {
  type FloatHistogram,
  HINT_GAUGE,
  HINT_UNKNOWN,
  NO_BUCKETS,
  usesCustomBuckets,
} from '../../../model/histogram.ts';
import { addHistograms, type Combined, subtractHistograms } from '../../../model/histogram_add.ts';
import { compact, divide, scale, toSchema } from '../../../model/histogram_buckets.ts';
import { isReset } from '../../../model/histogram_reset.ts';
import { type HistogramOperation, histogramRemarks } from '../histogram_remarks.ts';
import { putHistogram } from '../values.ts';
import { extendedHistogramRate } from './extended_histograms.ts';
import {
  floatsOrHistograms,
  type HistogramWindow,
  histogramOf,
  type MixedKernel,
  metricOf,
} from './histogram_windows.ts';
import { extrapolated, instant } from './rate.ts';
import { isStartReset, remarkOverlap, startsAnew } from './start_timestamps.ts';

/** A sum or difference, with what is to be said about it; undefined (and said) when the two do not go together. */
function remarked(
  combined: Combined | undefined,
  operation: HistogramOperation,
  { metric, remarks: { context, node } }: Pick<HistogramWindow, 'metric' | 'remarks'>,
): FloatHistogram | undefined {
  if (combined === undefined) histogramRemarks.mixedSchemas(context, metric, node.expr);
  else if (combined.reconciled) histogramRemarks.reconciled(context, operation, node.expr);
  return combined?.histogram;
}

/** rate, increase and delta of series with histograms. */
export function mixedRate(isCounter: boolean, isRate: boolean): MixedKernel {
  return (windows, args, out, remarks) => {
    const selector = remarks.node.kind === 'window' ? remarks.node.expr.selector : undefined;
    const isExtended = selector?.anchored === true || selector?.smoothed === true;
    floatsOrHistograms(extrapolated(isCounter, isRate), (window) =>
      isExtended
        ? extendedHistogramRate(window, isCounter, isRate, selector.smoothed)
        : extrapolatedWindow(window, isCounter, isRate),
    )(windows, args, out, remarks);
    if (isCounter && windows.starts !== undefined)
      remarkOverlap(windows, windows.lows[0] as number, windows.highs[windows.count - 1] as number, remarks);
  };
}

/** Upstream's extrapolatedRate for a window of histograms. */
function extrapolatedWindow(window: HistogramWindow, isCounter: boolean, isRate: boolean): FloatHistogram | undefined {
  const { histograms, times, endMs, rangeMs } = window;
  const starts = isCounter ? window.starts : undefined;
  const intervals = histograms.length - 1;
  let result = intervals > 0 ? histogramRate(window, starts, isCounter) : undefined;
  if (intervals > 0 && result === undefined) return undefined;
  const first = histograms[0] as FloatHistogram;
  const firstTime = times[0] as number;
  const lastTime = times[intervals] as number;
  const rangeStart = endMs - rangeMs;
  const start = starts?.[0] ?? 0;
  let sampled = (lastTime - firstTime) / 1000;
  const average = intervals > 0 ? sampled / intervals : 0;
  const threshold = average * 1.1;
  let toStart = (firstTime - rangeStart) / 1000;
  let toEnd = (endMs - lastTime) / 1000;
  if (start !== 0 && start > rangeStart && start < firstTime) {
    // The series began within the window, from nothing.
    toStart = 0;
    sampled = (lastTime - start) / 1000;
    result = result === undefined ? first : remarked(addHistograms(result, first), 'addition', window);
  } else if (result !== undefined) {
    if (toStart >= threshold) toStart = average / 2;
    if (isCounter && result.count > 0 && first.count >= 0)
      toStart = Math.min(toStart, sampled * (first.count / result.count));
  }
  if (result === undefined) return undefined;
  if (toEnd >= threshold) toEnd = average / 2;
  let factor = sampled === 0 ? 1 : (sampled + toStart + toEnd) / sampled;
  if (isRate) factor /= rangeMs / 1000;
  return scale(result, factor);
}

/** Upstream's histogramRate: last minus first at the lowest resolution, with what was lost by resets added. */
function histogramRate(
  window: HistogramWindow,
  starts: Float64Array | undefined,
  isCounter: boolean,
): FloatHistogram | undefined {
  const { histograms, times, metric, remarks } = window;
  const { context, node } = remarks;
  const last = histograms[histograms.length - 1] as FloatHistogram;
  const anew = (i: number): boolean =>
    (starts !== undefined &&
      isStartReset(starts[i - 1] as number, times[i - 1] as number, starts[i] as number, times[i] as number)) ||
    isReset(histograms[i] as FloatHistogram, histograms[i - 1] as FloatHistogram);
  if (isCounter && histograms.some(({ hint }) => hint === HINT_GAUGE))
    histogramRemarks.notCounter(context, metric, node.expr);
  const resetAtOnce = isCounter && anew(1);
  const first = resetAtOnce ? emptyLike(histograms[1] as FloatHistogram) : (histograms[0] as FloatHistogram);
  const between = isCounter ? histograms.slice(1, -1) : [];
  if ([last, ...between].some((one) => usesCustomBuckets(one) !== usesCustomBuckets(first))) {
    histogramRemarks.mixedSchemas(context, metric, node.expr);
    return undefined;
  }
  const schema = Math.min(last.schema, first.schema, ...between.map((one) => one.schema));
  let result = remarked(subtractHistograms(toSchema(last, schema), first), 'subtraction', window);
  if (isCounter) {
    // A reset right at the first sample was dealt with by not counting it.
    for (let i = resetAtOnce ? 2 : 1; i < histograms.length && result !== undefined; i++)
      if (anew(i)) result = remarked(addHistograms(result, histograms[i - 1] as FloatHistogram), 'addition', window);
  } else if (histograms[0]?.hint !== HINT_GAUGE || last.hint !== HINT_GAUGE)
    histogramRemarks.notGauge(context, metric, node.expr);
  return result === undefined ? undefined : { ...compact(result), hint: HINT_GAUGE };
}

const emptyLike = ({ schema, customValues }: FloatHistogram): FloatHistogram => ({
  schema,
  customValues,
  hint: HINT_UNKNOWN,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 0,
  sum: 0,
  positive: NO_BUCKETS,
  negative: NO_BUCKETS,
});

/** irate and idelta of series with histograms: from the last two samples, which have to be of one kind. */
export function mixedInstant(isRate: boolean): MixedKernel {
  return (windows, args, out, remarks) => {
    // Steps whose last two samples are floats; the others are overwritten or cleared.
    instant(isRate)(windows, args, out, remarks);
    for (let step = 0; step < windows.count; step++) {
      const last = (windows.highs[step] as number) - 1;
      if (last <= (windows.lows[step] as number)) continue;
      const before = histogramOf(windows, last - 1);
      const after = histogramOf(windows, last);
      if (before === undefined && after === undefined) continue;
      out.present[step] = 0;
      const seconds = ((windows.times[last] as number) - (windows.times[last - 1] as number)) / 1000;
      if (seconds === 0) continue;
      if (before === undefined || after === undefined) {
        histogramRemarks.mixedWithFloats(remarks.context, metricOf(windows), remarks.node.expr);
        continue;
      }
      const anew = isRate && (startsAnew(windows, last) || isReset(after, before));
      const change = changeOf(before, after, isRate, anew, { metric: metricOf(windows), remarks });
      if (change !== undefined) putHistogram(out, step, isRate ? divide(change, seconds) : change);
    }
  };
}

function changeOf(
  before: FloatHistogram,
  after: FloatHistogram,
  isRate: boolean,
  anew: boolean,
  about: Pick<HistogramWindow, 'metric' | 'remarks'>,
): FloatHistogram | undefined {
  const { context, node } = about.remarks;
  const gauges = Number(before.hint === HINT_GAUGE) + Number(after.hint === HINT_GAUGE);
  if (isRate && gauges > 0) histogramRemarks.notCounter(context, about.metric, node.expr);
  if (!isRate && gauges < 2) histogramRemarks.notGauge(context, about.metric, node.expr);
  const change = anew ? after : remarked(subtractHistograms(after, before), 'subtraction', about);
  return change === undefined ? undefined : { ...compact(change), hint: HINT_GAUGE };
}
