import type { VectorAggregation } from '@trilith/lang/logql';
import { groupLabels, LabelSets, type Matrix, newSeries, type Series, slot } from './series.ts';

/** Combines the values of a group's members that are present at one step; the list is never empty. */
type Combine = (values: readonly number[]) => number;

const COMBINE: Readonly<Record<'sum' | 'avg' | 'count' | 'max' | 'min' | 'stddev' | 'stdvar', Combine>> = {
  sum: (values) => values.reduce((a, b) => a + b, 0),
  avg: (values) => values.reduce((average, value, i) => average + (value - average) / (i + 1), 0),
  count: (values) => values.length,
  max: (values) => values.reduce((a, b) => (b > a || Number.isNaN(a) ? b : a)),
  min: (values) => values.reduce((a, b) => (b < a || Number.isNaN(a) ? b : a)),
  stddev: (values) => Math.sqrt(variance(values)),
  stdvar: (values) => variance(values),
};

function variance(values: readonly number[]): number {
  let average = 0;
  let aux = 0;
  values.forEach((value, i) => {
    const delta = value - average;
    average += delta / (i + 1);
    aux += delta * (value - average);
  });
  return aux / values.length;
}

/** `sum by (…) (…)` and its like at every step. */
export function aggregateVector(expr: VectorAggregation, inner: Matrix, steps: number): Matrix {
  switch (expr.operation) {
    case 'topk':
    case 'approx_topk':
      return { kind: 'matrix', series: selectK(expr, inner, steps, (a, b) => b - a) };
    case 'bottomk':
      return { kind: 'matrix', series: selectK(expr, inner, steps, (a, b) => a - b) };
    case 'sort':
      return { kind: 'matrix', series: sorted(inner.series, (a, b) => a - b) };
    case 'sort_desc':
      return { kind: 'matrix', series: sorted(inner.series, (a, b) => b - a) };
    default:
      return { kind: 'matrix', series: combine(expr, inner, steps, COMBINE[expr.operation]) };
  }
}

function members(expr: VectorAggregation, inner: Matrix): { sets: LabelSets; groups: Series[][] } {
  const sets = new LabelSets();
  const groups: Series[][] = [];
  for (const series of inner.series) {
    const index = sets.index(groupLabels(series.labels, expr.grouping));
    slot(groups, index, () => []).push(series);
  }
  return { sets, groups };
}

function combine(expr: VectorAggregation, inner: Matrix, steps: number, compute: Combine): Series[] {
  const { sets, groups } = members(expr, inner);
  return sets.all.map((labels, index) => {
    const result = newSeries(labels, steps);
    const group = groups[index] ?? [];
    for (let i = 0; i < steps; i++) {
      const values: number[] = [];
      for (const series of group) if (series.present[i] === 1) values.push(series.values[i] ?? 0);
      if (values.length === 0) continue;
      result.present[i] = 1;
      result.values[i] = compute(values);
    }
    return result;
  });
}

/** Of every group and step the k first members in the order; NaN comes last. Members keep their own labels. */
function selectK(
  expr: VectorAggregation,
  inner: Matrix,
  steps: number,
  order: (a: number, b: number) => number,
): Series[] {
  const { groups } = members(expr, inner);
  const k = expr.parameter ?? 1;
  const results: Series[] = [];
  for (const group of groups) {
    const kept = group.map((series) => newSeries(series.labels, steps));
    for (let i = 0; i < steps; i++) {
      const present = group.map((_, index) => index).filter((index) => group[index]?.present[i] === 1);
      const value = (index: number): number => group[index]?.values[i] ?? Number.NaN;
      present.sort((a, b) => nanLast(value(a), value(b), order));
      for (const index of present.slice(0, k)) {
        const series = kept[index];
        if (series === undefined) continue;
        series.present[i] = 1;
        series.values[i] = value(index);
      }
    }
    results.push(...kept.filter((series) => series.present.includes(1)));
  }
  return steps === 1 ? sorted(results, order) : results;
}

function nanLast(a: number, b: number, order: (a: number, b: number) => number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  return Number.isNaN(b) ? -1 : order(a, b);
}

function sorted(series: readonly Series[], order: (a: number, b: number) => number): Series[] {
  return [...series].sort((a, b) => nanLast(a.values[0] ?? Number.NaN, b.values[0] ?? Number.NaN, order));
}
