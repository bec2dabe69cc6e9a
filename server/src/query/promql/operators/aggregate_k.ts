import { type AggregateExpr, formatNumberShort } from '@trilith/lang/promql';
import type { EvaluationContext } from '../context.ts';
import { histogramRemarks } from '../histogram_remarks.ts';
import { PromqlError } from '../promql_error.ts';
import { copyPoint, emptySeries, FLOAT, hasPoints, type VectorSeries, type VectorValue } from '../values.ts';
import { groupSeries } from './aggregate.ts';

/** topk, bottomk and limitk: series of the input with the points that were chosen. */
export async function aggregateK(
  context: EvaluationContext,
  expr: AggregateExpr,
  input: VectorValue,
  param: Float64Array,
  count: number,
): Promise<VectorValue> {
  checkParameter(param);
  const { groupOf, labels } = groupSeries(context, expr, input.series);
  const members: number[][] = labels.map(() => []);
  for (let i = 0; i < groupOf.length; i++) members[groupOf[i] as number]?.push(i);
  const chosen = input.series.map((one) => emptySeries(one.labels, one.dropName, count));
  const order: number[] = [];
  const ranks = expr.operator !== 'limitk';
  for (let step = 0; step < count; step++) {
    if (context.due()) await context.pause();
    const k = Math.min(Math.trunc(param[step] as number), input.series.length);
    if (k < 1) continue;
    for (const group of members) {
      const all = group.filter((i) => (input.series[i] as VectorSeries).present[step] !== 0);
      const present = ranks ? floatsOf(context, expr, input, all, step) : all;
      const value = (i: number): number => (input.series[i] as VectorSeries).values[step] as number;
      const best = !ranks ? present.slice(0, k) : top(present, value, k, expr.operator === 'topk');
      for (const i of best) {
        const out = chosen[i] as VectorSeries;
        copyPoint(input.series[i] as VectorSeries, step, out, step);
        if (count === 1) order.push(i);
      }
    }
  }
  // The order of an instant query's answer is the order of rank.
  const series = count === 1 ? order.map((i) => chosen[i] as VectorSeries) : chosen.filter(hasPoints);
  return { kind: 'vector', series };
}

/** Histograms have no rank: they are left out, which is said. */
function floatsOf(
  context: EvaluationContext,
  expr: AggregateExpr,
  { series }: VectorValue,
  members: readonly number[],
  step: number,
): readonly number[] {
  const floats = members.filter((i) => series[i]?.present[step] === FLOAT);
  if (floats.length < members.length) histogramRemarks.ignoredInAggregation(context, expr.operator, expr);
  return floats;
}

function checkParameter(param: Float64Array): void {
  const max = Math.max(...param);
  if (max < 1) return;
  if (param.some((value) => Number.isNaN(value))) throw new PromqlError('execution', 'Parameter value is NaN');
  const min = Math.min(...param);
  if (min <= -(2 ** 63)) throw new PromqlError('execution', `Scalar value ${formatNumberShort(min)} underflows int64`);
  if (max >= 2 ** 63) throw new PromqlError('execution', `Scalar value ${formatNumberShort(max)} overflows int64`);
}

/** The k first by value, NaN last; among equals the earlier series. */
function top(
  items: readonly number[],
  value: (item: number) => number,
  k: number,
  largest: boolean,
): readonly number[] {
  const compare = (a: number, b: number): number => {
    const x = value(a);
    const y = value(b);
    if (Number.isNaN(x)) return Number.isNaN(y) ? 0 : 1;
    if (Number.isNaN(y)) return -1;
    return largest ? y - x || 0 : x - y || 0;
  };
  return [...items].sort((a, b) => compare(a, b) || a - b).slice(0, k);
}
