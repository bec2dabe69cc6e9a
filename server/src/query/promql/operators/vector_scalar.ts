import { type BinaryExpr, isComparison } from '@trilith/lang/promql';
import { type EvaluationContext, resultLabels, settle } from '../context.ts';
import { emptySeries, hasPoints, type VectorValue } from '../values.ts';
import { comparison, scalarOperation } from './arithmetic.ts';

/** A vector and a number at each step; `swapped` when the number stands on the left. A filter keeps the vector's value. */
export function vectorScalar(
  context: EvaluationContext,
  expr: BinaryExpr,
  input: VectorValue,
  scalar: Float64Array,
  swapped: boolean,
): VectorValue {
  const filters = isComparison(expr.operator) && !expr.returnBool;
  const compute = scalarOperation(expr.operator);
  const keeps = filters ? comparison(expr.operator) : undefined;
  const series = input.series.map((one) => {
    const labels = filters ? one.labels : resultLabels(context, one.labels);
    const out = emptySeries(labels, one.dropName || !filters, one.values.length);
    context.hold(one.values.length);
    for (let i = 0; i < one.values.length; i++) {
      if (one.present[i] === 0) continue;
      const value = one.values[i] as number;
      const other = scalar[i] as number;
      const left = swapped ? other : value;
      const right = swapped ? value : other;
      if (keeps !== undefined) {
        if (!keeps(left, right)) continue;
        out.values[i] = value;
      } else out.values[i] = compute(left, right);
      out.present[i] = 1;
    }
    return out;
  });
  return { kind: 'vector', series: settle(context, series.filter(hasPoints)) };
}
