import { isSetOperator } from '@trilith/lang/promql';
import { scale } from '../../model/histogram_buckets.ts';
import { type EvaluationContext, mergeEqualLabels, resultLabels, settle } from './context.ts';
import { evaluateCall } from './evaluate_call.ts';
import { info } from './functions/info.ts';
import { evaluateVector, repeat } from './operands.ts';
import { aggregate } from './operators/aggregate.ts';
import { aggregateK } from './operators/aggregate_k.ts';
import { aggregateWindows } from './operators/aggregate_windows.ts';
import { scalarOperation } from './operators/arithmetic.ts';
import { countValues } from './operators/count_values.ts';
import { limitRatio } from './operators/limit_ratio.ts';
import { select } from './operators/select.ts';
import { setOperation } from './operators/set.ts';
import { vectorScalar } from './operators/vector_scalar.ts';
import { vectorVector } from './operators/vector_vector.ts';
import type { PlanNode } from './plan_nodes.ts';
import { PromqlError } from './promql_error.ts';
import type { Value, VectorValue } from './values.ts';

/** Evaluates a plan over the fetched data. Throws PromqlError. */
export async function evaluate(context: EvaluationContext, node: PlanNode): Promise<Value> {
  if (context.observe === undefined) return evaluateNode(context, node);
  const started = performance.now();
  const value = await evaluateNode(context, node);
  context.observe(node, value, performance.now() - started);
  return value;
}

async function evaluateNode(context: EvaluationContext, node: PlanNode): Promise<Value> {
  if (context.due()) await context.pause();
  switch (node.kind) {
    case 'number':
      return { kind: 'scalar', values: new Float64Array(node.grid.count).fill(node.value) };
    case 'string':
      return { kind: 'string', value: node.value };
    case 'select':
      return select(context, node);
    case 'negate':
      return negate(context, await evaluate(context, node.input));
    case 'invariant':
      return repeat(context, await evaluate(context, node.input), node.grid);
    case 'aggregate':
      return evaluateAggregate(context, node);
    case 'binary':
      return evaluateBinary(context, node);
    case 'info':
      return info(context, node);
    case 'call':
      return evaluateCall(context, node);
    case 'window':
    case 'subquery':
      throw new PromqlError('execution', 'a range vector cannot be evaluated here');
  }
}

function negate(context: EvaluationContext, value: Value): Value {
  if (value.kind === 'string') return value;
  if (value.kind === 'scalar') return { kind: 'scalar', values: value.values.map((v) => -v) };
  const series = value.series.map((one) => ({
    labels: resultLabels(context, one.labels),
    dropName: true,
    values: one.values.map((v) => -v),
    present: one.present,
    histograms: one.histograms?.map((histogram) => histogram && scale(histogram, -1)),
  }));
  return { kind: 'vector', series: settle(context, series) };
}

async function evaluateAggregate(
  context: EvaluationContext,
  node: PlanNode & { readonly kind: 'aggregate' },
): Promise<VectorValue> {
  const { expr, grid } = node;
  const fused = await aggregateWindows(context, node);
  if (fused !== undefined) return fused;
  const param = node.param === undefined ? undefined : await evaluate(context, node.param);
  const input = await evaluateVector(context, node.input);
  switch (expr.operator) {
    case 'count_values':
      return countValues(context, expr, input, param?.kind === 'string' ? param.value : '', grid.count);
    case 'topk':
    case 'bottomk':
    case 'limitk':
      return aggregateK(
        context,
        expr,
        input,
        param?.kind === 'scalar' ? param.values : new Float64Array(grid.count),
        grid.count,
      );
    case 'limit_ratio':
      return limitRatio(context, expr, input, param?.kind === 'scalar' ? param.values : new Float64Array(grid.count));
    default:
      return aggregate(context, expr, input, param?.kind === 'scalar' ? param.values : undefined, grid.count);
  }
}

async function evaluateBinary(
  context: EvaluationContext,
  node: PlanNode & { readonly kind: 'binary' },
): Promise<Value> {
  const { expr, grid } = node;
  const left = await evaluate(context, node.left);
  const right = await evaluate(context, node.right);
  if (left.kind === 'string' || right.kind === 'string')
    throw new PromqlError('execution', 'strings cannot be operands');
  if (left.kind === 'scalar' && right.kind === 'scalar') {
    const compute = scalarOperation(expr.operator);
    return { kind: 'scalar', values: left.values.map((value, step) => compute(value, right.values[step] as number)) };
  }
  if (left.kind === 'vector' && right.kind === 'scalar') return vectorScalar(context, expr, left, right.values, false);
  if (left.kind === 'scalar' && right.kind === 'vector') return vectorScalar(context, expr, right, left.values, true);
  if (left.kind !== 'vector' || right.kind !== 'vector') throw new PromqlError('execution', 'operands are not vectors');
  if (isSetOperator(expr.operator)) return setOperation(context, expr, left, right, grid.count);
  const joined = await vectorVector(context, expr, left, right, grid.count);
  return { kind: 'vector', series: mergeEqualLabels(joined.series) };
}
