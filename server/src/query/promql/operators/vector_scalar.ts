import { type BinaryExpr, isComparison } from '@trilith/lang/promql';
import { type EvaluationContext, resultLabels, settle } from '../context.ts';
import { emptySeries, hasPoints, putHistogram, type VectorSeries, type VectorValue } from '../values.ts';
import { comparison, scalarOperation } from './arithmetic.ts';
import { elementAt, isTrim, operateOnElements, StepRemarks } from './histogram_elements.ts';

/** A vector and a number at each step; `swapped` when the number stands on the left. A filter keeps the vector's value. */
export function vectorScalar(
  context: EvaluationContext,
  expr: BinaryExpr,
  input: VectorValue,
  scalar: Float64Array,
  swapped: boolean,
): VectorValue {
  const filters = isComparison(expr.operator) && !expr.returnBool;
  const remarks = new StepRemarks();
  const operate = isTrim(expr.operator) ? undefined : floatOperation(expr, scalar, swapped, filters);
  const series = input.series.map((one) => {
    const labels = filters || isTrim(expr.operator) ? one.labels : resultLabels(context, one.labels);
    const out = emptySeries(labels, one.dropName || !(filters || isTrim(expr.operator)), one.values.length);
    context.hold(one.values.length);
    operate?.(one, out);
    if (one.histograms !== undefined || operate === undefined)
      operateOnSeries(context, expr, one, scalar, swapped, out, remarks);
    return out;
  });
  remarks.say();
  return { kind: 'vector', series: settle(context, series.filter(hasPoints)) };
}

/** The operation on the float points of a series. */
function floatOperation(
  expr: BinaryExpr,
  scalar: Float64Array,
  swapped: boolean,
  filters: boolean,
): (one: VectorSeries, out: VectorSeries) => void {
  const compute = scalarOperation(expr.operator);
  const keeps = filters ? comparison(expr.operator) : undefined;
  return (one, out) => {
    for (let i = 0; i < one.values.length; i++) {
      if (one.present[i] !== 1) continue;
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
  };
}

/** The operation on the histograms of a series, and of an operator made for histograms on its floats. */
function operateOnSeries(
  context: EvaluationContext,
  expr: BinaryExpr,
  one: VectorSeries,
  scalar: Float64Array,
  swapped: boolean,
  out: VectorSeries,
  remarks: StepRemarks,
): void {
  for (let step = 0; step < one.present.length; step++) {
    if (one.present[step] === 0) continue;
    const element = elementAt(one, step);
    if (typeof element === 'number' && !isTrim(expr.operator)) continue;
    const other = scalar[step] as number;
    const { value, remark } = swapped
      ? operateOnElements(context, expr, other, element)
      : operateOnElements(context, expr, element, other);
    remarks.note(step, remark);
    if (typeof value === 'object') putHistogram(out, step, value);
  }
}
