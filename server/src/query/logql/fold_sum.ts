import type { RewriteRule } from './evaluate.ts';
import { evaluateRange, isCounting } from './range_aggregation.ts';

/**
 * sum by (…) (count_over_time(…)): counts straight into the outer groups instead of making a series per label set first.
 * Equal because counts are whole numbers and both counting and summing only add them; the quotient of a rate is taken
 * last (one rounding instead of one per series).
 */
export const foldSum: RewriteRule = (expr, context) => {
  if (expr.kind !== 'vector_aggregation' || expr.operation !== 'sum' || expr.inner.kind !== 'range_aggregation')
    return undefined;
  const { inner } = expr;
  if (!isCounting(inner) || inner.operation === 'absent_over_time' || inner.grouping !== undefined) return undefined;
  return evaluateRange(inner, context, expr.grouping ?? null);
};
