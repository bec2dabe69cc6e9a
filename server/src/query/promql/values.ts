import type { FloatHistogram } from '../../model/histogram.ts';
import type { Labels } from '../../model/labels.ts';

/** The steps an expression is evaluated at: startMs, startMs + stepMs … (`count` of them), ms since the epoch. */
export interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly count: number;
}

/** The time of the last step. */
export const gridEndMs = (grid: Grid): number => grid.startMs + (grid.count - 1) * grid.stepMs;

/**
 * One series over the steps of a grid. `present[i]` is 0 where there is no point, 1 where `values[i]` is one, 2 where
 * `histograms[i]` is one: presence is never told by NaN, which is an ordinary value.
 */
export interface VectorSeries {
  readonly labels: Labels;
  /** The metric name (and type and unit) are to go when the result leaves the engine. */
  readonly dropName: boolean;
  readonly values: Float64Array;
  readonly present: Uint8Array;
  /** By step; undefined as long as the series has no histogram points. */
  histograms?: (FloatHistogram | undefined)[] | undefined;
}

export interface VectorValue {
  readonly kind: 'vector';
  readonly series: readonly VectorSeries[];
}

export interface ScalarValue {
  readonly kind: 'scalar';
  readonly values: Float64Array;
}

export interface StringValue {
  readonly kind: 'string';
  readonly value: string;
}

export type Value = VectorValue | ScalarValue | StringValue;

export function emptySeries(labels: Labels, dropName: boolean, count: number): VectorSeries {
  return { labels, dropName, values: new Float64Array(count), present: new Uint8Array(count) };
}

/** Whether a series has any point. */
export const hasPoints = ({ present, histograms }: VectorSeries): boolean =>
  present.includes(1) || (histograms !== undefined && present.includes(HISTOGRAM));

/** The marks of `present`. */
export const FLOAT = 1;
export const HISTOGRAM = 2;

/** The histogram at a step, undefined where there is none. */
export const histogramAt = (series: VectorSeries, step: number): FloatHistogram | undefined =>
  series.present[step] === HISTOGRAM ? series.histograms?.[step] : undefined;

/** Makes the point at a step a histogram. */
export function putHistogram(series: VectorSeries, step: number, histogram: FloatHistogram): void {
  series.histograms ??= new Array<FloatHistogram | undefined>(series.present.length);
  series.histograms[step] = histogram;
  series.present[step] = HISTOGRAM;
}

/** Makes the point at a step of `to` that of `from`, whatever it is. */
export function copyPoint(from: VectorSeries, fromStep: number, to: VectorSeries, step: number): void {
  const histogram = histogramAt(from, fromStep);
  if (histogram !== undefined) putHistogram(to, step, histogram);
  else {
    to.values[step] = from.values[fromStep] as number;
    to.present[step] = from.present[fromStep] as number;
  }
}

/** Every point as a number of no matter what value: for functions that look at presence and times only. */
export function asFloats({ series }: VectorValue): VectorValue {
  return {
    kind: 'vector',
    series: series.map((one) =>
      one.histograms === undefined
        ? one
        : { ...one, histograms: undefined, present: one.present.map((mark) => (mark === 0 ? 0 : FLOAT)) },
    ),
  };
}
