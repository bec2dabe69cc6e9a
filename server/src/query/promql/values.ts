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
 * One series over the steps of a grid. `values[i]` counts only where `present[i]` is 1: presence is never told by NaN,
 * which is an ordinary value.
 */
export interface VectorSeries {
  readonly labels: Labels;
  /** The metric name (and type and unit) are to go when the result leaves the engine. */
  readonly dropName: boolean;
  readonly values: Float64Array;
  readonly present: Uint8Array;
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
export const hasPoints = (series: VectorSeries): boolean => series.present.includes(1);
