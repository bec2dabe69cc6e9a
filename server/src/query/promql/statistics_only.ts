import { children, type Expr, type VectorSelector } from '@trilith/lang/promql';
import {
  type FloatHistogram,
  HINT_NO_RESET,
  HINT_RESET,
  HINT_UNKNOWN,
  NO_BOUNDS,
  NO_BUCKETS,
  type ResetHint,
} from '../../model/histogram.ts';
import { isReset } from '../../model/histogram_reset.ts';
import type { EvaluationContext } from './context.ts';
import type { SelectNode, WindowNode } from './plan_nodes.ts';
import type { SeriesHistograms, SeriesSet } from './source.ts';

const STATISTICS: ReadonlySet<string> = new Set(['histogram_count', 'histogram_sum', 'histogram_avg']);
const NEED_BUCKETS: ReadonlySet<string> = new Set(['histogram_quantile', 'histogram_quantiles', 'histogram_fraction']);

/**
 * The selectors of which only count and sum are asked (upstream's detectHistogramStatsDecoding): under histogram_count,
 * histogram_sum or histogram_avg, with nothing around them that needs buckets. Subqueries do, to find resets.
 */
export function statisticsSelectors(expr: Expr): ReadonlySet<VectorSelector> {
  const found = new Set<VectorSelector>();
  visit(expr, false, found);
  return found;
}

function visit(expr: Expr, isStatistic: boolean, found: Set<VectorSelector>): void {
  if (expr.kind === 'vector-selector') {
    if (isStatistic) found.add(expr);
    return;
  }
  if (expr.kind === 'matrix-selector') {
    visit(expr.selector, isStatistic, found);
    return;
  }
  if (needsBuckets(expr)) return;
  const isInner = isStatistic || (expr.kind === 'call' && STATISTICS.has(expr.func.name));
  for (const child of children(expr)) visit(child, isInner, found);
}

function needsBuckets(expr: Expr): boolean {
  if (expr.kind === 'subquery') return true;
  if (expr.kind === 'binary') return expr.operator === '</' || expr.operator === '>/';
  return expr.kind === 'call' && NEED_BUCKETS.has(expr.func.name);
}

/** The data a selector reads: without buckets where only count and sum are asked. */
export function fetchedFor({ fetched }: EvaluationContext, node: SelectNode | WindowNode): SeriesSet | undefined {
  const set = fetched[node.fetch];
  if (set?.histograms === undefined || !node.statistics) return set;
  return { ...set, histograms: new Map([...set.histograms].map(([i, samples]) => [i, withoutBuckets(samples)])) };
}

/** Histograms that know count, sum and whether a reset lies before them, which could not be found out without buckets. */
function withoutBuckets(samples: SeriesHistograms): SeriesHistograms {
  let before: FloatHistogram | undefined;
  return samples.map((histogram) => {
    if (histogram === undefined) return undefined;
    const hint = hintAfter(before, histogram);
    before = histogram;
    const { schema, count, sum } = histogram;
    const empty = {
      zeroThreshold: 0,
      zeroCount: 0,
      positive: NO_BUCKETS,
      negative: NO_BUCKETS,
      customValues: NO_BOUNDS,
    };
    return { schema, hint, count, sum, ...empty };
  });
}

function hintAfter(before: FloatHistogram | undefined, histogram: FloatHistogram): ResetHint {
  if (histogram.hint !== HINT_UNKNOWN || before === undefined) return histogram.hint;
  return isReset(histogram, before) ? HINT_RESET : HINT_NO_RESET;
}
