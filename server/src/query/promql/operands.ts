import type { EvaluationContext } from './context.ts';
import type { PlanNode } from './plan_nodes.ts';
import { PromqlError } from './promql_error.ts';
import type { Grid, ScalarValue, Value, VectorValue } from './values.ts';

/** A value that has to be an instant vector: the type checker saw to it. */
export async function evaluateVector(context: EvaluationContext, node: PlanNode): Promise<VectorValue> {
  const value = await context.evaluate(context, node);
  if (value.kind !== 'vector') throw new PromqlError('execution', `expected an instant vector, got ${value.kind}`);
  return value;
}

/** A value that has to be a scalar. */
export async function evaluateScalar(context: EvaluationContext, node: PlanNode): Promise<ScalarValue> {
  const value = await context.evaluate(context, node);
  if (value.kind !== 'scalar') throw new PromqlError('execution', `expected a scalar, got ${value.kind}`);
  return value;
}

/** The single value of a step-invariant expression at every step. */
export function repeat(context: EvaluationContext, value: Value, { count }: Grid): Value {
  if (value.kind === 'string') return value;
  if (value.kind === 'scalar')
    return { kind: 'scalar', values: new Float64Array(count).fill(value.values[0] ?? Number.NaN) };
  context.hold(value.series.length * count);
  const series = value.series.map((one) => ({
    ...one,
    values: new Float64Array(count).fill(one.values[0] ?? 0),
    present: new Uint8Array(count).fill(one.present[0] ?? 0),
    histograms: one.histograms === undefined ? undefined : new Array(count).fill(one.histograms[0]),
  }));
  return { kind: 'vector', series };
}
