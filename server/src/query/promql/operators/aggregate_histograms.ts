import type { AggregateExpr } from '@trilith/lang/promql';
import { HINT_NO_RESET, HINT_RESET } from '../../../model/histogram.ts';
import { compact } from '../../../model/histogram_buckets.ts';
import { HistogramMean, HistogramSum } from '../../../model/histogram_sum.ts';
import { labelValue } from '../../../model/labels.ts';
import type { EvaluationContext } from '../context.ts';
import { histogramRemarks } from '../histogram_remarks.ts';
import { HISTOGRAM, histogramAt, putHistogram, type VectorSeries } from '../values.ts';

/** What one group has at one step, beside the floats that are folded elsewhere. */
interface Cell {
  readonly aggregate: HistogramSum | HistogramMean;
  /** Exponential and custom buckets met: the group has no result. */
  incompatible: boolean;
  reset: boolean;
  noReset: boolean;
}

/**
 * The part of an aggregation that native histograms play: sum and avg of groups of histograms alone, nothing for groups
 * that mix them with floats, and a remark from the operators that leave them out. `groups` hold the result of the floats.
 */
export async function aggregateHistograms(
  context: EvaluationContext,
  expr: AggregateExpr,
  series: readonly VectorSeries[],
  groupOf: Uint32Array,
  groups: readonly VectorSeries[],
): Promise<void> {
  const { operator } = expr;
  if (operator === 'count' || operator === 'group') return;
  if (operator !== 'sum' && operator !== 'avg') {
    if (series.some(({ present }) => present.includes(HISTOGRAM)))
      histogramRemarks.ignoredInAggregation(context, operator, expr.expr);
    return;
  }
  const cells = groups.map(() => new Map<number, Cell>());
  for (const [i, one] of series.entries()) {
    if (context.due()) await context.pause();
    if (one.histograms === undefined) continue;
    const mine = cells[groupOf[i] as number];
    if (mine !== undefined) addSeries(context, expr, one, mine);
  }
  for (const [g, group] of groups.entries())
    for (const [step, cell] of cells[g] ?? []) finish(context, expr, group, step, cell);
}

function addSeries(context: EvaluationContext, expr: AggregateExpr, one: VectorSeries, cells: Map<number, Cell>): void {
  for (let step = 0; step < one.present.length; step++) {
    const histogram = histogramAt(one, step);
    if (histogram === undefined) continue;
    const cell = cells.get(step);
    const [reset, noReset] = [histogram.hint === HINT_RESET, histogram.hint === HINT_NO_RESET];
    if (cell === undefined) {
      const aggregate = expr.operator === 'sum' ? new HistogramSum(histogram) : new HistogramMean(histogram);
      cells.set(step, { aggregate, incompatible: false, reset, noReset });
      continue;
    }
    if (cell.incompatible) continue;
    cell.reset ||= reset;
    cell.noReset ||= noReset;
    if (cell.aggregate.add(histogram)) continue;
    cell.incompatible = true;
    histogramRemarks.mixedSchemas(context, labelValue(one.labels, '__name__'), expr.expr);
  }
}

function finish(
  context: EvaluationContext,
  expr: AggregateExpr,
  group: VectorSeries,
  step: number,
  { aggregate, incompatible, reset, noReset }: Cell,
): void {
  if (aggregate.reconciled) histogramRemarks.reconciled(context, 'aggregation', expr.expr);
  if (group.present[step] !== 0) {
    group.present[step] = 0;
    histogramRemarks.mixedInAggregation(context, expr.expr);
    return;
  }
  if (incompatible) return;
  if (reset && noReset) histogramRemarks.collision(context, 'aggregation', expr.expr);
  putHistogram(group, step, compact(aggregate instanceof HistogramSum ? aggregate.total() : aggregate.mean()));
}
