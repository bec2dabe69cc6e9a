import type { EvaluationContext } from './context.ts';
import { absent } from './functions/absent.ts';
import { ANCHORED_SAFE, type Family, FUNCTION_FAMILIES, SMOOTHED_SAFE } from './functions/families.ts';
import { histogramFraction, histogramQuantile, histogramQuantiles } from './functions/histogram.ts';
import { histogramStatistic } from './functions/histogram_statistics.ts';
import { labelJoin, labelReplace } from './functions/labels.ts';
import { clamp, mapPoints, round, toScalar, toVector } from './functions/pointwise.ts';
import { sortByLabel, sortByValue } from './functions/sort.ts';
import type { KernelArguments } from './kernel.ts';
import { evaluateScalar, evaluateVector, repeat } from './operands.ts';
import { select } from './operators/select.ts';
import { asSamples } from './operators/subquery.ts';
import { applyKernel, type WindowCall } from './operators/windows.ts';
import { type CallNode, type PlanNode, rangeOfArgument, type SubqueryNode, type WindowNode } from './plan_nodes.ts';
import { PromqlError } from './promql_error.ts';
import type { SeriesSet } from './source.ts';
import { fetchedFor } from './statistics_only.ts';
import { asFloats, type ScalarValue, type Value, type VectorValue } from './values.ts';

const NOTHING: SeriesSet = {
  labels: [],
  offsets: new Uint32Array(1),
  times: new Float64Array(0),
  values: new Float64Array(0),
  stale: new Map(),
};

/** Evaluates a function call by the family of the function. */
export async function evaluateCall(context: EvaluationContext, node: CallNode): Promise<Value> {
  const family = FUNCTION_FAMILIES.get(node.expr.func.name);
  switch (family?.family) {
    case 'window':
      return windowCall(context, node, family);
    case 'math':
      return mapPoints(context, await vectorArgument(context, node, 0), family.apply);
    case 'calendar': {
      const input = node.args.length === 0 ? toVector(times(node)) : await vectorArgument(context, node, 0);
      return mapPoints(context, input, family.part);
    }
    case 'special':
      return special(context, node);
    case undefined:
      throw new PromqlError('execution', `function "${node.expr.func.name}" is not supported yet`);
  }
}

function argument(node: CallNode, index: number): PlanNode {
  const arg = node.args[index];
  if (arg === undefined)
    throw new PromqlError('execution', `argument ${index + 1} of ${node.expr.func.name} is missing`);
  return arg;
}

const vectorArgument = (context: EvaluationContext, node: CallNode, index: number): Promise<VectorValue> =>
  evaluateVector(context, argument(node, index));

const scalarArgument = async (context: EvaluationContext, node: CallNode, index: number): Promise<Float64Array> =>
  (await evaluateScalar(context, argument(node, index))).values;

const optionalScalar = async (
  context: EvaluationContext,
  node: CallNode,
  index: number,
): Promise<Float64Array | undefined> =>
  node.args[index] === undefined ? undefined : scalarArgument(context, node, index);

/** String arguments are literals, in parentheses at most. */
function texts(node: CallNode, from: number): readonly string[] {
  return node.args.slice(from).map((arg) => (arg.kind === 'string' ? arg.value : ''));
}

function times({ grid }: CallNode): ScalarValue {
  return {
    kind: 'scalar',
    values: Float64Array.from({ length: grid.count }, (_, step) => (grid.startMs + step * grid.stepMs) / 1000),
  };
}

const constant = (node: CallNode, value: number): ScalarValue => ({
  kind: 'scalar',
  values: new Float64Array(node.grid.count).fill(value),
});

/** A window function about to be applied: its range vector, the data of that, and its scalar arguments. */
export interface PreparedWindowCall {
  readonly range: WindowNode | SubqueryNode;
  readonly data: SeriesSet;
  readonly call: WindowCall;
  readonly args: KernelArguments;
}

type WindowFamily = Family & { readonly family: 'window' };

export async function prepareWindowCall(
  context: EvaluationContext,
  node: CallNode,
  family: WindowFamily,
): Promise<PreparedWindowCall> {
  const { name } = node.expr.func;
  const range = node.args.find((arg) => arg.kind === 'window' || arg.kind === 'subquery');
  if (range?.kind !== 'window' && range?.kind !== 'subquery')
    throw new PromqlError('execution', `${name} has no range vector`);
  checkModifiers(name, range);
  const args: Float64Array[] = [];
  for (const arg of node.args) if (arg !== range) args.push((await evaluateScalar(context, arg)).values);
  const data =
    range.kind === 'window'
      ? (fetchedFor(context, range) ?? NOTHING)
      : asSamples(range, await evaluateVector(context, range.input));
  const first = node.expr.args[0] ?? node.expr;
  const call = {
    name,
    kernel: family.kernel,
    mixed: family.mixed,
    // Whether series without their names would be equal does not matter where only their absence does.
    keepsName: family.keepsName === true || node.expr.func.name === 'absent_over_time',
    counter: family.counter === true,
    firstArgument:
      range.kind === 'subquery' && node.args[0] === range ? { ...first, range: rangeOfArgument(range) } : first,
  };
  return { range, data, call, args };
}

async function windowCall(context: EvaluationContext, node: CallNode, family: WindowFamily): Promise<Value> {
  const { range, data, call, args } = await prepareWindowCall(context, node, family);
  const result = await applyKernel(context, range, data, call, args);
  return call.name === 'absent_over_time' ? absent(result, node.expr.args[0], node.grid.count) : result;
}

