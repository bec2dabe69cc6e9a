import { type FloatHistogram, HINT_GAUGE, HINT_UNKNOWN, usesCustomBuckets } from '../../../model/histogram.ts';
import { addHistograms, type Combined, subtractHistograms } from '../../../model/histogram_add.ts';
import { compact, divide, scale } from '../../../model/histogram_buckets.ts';
import { isReset } from '../../../model/histogram_reset.ts';
import { labelValue } from '../../../model/labels.ts';
import type { EvaluationContext } from '../context.ts';
import { type HistogramOperation, histogramRemarks } from '../histogram_remarks.ts';
import type { SelectNode } from '../plan_nodes.ts';
import type { SeriesHistograms } from '../source.ts';
import { putHistogram, type VectorSeries } from '../values.ts';
import type { HistogramWindow } from './histogram_windows.ts';

/** Where remarks go, and about which metric. */
interface About {
  readonly context: EvaluationContext;
  readonly metric: string;
  readonly at: SelectNode['expr'] | HistogramWindow['remarks']['node']['expr'];
}

function settled(
  combined: Combined | undefined,
  operation: HistogramOperation,
  { context, metric, at }: About,
): FloatHistogram | undefined {
  if (combined === undefined) histogramRemarks.mixedSchemas(context, metric, at);
  else if (combined.reconciled) histogramRemarks.reconciled(context, operation, at);
  return combined?.histogram;
}

interface Point {
  readonly time: number;
  readonly histogram: FloatHistogram;
}

/** The histogram on the line between two; a counter that was reset between them starts from nothing. */
function interpolate(a: Point, b: Point, time: number, isCounter: boolean, about: About): FloatHistogram | undefined {
  if (time === a.time) return a.histogram;
  if (time === b.time) return b.histogram;
  const fraction = (time - a.time) / (b.time - a.time);
  if (isCounter && isReset(b.histogram, a.histogram)) return scale(b.histogram, fraction);
  const difference = settled(subtractHistograms(b.histogram, a.histogram), 'subtraction', about);
  return difference && settled(addHistograms(scale(difference, fraction), a.histogram), 'addition', about);
}

/** rate, increase and delta of a window of histograms with `anchored` or `smoothed` (upstream's extendedHistogramRate). */
export function extendedHistogramRate(
  window: HistogramWindow,
  isCounter: boolean,
  isRate: boolean,
  smoothed: boolean,
): FloatHistogram | undefined {
  const { context, node } = window.remarks;
  const about: About = { context, metric: window.metric, at: node.expr };
  const points = window.histograms.map((histogram, i): Point => ({ histogram, time: window.times[i] as number }));
  const { endMs } = window;
  const startMs = endMs - window.rangeMs;
  const top = points.length - 1;
  const firstWhere = (condition: (time: number) => boolean): number => {
    const found = points.findIndex(({ time }) => condition(time));
    return found === -1 ? top : Math.min(found, top);
  };
  const first = Math.max(0, firstWhere((time) => time > startMs) - 1);
  const last = smoothed ? firstWhere((time) => time >= endMs) : top;
  const at = (i: number): Point => points[i] as Point;
  if (at(last).time <= startMs || (smoothed && at(first).time > endMs)) return undefined;
  if (!isConsistent(points.slice(first, last + 1), isCounter, about)) return undefined;
  const left =
    smoothed && at(first).time < startMs
      ? interpolate(at(first), at(first + 1), startMs, isCounter, about)
      : at(first).histogram;
  const right =
    smoothed && last > 0 && at(last).time > endMs
      ? interpolate(at(last - 1), at(last), endMs, isCounter, about)
      : at(last).histogram;
  if (left === undefined || right === undefined) return undefined;
  if (!isCounter && (left.hint !== HINT_GAUGE || right.hint !== HINT_GAUGE))
    histogramRemarks.notGauge(context, window.metric, node.expr);
  let result = settled(subtractHistograms(right, left), 'subtraction', about);
  if (isCounter) {
    const began = smoothed && at(first).time < startMs && isReset(at(first + 1).histogram, at(first).histogram);
    for (const lost of lostByResets(points, first, last, left, right, began))
      result = result && settled(addHistograms(result, lost), 'addition', about);
  }
  if (result === undefined) return undefined;
  const whole = isRate ? divide(result, window.rangeMs / 1000) : result;
  return { ...compact(whole), hint: HINT_GAUGE };
}

