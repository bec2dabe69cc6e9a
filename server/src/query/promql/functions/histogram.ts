import { type Call, type Expr, formatNumberShort } from '@trilith/lang/promql';
import type { FloatHistogram } from '../../../model/histogram.ts';
import {
  type Estimate,
  histogramFraction as nativeFraction,
  histogramQuantile as nativeQuantile,
} from '../../../model/histogram_quantile.ts';
import { type Labels, labelValue } from '../../../model/labels.ts';
import { type EvaluationContext, resultLabels, settle } from '../context.ts';
import { histogramRemarks } from '../histogram_remarks.ts';
import { withLabel } from '../label_sets.ts';
import { remarkQuantile } from '../operators/aggregate.ts';
import { emptySeries, hasPoints, histogramAt, type VectorSeries, type VectorValue } from '../values.ts';
import { type Buckets, classicFraction, classicQuantile, type Forced, nothingForced } from './classic_histogram.ts';
import { bucketsAt, type HistogramInputs, histogramInputs, remarkForced } from './histogram_inputs.ts';

/** What a function makes of histograms, step by step. */
interface Evaluation {
  readonly context: EvaluationContext;
  readonly call: Call;
  /** Which argument the histograms are. */
  readonly argument: number;
  native(histogram: FloatHistogram, step: number): Estimate;
  classic(buckets: Buckets, step: number, metric: string): number;
  /** The label of a result, where each step may have its own. */
  label?(step: number): readonly [name: string, value: string];
}

/** One result series for each histogram (and label value), native ones first. */
function evaluateEach(
  { native, classic }: HistogramInputs,
  count: number,
  evaluation: Evaluation,
): readonly VectorSeries[] {
  const found: VectorSeries[] = [];
  for (const { series, blocked } of native) {
    const outputs = outputsOf(evaluation, series.labels, count);
    for (let step = 0; step < count; step++) {
      const histogram = histogramAt(series, step);
      if (histogram === undefined || blocked?.[step] === 1) continue;
      const { value, remark } = evaluation.native(histogram, step);
      if (remark !== undefined) remarkNaN(evaluation, remark, series.labels);
      outputs.put(step, value);
    }
    found.push(...outputs.series());
  }
  for (const histogram of classic) {
    const outputs = outputsOf(evaluation, histogram.labels, count);
    const metric = labelValue(histogram.labels, '__name__');
    for (let step = 0; step < count; step++) {
      const buckets = bucketsAt(histogram, step);
      if (buckets.bounds.length > 0) outputs.put(step, evaluation.classic(buckets, step, metric));
    }
    found.push(...outputs.series());
  }
  return found;
}

function remarkNaN({ context, call, argument }: Evaluation, remark: Estimate['remark'], labels: Labels): void {
  const metric = labelValue(resultLabels(context, labels), '__name__');
  const at = call.args[argument] ?? call;
  if (remark === 'nan') histogramRemarks.nanQuantile(context, metric, at);
  else if (remark === 'skewed') histogramRemarks.skewedQuantile(context, metric, at);
  else histogramRemarks.nanFraction(context, metric, at);
}

interface Outputs {
  put(step: number, value: number): void;
  series(): readonly VectorSeries[];
}

/** The result series of one histogram: one, or one for each value of the label. */
function outputsOf({ context, label }: Evaluation, labels: Labels, count: number): Outputs {
  const byValue = new Map<string, VectorSeries>();
  const bare = resultLabels(context, labels);
  return {
    put(step, value) {
      const [name, text] = label?.(step) ?? ['', ''];
      let out = byValue.get(text);
      if (out === undefined) {
        context.hold(count);
        out = emptySeries(name === '' ? bare : withLabel(bare, name, text), true, count);
        byValue.set(text, out);
      }
      out.values[step] = value;
      out.present[step] = 1;
    },
    series: () => [...byValue.values()].filter(hasPoints),
  };
}

/** What had to be made monotonic, by metric. */
class ForcedByMetric {
  readonly #found = new Map<string, Forced>();

  of(metric: string): Forced {
    let forced = this.#found.get(metric);
    if (forced === undefined) {
      forced = nothingForced();
      this.#found.set(metric, forced);
    }
    return forced;
  }

  remark(context: EvaluationContext, call: Call, argument: number): void {
    for (const [metric, forced] of this.#found) remarkForced(context, call, argument, forced, metric);
  }
}

/** Says once of each quantile that is not between 0 and 1. */
function remarkQuantiles(context: EvaluationContext, q: Float64Array, at: Expr): void {
  for (const value of new Set(q)) if (!(value >= 0 && value <= 1)) remarkQuantile(context, value, at);
}

function quantileOfEach(
  q: Float64Array,
  forced: ForcedByMetric,
  startMs: number,
  stepMs: number,
): Pick<Evaluation, 'native' | 'classic'> {
  return {
    native: (histogram, step) => nativeQuantile(q[step] as number, histogram),
    classic: (buckets, step, metric) =>
      classicQuantile(q[step] as number, buckets, forced.of(metric), startMs + step * stepMs),
  };
}

/** histogram_quantile of classic and native histograms. */
export function histogramQuantile(
  context: EvaluationContext,
  call: Call,
  q: Float64Array,
  input: VectorValue,
  startMs: number,
  stepMs: number,
): VectorValue {
  remarkQuantiles(context, q, call.args[0] ?? call);
  const forced = new ForcedByMetric();
  const series = evaluateEach(histogramInputs(context, input, call, 1), q.length, {
    context,
    call,
    argument: 1,
    ...quantileOfEach(q, forced, startMs, stepMs),
  });
  forced.remark(context, call, 1);
  return { kind: 'vector', series: settle(context, series) };
}

/** A number as OpenMetrics writes label values: whole ones with `.0`. */
function openMetricsNumber(value: number): string {
  const text = formatNumberShort(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** histogram_quantiles: several quantiles at once, told apart by a label. */
export function histogramQuantiles(
  context: EvaluationContext,
  call: Call,
  label: string,
  qs: readonly Float64Array[],
  input: VectorValue,
  startMs: number,
  stepMs: number,
): VectorValue {
  for (const [i, q] of qs.entries()) remarkQuantiles(context, q, call.args[i + 2] ?? call);
  const forced = new ForcedByMetric();
  const inputs = histogramInputs(context, input, call, 0);
  const series = qs.flatMap((q) =>
    evaluateEach(inputs, q.length, {
      context,
      call,
      argument: 0,
      ...quantileOfEach(q, forced, startMs, stepMs),
      label: (step) => [label, openMetricsNumber(q[step] as number)],
    }),
  );
  forced.remark(context, call, 0);
  return { kind: 'vector', series: settle(context, series) };
}

/** histogram_fraction of classic and native histograms. */
export function histogramFraction(
  context: EvaluationContext,
  call: Call,
  lower: Float64Array,
  upper: Float64Array,
  input: VectorValue,
): VectorValue {
  const series = evaluateEach(histogramInputs(context, input, call, 2), lower.length, {
    context,
    call,
    argument: 2,
    native: (histogram, step) => nativeFraction(lower[step] as number, upper[step] as number, histogram),
    classic: (buckets, step) => classicFraction(lower[step] as number, upper[step] as number, buckets),
  });
  return { kind: 'vector', series: settle(context, series) };
}
