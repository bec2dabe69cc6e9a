import type { AggregateExpr } from '@trilith/lang/promql';
import { formatNumberShort } from '@trilith/lang/promql';
import { type Labels, labelsKey } from '../../../model/labels.ts';
import { type EvaluationContext, resultLabels } from '../context.ts';
import { quantileOf } from '../functions/quantile.ts';
import { groupLabels, numbering } from '../label_sets.ts';
import { emptySeries, HISTOGRAM, hasPoints, type VectorSeries, type VectorValue } from '../values.ts';
import { aggregateHistograms } from './aggregate_histograms.ts';

/** Which group each series belongs to, and the groups' labels. */
export interface Grouping {
  readonly groupOf: Uint32Array;
  readonly labels: readonly Labels[];
  readonly dropName: readonly boolean[];
}

export function groupSeries(
  context: EvaluationContext,
  expr: AggregateExpr,
  series: readonly VectorSeries[],
): Grouping {
  const names = new Set(expr.grouping);
  const numbers = numbering();
  const labels: Labels[] = [];
  const dropName: boolean[] = [];
  const groupOf = Uint32Array.from(series, (one) => {
    const kept = groupLabels(one.labels, names, expr.without);
    const group = numbers.of(labelsKey(kept));
    labels[group] ??= expr.without ? resultLabels(context, kept) : kept;
    dropName[group] = dropName[group] === true || one.dropName;
    return group;
  });
  return { groupOf, labels, dropName };
}

/** sum, avg, count, min, max, group, stddev, stdvar and quantile. */
export async function aggregate(
  context: EvaluationContext,
  expr: AggregateExpr,
  input: VectorValue,
  param: Float64Array | undefined,
  count: number,
): Promise<VectorValue> {
  const grouping = groupSeries(context, expr, input.series);
  const groups = grouping.labels.map((labels, i) => emptySeries(labels, grouping.dropName[i] === true, count));
  if (expr.operator === 'quantile')
    await quantiles(context, expr, input, param ?? new Float64Array(count), grouping, groups);
  else await fold(context, expr, input, grouping, groups);
  if (input.series.some(({ histograms }) => histograms !== undefined))
    await aggregateHistograms(context, expr, input.series, grouping.groupOf, groups);
  context.hold(groups.length * count);
  return { kind: 'vector', series: groups.filter(hasPoints) };
}

/** Adds one series to its group: `totals` and `extra` are the group's accumulators, `seen` how many points each step has. */
type Fold = (
  values: Float64Array,
  present: Uint8Array,
  totals: Float64Array,
  extra: Float64Array,
  seen: Uint32Array,
) => void;

/**
 * Sums with their rounding errors (Neumaier), which {@link finishFold} adds. The errors are exact either way round, so no
 * branch is needed to find them.
 */
const sum: Fold = (values, present, totals, extra, seen) => {
  const count = values.length;
  if (!present.includes(0) && !present.includes(HISTOGRAM)) {
    for (let i = 0; i < count; i++) {
      const value = values[i] as number;
      const before = totals[i] as number;
      const total = before + value;
      const moved = total - before;
      extra[i]! += before - (total - moved) + (value - moved);
      totals[i] = total;
    }
    for (let i = 0; i < count; i++) seen[i]!++;
    return;
  }
  for (let i = 0; i < count; i++) {
    if (present[i] !== 1) continue;
    const value = values[i] as number;
    const before = totals[i] as number;
    const total = before + value;
    const moved = total - before;
    extra[i]! += before - (total - moved) + (value - moved);
    totals[i] = total;
    seen[i]!++;
  }
};

const count: Fold = (values, present, _totals, _extra, seen) => {
  for (let i = 0; i < values.length; i++) if (present[i] !== 0) seen[i]!++;
};

const extreme =
  (isMax: boolean): Fold =>
  (values, present, totals, _, seen) => {
    for (let i = 0; i < values.length; i++) {
      if (present[i] !== 1) continue;
      const value = values[i] as number;
      const current = totals[i] as number;
      if (seen[i] === 0 || Number.isNaN(current) || (isMax ? current < value : current > value)) totals[i] = value;
      seen[i]!++;
    }
  };

/** Welford: `totals` the sum of squared distances, `extra` the mean. */
const deviation: Fold = (values, present, totals, extra, seen) => {
  for (let i = 0; i < values.length; i++) {
    if (present[i] !== 1) continue;
    const value = values[i] as number;
    const n = ++seen[i]!;
    if (n === 1) {
      extra[i] = value;
      totals[i] = Number.isFinite(value) ? 0 : Number.NaN;
      continue;
    }
    const delta = value - (extra[i] as number);
    extra[i]! += delta / n;
    totals[i]! += delta * (value - (extra[i] as number));
  }
};

