import type { Call } from '@trilith/lang/promql';
import { labelValue } from '../../../model/labels.ts';
import type { EvaluationContext } from '../context.ts';
import { compareLabels } from '../label_sets.ts';
import { isInvariant } from '../plan.ts';
import { FLOAT, type Grid, hasPoints, type VectorSeries, type VectorValue } from '../values.ts';

/** Histograms have no order: they are left out. */
function floatsOnly(one: VectorSeries): VectorSeries {
  if (one.histograms === undefined) return one;
  return { ...one, present: one.present.map((mark) => (mark === FLOAT ? FLOAT : 0)), histograms: undefined };
}

/** sort, sort_desc: by value, NaN last. Range queries are ordered by labels anyway, which is remarked. */
export function sortByValue(context: EvaluationContext, call: Call, grid: Grid, input: VectorValue): VectorValue {
  remarkRange(context, call, grid);
  const sign = call.func.name === 'sort_desc' ? -1 : 1;
  const value = (one: VectorSeries): number => one.values[0] as number;
  const series = input.series
    .map(floatsOnly)
    .filter(hasPoints)
    .sort((a, b) => {
      const x = value(a);
      const y = value(b);
      if (Number.isNaN(x)) return Number.isNaN(y) ? 0 : 1;
      if (Number.isNaN(y)) return -1;
      return x < y ? -sign : x > y ? sign : 0;
    });
  return { kind: 'vector', series };
}

/** sort_by_label, sort_by_label_desc: by some labels in natural order, ties by all labels. */
export function sortByLabel(
  context: EvaluationContext,
  call: Call,
  grid: Grid,
  input: VectorValue,
  names: readonly string[],
): VectorValue {
  remarkRange(context, call, grid);
  const sign = call.func.name === 'sort_by_label_desc' ? -1 : 1;
  const series = [...input.series].sort((a, b) => {
    for (const name of names) {
      const order = natural(labelValue(a.labels, name), labelValue(b.labels, name));
      if (order !== 0) return sign * order;
    }
    return sign * compareLabels(a.labels, b.labels);
  });
  return { kind: 'vector', series };
}

/** Steps other than the query's own moment are those of a range query or a subquery. What `@` pins has one moment only. */
function remarkRange(context: EvaluationContext, call: Call, grid: Grid): void {
  if (grid.count === 0 || isInvariant(call)) return;
  if (grid.count > 1 || grid.startMs !== context.startMs) {
    context.annotations.warn(
      'sort is ineffective for range queries since results are always ordered by labels',
      call.range,
    );
  }
}

/** Runs of digits compare as numbers, everything else character by character. */
function natural(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? [];
  const right = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const x = left[i] as string;
    const y = right[i] as string;
    if (x === y) continue;
    const numbers = /^\d/.test(x) && /^\d/.test(y);
    if (numbers && Number(x) !== Number(y)) return Number(x) < Number(y) ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}
