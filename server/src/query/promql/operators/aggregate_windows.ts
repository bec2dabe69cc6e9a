import { labelsKey, labelValue } from '../../../model/labels.ts';
import { type EvaluationContext, withoutName } from '../context.ts';
import { prepareWindowCall } from '../evaluate_call.ts';
import { FUNCTION_FAMILIES } from '../functions/families.ts';
import { groupLabels, numbering } from '../label_sets.ts';
import type { PlanNode } from '../plan_nodes.ts';
import type { SeriesSet } from '../source.ts';
import { emptySeries, FLOAT, hasPoints, type VectorSeries, type VectorValue } from '../values.ts';
import { FOLDS, finishFold } from './aggregate.ts';
import { createWindower } from './window_bounds.ts';
import { createRemarks, remarkNonCounter } from './windows.ts';

type AggregateNode = PlanNode & { readonly kind: 'aggregate' };

/**
 * `sum by (job) (rate(x[5m]))` and its like in one go: every series goes through its windows into its group, and no
 * series of the inner result is ever held. Undefined where the general way has to be gone: histograms, start timestamps,
 * series that become equal without their names, averages that overflow.
 */
export async function aggregateWindows(
  context: EvaluationContext,
  { expr, input, grid }: AggregateNode,
): Promise<VectorValue | undefined> {
  const run = FOLDS.get(expr.operator);
  if (run === undefined || input.kind !== 'call' || context.delayedNameRemoval || context.observe !== undefined)
    return undefined;
  const family = FUNCTION_FAMILIES.get(input.expr.func.name);
  if (family?.family !== 'window' || input.expr.func.name === 'absent_over_time') return undefined;
  if (!input.args.some((arg) => arg.kind === 'window')) return undefined;
  const { range, data, call, args } = await prepareWindowCall(context, input, family);
  if (data.histograms !== undefined || data.starts !== undefined) return undefined;
  if (!call.keepsName && !staysDistinct(data)) return undefined;

  const groups = groupsOf(data, expr.grouping, expr.without, call.keepsName, grid.count);
  context.hold(groups.all.length * grid.count);
  const windows = createWindower(range, data, context.lookbackMs);
  const remarks = createRemarks(context, range, call);
  const out = emptySeries([], false, grid.count);
  let remarked = '';
  for (let i = 0; i < data.labels.length; i++) {
    if ((i & 15) === 0 && context.due()) await context.pause();
    out.present.fill(0);
    call.kernel(windows(i), args, out, remarks);
    if (call.counter && out.present.includes(FLOAT)) {
      const metric = labelValue(data.labels[i] ?? [], '__name__');
      if (metric !== remarked) remarkNonCounter(context, range, metric);
      remarked = metric;
    }
    const { series, extra, seen } = groups.all[groups.of[i] as number] as Group;
    run(out.values, out.present, series.values, extra, seen);
  }
  for (const { series, extra, seen } of groups.all) finishFold(expr.operator, series, extra, seen);
  const result = groups.all.map(({ series }) => series).filter(hasPoints);
  if (expr.operator === 'avg' && result.some(({ values }) => values.some((value) => !Number.isFinite(value))))
    return undefined;
  return { kind: 'vector', series: result };
}

interface Group {
  readonly series: VectorSeries;
  readonly extra: Float64Array;
  readonly seen: Uint32Array;
}

/** Names of labels that go with the metric name. */
const METADATA: readonly string[] = ['__name__', '__type__', '__unit__'];

/** The groups, and which one each series belongs to. */
function groupsOf(
  data: SeriesSet,
  grouping: readonly string[],
  without: boolean,
  keepsName: boolean,
  count: number,
): { readonly all: readonly Group[]; readonly of: Uint32Array } {
  const names = new Set(grouping);
  if (!keepsName && !without) for (const name of METADATA) names.delete(name);
  const all: Group[] = [];
  const add = (labels: readonly string[]): number =>
    all.push({
      series: emptySeries(labels, !keepsName, count),
      extra: new Float64Array(count),
      seen: new Uint32Array(count),
    }) - 1;
  const of = new Uint32Array(data.labels.length);
  if (names.size === 0 && !without) {
    if (of.length > 0) add([]);
    return { all, of };
  }
  const numbers = numbering();
  data.labels.forEach((labels, i) => {
    const kept = groupLabels(keepsName || !without ? labels : withoutName(labels), names, without);
    const group = numbers.of(labelsKey(kept));
    if (group === all.length) add(without && !keepsName ? kept : without ? withoutName(kept) : kept);
    of[i] = group;
  });
  return { all, of };
}

/** Whether the series are still told apart when their names are gone. */
function staysDistinct({ labels }: SeriesSet): boolean {
  const first = labelValue(labels[0] ?? [], '__name__');
  if (labels.every((set) => labelValue(set, '__name__') === first && labelValue(set, '__type__') === '')) return true;
  const seen = new Set<string>();
  for (const set of labels) seen.add(labelsKey(withoutName(set)));
  return seen.size === labels.length;
}
