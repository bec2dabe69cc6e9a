import type { MetricExpr, RangeOperation, VectorAggregation } from '@trilith/lang/logql';
import { evaluateBinary } from './binary.ts';
import { replaceLabels } from './label_replace.ts';
import { LogqlError } from './query_error.ts';
import { evaluateRange, type MetricLimits, type RangeContext } from './range_aggregation.ts';
import { type Matrix, newSeries, type Value } from './series.ts';
import { withoutUnneededParsers } from './unneeded_parsers.ts';
import { aggregateVector } from './vector_aggregation.ts';

export interface MetricContext extends RangeContext {
  /** Rewrite rules, asked in order at every node; the first that returns a value answers for the whole node. */
  readonly rules: readonly RewriteRule[];
}

/** Answers an expression another way, proved equal; undefined when it does not apply. */
export type RewriteRule = (expr: MetricExpr, context: MetricContext) => Promise<Matrix> | undefined;

/** A metric query at every step. Throws LogqlError, and StoreError from the source. */
export function evaluateMetric(expr: MetricExpr, context: MetricContext): Promise<Value> {
  return evaluateNode(withoutUnneededParsers(expr), context);
}

async function evaluateNode(expr: MetricExpr, context: MetricContext): Promise<Value> {
  for (const rule of context.rules) {
    const answer = rule(expr, context);
    if (answer !== undefined) return answer;
  }
  const steps = context.steps.count;
  switch (expr.kind) {
    case 'literal':
      return { kind: 'scalar', value: expr.value };
    case 'vector': {
      const series = newSeries([], steps);
      series.values.fill(expr.value);
      series.present.fill(1);
      return { kind: 'matrix', series: [series] };
    }
    case 'range_aggregation':
      return evaluateRange(expr, context);
    case 'vector_aggregation': {
      if (expr.operation === 'approx_topk' && !context.steps.instant) {
        throw new LogqlError('execution', 'approx_topk is only supported on instant queries');
      }
      const asked = expr.grouping?.without === false ? expr.grouping.labels : [];
      const limits = intermediateLimits(context.limits, steps);
      const summedBy = foldsInto(expr) ? (expr.grouping ?? null) : undefined;
      const inner = { ...context, limits, wanted: [...(context.wanted ?? []), ...asked], summedBy };
      return aggregateVector(expr, asMatrix(await evaluateNode(expr.inner, inner), steps), steps);
    }
    case 'label_replace':
      return replaceLabels(
        expr,
        asMatrix(
          await evaluateNode(expr.inner, {
            ...context,
            wanted: [...(context.wanted ?? []), expr.source],
            summedBy: undefined,
          }),
          steps,
        ),
      );
    case 'binary': {
      const inner = { ...context, summedBy: undefined };
      const left = await evaluateNode(expr.left, inner);
      const right = await evaluateNode(expr.right, inner);
      return evaluateBinary(expr, left, right, steps);
    }
  }
}

/** Whether Loki tells a range aggregation which labels a sum around it keeps (canInjectVectorGrouping). */
function foldsInto({ operation, inner }: VectorAggregation): boolean {
  if (operation !== 'sum' || inner.kind !== 'range_aggregation' || inner.grouping !== undefined) return false;
  return FOLDED.has(inner.operation);
}

const FOLDED = new Set<RangeOperation>(['count_over_time', 'rate', 'sum_over_time', 'bytes_over_time', 'bytes_rate']);

/** Series and points that an aggregation may have before it: any field may be a label, only answers are kept short. */
const MOST_INTERMEDIATE_SERIES = 500_000;
const MOST_INTERMEDIATE_POINTS = 20_000_000;

function intermediateLimits(limits: MetricLimits, steps: number): MetricLimits {
  const affordable = Math.min(MOST_INTERMEDIATE_SERIES, Math.floor(MOST_INTERMEDIATE_POINTS / steps));
  return { ...limits, maxSeries: Math.max(limits.maxSeries, affordable) };
}

/** A scalar where a vector belongs is a series without labels. */
function asMatrix(value: Value, steps: number): Matrix {
  if (value.kind === 'matrix') return value;
  const series = newSeries([], steps);
  series.values.fill(value.value);
  series.present.fill(1);
  return { kind: 'matrix', series: [series] };
}
