import type { Expr } from '@trilith/lang/promql';
import { labelValue } from '../../../model/labels.ts';
import { type EvaluationContext, resultLabels, settle } from '../context.ts';
import { ignoringHistograms, type MixedKernel } from '../functions/histogram_windows.ts';
import type { Kernel, KernelArguments, Remarks, Windows } from '../kernel.ts';
import type { SubqueryNode, WindowNode } from '../plan_nodes.ts';
import type { SeriesSet } from '../source.ts';
import { emptySeries, FLOAT, hasPoints, type VectorSeries, type VectorValue } from '../values.ts';
import { remarkQuantile } from './aggregate.ts';

export interface WindowCall {
  readonly name: string;
  readonly kernel: Kernel;
  /** For series with native histograms. */
  readonly mixed: MixedKernel | undefined;
  readonly keepsName: boolean;
  /** Named for counters: `rate` and `increase` say so when the metric does not look like one. */
  readonly counter: boolean;
  readonly firstArgument: Expr;
}

/** Applies a kernel to every series of a range selector or of a subquery's result. */
export async function applyKernel(
  context: EvaluationContext,
  node: WindowNode | SubqueryNode,
  data: SeriesSet,
  call: WindowCall,
  args: KernelArguments,
): Promise<VectorValue> {
  const { count } = node.grid;
  const lows = new Uint32Array(count);
  const highs = new Uint32Array(count);
  const series: VectorSeries[] = [];
  const { firstArgument } = call;
  const badQuantile = (q: number): void => remarkQuantile(context, q, firstArgument);
  const remarks: Remarks = { context, node, firstArgument, badQuantile };
  const mixed = call.mixed ?? ignoringHistograms(call.kernel);
  for (let i = 0; i < data.labels.length; i++) {
    if ((i & 15) === 0 && context.due()) await context.pause();
    const labels = data.labels[i] ?? [];
    const windows = windowsOf(node, data, i, lows, highs, labels, context.lookbackMs);
    const dropName = !call.keepsName || data.dropName?.[i] === true;
    const out = emptySeries(dropName ? resultLabels(context, labels) : labels, dropName, count);
    const histograms = data.histograms?.get(i);
    if (histograms === undefined) call.kernel(windows, args, out, remarks);
    else mixed({ ...windows, histograms }, args, out, remarks);
    if (!hasPoints(out)) continue;
    context.hold(count);
    series.push(out);
    if (call.counter && out.present.includes(FLOAT)) remarkNonCounter(context, node, labelValue(labels, '__name__'));
  }
  return { kind: 'vector', series: settle(context, series) };
}

/** Finds the samples of each step's window; both ends move forward only. */
function windowsOf(
  node: WindowNode | SubqueryNode,
  { offsets, times, values, starts }: SeriesSet,
  series: number,
  lows: Uint32Array,
  highs: Uint32Array,
  labels: Windows['labels'],
  lookbackMs: number,
): Windows {
  const { grid, rangeMs, offsetMs } = node;
  const stepMs = node.pinned ? 0 : grid.stepMs;
  const selector = node.kind === 'window' ? node.expr.selector : undefined;
  const before = rangeMs + (selector?.anchored === true || selector?.smoothed === true ? lookbackMs : 0);
  const after = selector?.smoothed === true ? lookbackMs : 0;
  const from = offsets[series] as number;
  const to = offsets[series + 1] as number;
  const firstEndMs = grid.startMs - offsetMs;
  let low = from;
  let high = from;
  for (let step = 0, end = firstEndMs; step < grid.count; step++, end += stepMs) {
    while (high < to && (times[high] as number) <= end + after) high++;
    while (low < high && (times[low] as number) <= end - before) low++;
    lows[step] = low;
    highs[step] = high;
  }
  return {
    times,
    values,
    from,
    to,
    lows,
    highs,
    firstEndMs,
    stepMs,
    rangeMs,
    count: grid.count,
    starts: starts?.get(series),
    labels,
  };
}

const COUNTER_NAME = /_(total|sum|count|bucket)$/;

function remarkNonCounter(context: EvaluationContext, node: WindowNode | SubqueryNode, metric: string): void {
  if (metric === '' || COUNTER_NAME.test(metric)) return;
  context.annotations.info(
    `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${JSON.stringify(metric)}`,
    node.expr.range,
  );
}
