import type { Expr } from '@trilith/lang/promql';
import { labelValue } from '../../../model/labels.ts';
import { type EvaluationContext, resultLabels, settle } from '../context.ts';
import { ignoringHistograms, type MixedKernel } from '../functions/histogram_windows.ts';
import type { Kernel, KernelArguments, Remarks } from '../kernel.ts';
import { rangeOfArgument, type SubqueryNode, type WindowNode } from '../plan_nodes.ts';
import type { SeriesSet } from '../source.ts';
import { emptySeries, FLOAT, hasPoints, type VectorSeries, type VectorValue } from '../values.ts';
import { remarkQuantile } from './aggregate.ts';
import { createWindower } from './window_bounds.ts';

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
  const series: VectorSeries[] = [];
  const windowsOf = createWindower(node, data, context.lookbackMs);
  const remarks = createRemarks(context, node, call);
  const mixed = call.mixed ?? ignoringHistograms(call.kernel);
  for (let i = 0; i < data.labels.length; i++) {
    if ((i & 15) === 0 && context.due()) await context.pause();
    const labels = data.labels[i] ?? [];
    const windows = windowsOf(i);
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

/** What kernels need to say something. */
export function createRemarks(
  context: EvaluationContext,
  node: WindowNode | SubqueryNode,
  { firstArgument }: WindowCall,
): Remarks {
  return { context, node, firstArgument, badQuantile: (q) => remarkQuantile(context, q, firstArgument) };
}

const COUNTER_NAME = /_(total|sum|count|bucket)$/;

/** Says that a metric does not look like a counter. */
export function remarkNonCounter(context: EvaluationContext, node: WindowNode | SubqueryNode, metric: string): void {
  if (metric === '' || COUNTER_NAME.test(metric)) return;
  context.annotations.info(
    `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${JSON.stringify(metric)}`,
    rangeOfArgument(node),
  );
}
