import type { VectorAggregation } from '@trilith/lang/logql';
import { LabelSets, type Matrix, newSeries, type Series, slot, vectorGroupLabels } from './series.ts';

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
  if (expr.grouping === undefined && inner.series.length > 0) {
    sets.index([]);
    return { sets, groups: [[...inner.series]] };
  }
  for (const series of inner.series) {
    const index = sets.index(vectorGroupLabels(series.labels, expr.grouping));
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
function selectK(expr: VectorAggregation, inner: Matrix, steps: number, order: Order): Series[] {
  const { groups } = members(expr, inner);
  const k = expr.parameter ?? 1;
  const results: Series[] = [];
  for (const group of groups) {
    const kept = new Map<number, Series>();
    for (let i = 0; i < steps; i++) {
      for (const index of firstMembers(group, i, k, order)) {
        const member = group[index] as Series;
        let series = kept.get(index);
        if (series === undefined) {
          series = newSeries(member.labels, steps);
          kept.set(index, series);
        }
        series.present[i] = 1;
        series.values[i] = member.values[i] as number;
      }
    }
    for (const index of [...kept.keys()].sort((a, b) => a - b)) results.push(kept.get(index) as Series);
  }
  return steps === 1 ? sorted(results, order) : results;
}

/** Below zero: the first value comes first. */
type Order = (a: number, b: number) => number;

/** More are had sooner by sorting all. */
const MOST_INSERTED = 100;

/** The k first of the members that are present at a step; of equal ones those that come first among the members. */
function firstMembers(group: readonly Series[], step: number, k: number, order: Order): number[] {
  const value = (index: number): number => group[index]?.values[step] as number;
  const first: number[] = [];
  const fewEnough = Number.isInteger(k) && k > 0 && k <= MOST_INSERTED;
  for (let index = 0; index < group.length; index++) {
    if (group[index]?.present[step] !== 1) continue;
    if (!fewEnough) {
      first.push(index);
      continue;
    }
    let at = first.length;
    // All that came before and are no worse stay before it.
    while (at > 0 && nanLast(value(first[at - 1] as number), value(index), order) > 0) at--;
    if (at >= k) continue;
    if (first.length >= k) first.pop();
    first.splice(at, 0, index);
  }
  return fewEnough ? first : first.sort((a, b) => nanLast(value(a), value(b), order)).slice(0, k);
}

function nanLast(a: number, b: number, order: Order): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  return Number.isNaN(b) ? -1 : order(a, b);
}

function sorted(series: readonly Series[], order: Order): Series[] {
  return [...series].sort((a, b) => nanLast(a.values[0] ?? Number.NaN, b.values[0] ?? Number.NaN, order));
}