/** By operator; those that need all series at once are not among them. */
export const FOLDS: ReadonlyMap<string, Fold> = new Map<string, Fold>([
  ['sum', sum],
  ['avg', sum],
  ['count', count],
  ['group', count],
  ['max', extreme(true)],
  ['min', extreme(false)],
  ['stddev', deviation],
  ['stdvar', deviation],
]);

async function fold(
  context: EvaluationContext,
  expr: AggregateExpr,
  input: VectorValue,
  grouping: Grouping,
  groups: readonly VectorSeries[],
): Promise<void> {
  const run = FOLDS.get(expr.operator);
  if (run === undefined) throw new Error(`no fold for ${expr.operator}`);
  const extras = groups.map((group) => new Float64Array(group.values.length));
  const seen = groups.map((group) => new Uint32Array(group.values.length));
  for (let i = 0; i < input.series.length; i++) {
    if ((i & 31) === 0 && context.due()) await context.pause();
    const one = input.series[i] as VectorSeries;
    const group = grouping.groupOf[i] as number;
    run(
      one.values,
      one.present,
      (groups[group] as VectorSeries).values,
      extras[group] as Float64Array,
      seen[group] as Uint32Array,
    );
  }
  for (const [g, group] of groups.entries())
    finishFold(expr.operator, group, extras[g] as Float64Array, seen[g] as Uint32Array);
  if (expr.operator === 'avg') rescueOverflow(input, grouping, groups);
}

/** Makes a group's accumulators its points. */
export function finishFold(
  operator: string,
  { values, present }: VectorSeries,
  extra: Float64Array,
  seen: Uint32Array,
): void {
  for (let i = 0; i < values.length; i++) {
    const n = seen[i] as number;
    if (n === 0) continue;
    present[i] = 1;
    const total = values[i] as number;
    // Of a sum that overflowed nothing can be said any more about its errors.
    const error = Number.isFinite(total) ? (extra[i] as number) : 0;
    if (operator === 'sum') values[i] = total + error;
    else if (operator === 'avg') values[i] = total / n + error / n;
    else if (operator === 'count') values[i] = n;
    else if (operator === 'group') values[i] = 1;
    else if (operator === 'stdvar') values[i] = total / n;
    else if (operator === 'stddev') values[i] = Math.sqrt(total / n);
  }
}

/** Averages whose sum overflowed are made again as running means. */
function rescueOverflow(input: VectorValue, grouping: Grouping, groups: readonly VectorSeries[]): void {
  groups.forEach((group, g) => {
    for (let step = 0; step < group.values.length; step++) {
      if (group.present[step] === 0 || Number.isFinite(group.values[step] as number)) continue;
      let n = 0;
      let mean = 0;
      for (let i = 0; i < input.series.length; i++) {
        const one = input.series[i] as VectorSeries;
        if (grouping.groupOf[i] !== g || one.present[step] !== 1) continue;
        n++;
        const value = one.values[step] as number;
        mean = n === 1 ? value : ((n - 1) / n) * mean + value / n;
      }
      group.values[step] = mean;
    }
  });
}

async function quantiles(
  context: EvaluationContext,
  expr: AggregateExpr,
  input: VectorValue,
  param: Float64Array,
  grouping: Grouping,
  groups: readonly VectorSeries[],
): Promise<void> {
  if (param.length === 0) return;
  for (const q of [param.find((v) => Number.isNaN(v)), Math.max(...param), Math.min(...param)]) {
    if (q !== undefined && !(q >= 0 && q <= 1)) remarkQuantile(context, q, expr.param ?? expr);
  }
  const members = groups.map((_, g) => input.series.filter((_one, i) => grouping.groupOf[i] === g));
  for (const [g, group] of groups.entries()) {
    const mine = members[g] ?? [];
    const buffer = new Float64Array(mine.length);
    for (let step = 0; step < group.values.length; step++) {
      if (context.due()) await context.pause();
      let n = 0;
      for (const one of mine) if (one.present[step] === 1) buffer[n++] = one.values[step] as number;
      if (n === 0) continue;
      group.values[step] = quantileOf(param[step] as number, buffer.slice(0, n));
      group.present[step] = 1;
    }
  }
}

/** Says that a quantile is not between 0 and 1. */
export function remarkQuantile(
  context: EvaluationContext,
  q: number,
  at: { readonly range: AggregateExpr['range'] },
): void {
  context.annotations.warn(`quantile value should be between 0 and 1, got ${formatNumberShort(q)}`, at.range);
}