function isConsistent(points: readonly Point[], isCounter: boolean, { context, metric, at }: About): boolean {
  const custom = usesCustomBuckets((points[0] as Point).histogram);
  for (const { histogram } of points) {
    if (usesCustomBuckets(histogram) !== custom) {
      histogramRemarks.mixedSchemas(context, metric, at);
      return false;
    }
    if (isCounter && histogram.hint === HINT_GAUGE) histogramRemarks.notCounter(context, metric, at);
  }
  return true;
}

/**
 * The histograms before each reset between the edges. Both edges stand for their samples; where the left one was
 * interpolated across a reset (`began`), the sample after it is the first to compare with.
 */
function* lostByResets(
  points: readonly Point[],
  first: number,
  last: number,
  left: FloatHistogram,
  right: FloatHistogram,
  began: boolean,
): Iterable<FloatHistogram> {
  const at = (i: number): FloatHistogram => (points[i] as Point).histogram;
  let before = began ? at(first + 1) : left;
  const from = began ? first + 2 : first + 1;
  if (from > last) return;
  for (let i = from; i < last; i++) {
    if (isReset(at(i), before)) yield before;
    before = at(i);
  }
  if (isReset(right, before)) yield before;
}

/** `smoothed` of an instant selector whose series has histograms: interpolated, the last one carried forward. */
export function smoothHistograms(
  context: EvaluationContext,
  node: SelectNode,
  times: Float64Array,
  values: Float64Array,
  histograms: SeriesHistograms,
  out: VectorSeries,
): void {
  const { grid, offsetMs } = node;
  const about: About = { context, metric: labelValue(out.labels, '__name__'), at: node.expr };
  for (let step = 0; step < grid.count; step++) {
    const time = grid.startMs + step * grid.stepMs - offsetMs;
    let low = 0;
    while (low < times.length && (times[low] as number) <= time - context.lookbackMs) low++;
    let high = low;
    while (high < times.length && (times[high] as number) <= time + context.lookbackMs) high++;
    if (high === low) continue;
    let after = low;
    while (after < high && (times[after] as number) < time) after++;
    const kinds = new Set(histograms.slice(low, high).map((one) => one !== undefined));
    if (kinds.size > 1) {
      histogramRemarks.mixedWithFloats(context, about.metric, node.expr);
      continue;
    }
    if (kinds.has(false)) smoothFloat(times, values, low, after, high, time, step, out);
    else {
      const point = (i: number): Point => ({ time: times[i] as number, histogram: histograms[i] as FloatHistogram });
      const smooth = smoothPoint(point, low, after, high, time, about);
      if (smooth !== undefined) putHistogram(out, step, smooth);
    }
  }
}

function smoothFloat(
  times: Float64Array,
  values: Float64Array,
  low: number,
  after: number,
  high: number,
  time: number,
  step: number,
  out: VectorSeries,
): void {
  const value = (i: number): number => values[i] as number;
  const isExact = after < high && times[after] === time;
  if (!isExact && after === low) return;
  out.present[step] = 1;
  if (isExact) out.values[step] = value(after);
  else if (after === high) out.values[step] = value(after - 1);
  else {
    const [t0, t1] = [times[after - 1] as number, times[after] as number];
    out.values[step] = value(after - 1) + ((value(after) - value(after - 1)) * (time - t0)) / (t1 - t0);
  }
}

function smoothPoint(
  point: (i: number) => Point,
  low: number,
  after: number,
  high: number,
  time: number,
  about: About,
): FloatHistogram | undefined {
  if (after < high && point(after).time === time) return point(after).histogram;
  if (after === low) return undefined;
  const before = point(after - 1);
  // A hint says how a sample follows the one before it, not how its copy does.
  if (after === high) return { ...before.histogram, hint: HINT_UNKNOWN };
  const next = point(after);
  if (usesCustomBuckets(before.histogram) !== usesCustomBuckets(next.histogram)) {
    histogramRemarks.mixedSchemas(about.context, about.metric, about.at);
    return undefined;
  }
  const isCounter = before.histogram.hint !== HINT_GAUGE || next.histogram.hint !== HINT_GAUGE;
  return interpolate(before, next, time, isCounter, about);
}