function checkModifiers(name: string, range: WindowNode | SubqueryNode): void {
  if (range.kind !== 'window') return;
  const { anchored, smoothed } = range.expr.selector;
  const safe = anchored ? ANCHORED_SAFE : smoothed ? SMOOTHED_SAFE : undefined;
  if (safe === undefined || safe.has(name)) return;
  const word = anchored ? 'anchored' : 'smoothed';
  throw new PromqlError(
    'execution',
    `${word} modifier can only be used with: ${[...safe].join(', ')} - not with ${name}`,
  );
}

async function special(context: EvaluationContext, node: CallNode): Promise<Value> {
  const { func } = node.expr;
  const { grid } = node;
  switch (func.name) {
    case 'time':
      return times(node);
    case 'pi':
      return constant(node, Math.PI);
    case 'start':
      return constant(node, context.startMs / 1000);
    case 'end':
      return constant(node, context.endMs / 1000);
    case 'range':
      return constant(node, (context.endMs - context.startMs) / 1000);
    case 'step':
      return constant(node, context.stepMs / 1000);
    case 'max_of':
    case 'min_of': {
      const [left, right] = [await scalarArgument(context, node, 0), await scalarArgument(context, node, 1)];
      const pick = func.name === 'max_of' ? Math.max : Math.min;
      return { kind: 'scalar', values: left.map((value, step) => pick(value, right[step] as number)) };
    }
    case 'scalar':
      return toScalar(await vectorArgument(context, node, 0), grid.count);
    case 'vector':
      return toVector(await evaluateScalar(context, argument(node, 0)));
    case 'start_timestamp':
      return startTimestamp(context, node);
    case 'timestamp':
      return timestamp(context, node);
    case 'absent':
      return absent(await vectorArgument(context, node, 0), node.expr.args[0], grid.count);
    case 'clamp':
      return clamp(
        context,
        await vectorArgument(context, node, 0),
        await scalarArgument(context, node, 1),
        await scalarArgument(context, node, 2),
      );
    case 'clamp_min':
      return clamp(context, await vectorArgument(context, node, 0), await scalarArgument(context, node, 1), undefined);
    case 'clamp_max':
      return clamp(context, await vectorArgument(context, node, 0), undefined, await scalarArgument(context, node, 1));
    case 'round':
      return round(context, await vectorArgument(context, node, 0), await optionalScalar(context, node, 1));
    default:
      return shaping(context, node);
  }
}

/** Functions that look at labels or at whole groups of series. */
async function shaping(context: EvaluationContext, node: CallNode): Promise<Value> {
  const call = node.expr;
  const { startMs, stepMs } = node.grid;
  switch (call.func.name) {
    case 'sort':
    case 'sort_desc':
      return sortByValue(context, call, node.grid, await vectorArgument(context, node, 0));
    case 'sort_by_label':
    case 'sort_by_label_desc':
      return sortByLabel(context, call, node.grid, await vectorArgument(context, node, 0), texts(node, 1));
    case 'label_replace':
      return labelReplace(await vectorArgument(context, node, 0), texts(node, 1));
    case 'label_join':
      return labelJoin(await vectorArgument(context, node, 0), texts(node, 1));
    case 'histogram_count':
    case 'histogram_sum':
    case 'histogram_avg':
    case 'histogram_stddev':
    case 'histogram_stdvar':
      return histogramStatistic(context, call.func.name, await vectorArgument(context, node, 0));
    case 'histogram_quantile':
      return histogramQuantile(
        context,
        call,
        await scalarArgument(context, node, 0),
        await vectorArgument(context, node, 1),
        startMs,
        stepMs,
      );
    case 'histogram_quantiles': {
      const qs: Float64Array[] = [];
      for (let i = 2; i < node.args.length; i++) qs.push(await scalarArgument(context, node, i));
      return histogramQuantiles(
        context,
        call,
        texts(node, 1)[0] ?? '',
        qs,
        await vectorArgument(context, node, 0),
        startMs,
        stepMs,
      );
    }
    case 'histogram_fraction':
      return histogramFraction(
        context,
        call,
        await scalarArgument(context, node, 0),
        await scalarArgument(context, node, 1),
        await vectorArgument(context, node, 2),
      );
    default:
      throw new PromqlError('execution', `function "${call.func.name}" is not supported yet`);
  }
}

/** start_timestamp: of a plain selector where its samples began, 0 where that is not known; of anything else nothing. */
async function startTimestamp(context: EvaluationContext, node: CallNode): Promise<Value> {
  const arg = argument(node, 0);
  const selected = arg.kind === 'invariant' ? arg.input : arg;
  if (selected.kind !== 'select' || !context.startTimestamps) return { kind: 'vector', series: [] };
  const picked = await select(context, selected, 'start');
  const whole = arg.kind === 'invariant' ? repeat(context, picked, arg.grid) : picked;
  return whole.kind === 'vector' ? mapPoints(context, whole, (value) => value) : whole;
}

/** timestamp: of a plain selector the time of the sample, of anything else the time of the step. */
async function timestamp(context: EvaluationContext, node: CallNode): Promise<Value> {
  const arg = argument(node, 0);
  const selected =
    arg.kind === 'invariant' && arg.input.kind === 'select' ? arg.input : arg.kind === 'select' ? arg : undefined;
  if (selected === undefined) {
    const now = times(node).values;
    return mapPoints(context, asFloats(await evaluateVector(context, arg)), (_, step) => now[step] as number);
  }
  const picked = await select(context, selected, 'time');
  const whole = arg.kind === 'invariant' ? repeat(context, picked, arg.grid) : picked;
  return whole.kind === 'vector' ? mapPoints(context, whole, (value) => value) : whole;
}
