import type {
  BinaryExpr,
  Expr,
  LabelMatcher,
  LogRange,
  MetricExpr,
  RangeAggregation,
  VectorAggregation,
} from './ast.ts';
import { checkTemplates } from './check_templates.ts';
import { errorWithoutPlace } from './parse_error.ts';

const NEEDS_MATCHER =
  'queries require at least one regexp or equality matcher that does not have an empty-compatible value. ' +
  'For instance, app=~".*" does not meet this requirement, but app=~".+" will';

const GROUPABLE = new Set(
  ['avg', 'stddev', 'stdvar', 'quantile', 'max', 'min', 'first', 'last'].map((op) => `${op}_over_time`),
);
const UNWRAPPABLE = new Set(
  ['avg', 'sum', 'max', 'min', 'stddev', 'stdvar', 'quantile', 'absent', 'first', 'last']
    .map((op) => `${op}_over_time`)
    .concat(['rate', 'rate_counter']),
);
const WITHOUT_UNWRAP = new Set(['bytes_over_time', 'bytes_rate', 'count_over_time', 'rate', 'absent_over_time']);

/**
 * What the grammar alone does not say: which aggregations take an unwrap, a grouping or a parameter, and that a query
 * selects something.
 * @throws LogqlParseError
 */
export function checkExpr(expr: Expr, allowAnySelector: boolean): void {
  if (expr.kind === 'log') {
    checkSelector(expr.matchers, expr.span, allowAnySelector);
    checkTemplates(expr);
  } else if (expr.kind === 'variants') {
    checkRange(expr.of, allowAnySelector);
    for (const variant of expr.variants) checkMetric(variant, allowAnySelector);
  } else checkMetric(expr, allowAnySelector);
}

function checkMetric(expr: MetricExpr, allowAny: boolean): void {
  switch (expr.kind) {
    case 'range_aggregation':
      checkRangeAggregation(expr);
      checkRange(expr.range, allowAny);
      break;
    case 'vector_aggregation':
      checkVectorAggregation(expr);
      checkMetric(expr.inner, allowAny);
      break;
    case 'binary':
      checkMetric(expr.left, allowAny);
      checkMetric(expr.right, allowAny);
      break;
    case 'label_replace':
      checkMetric(expr.inner, allowAny);
      break;
    case 'literal':
    case 'vector':
      break;
  }
}

function checkRange(range: LogRange, allowAny: boolean): void {
  checkSelector(range.log.matchers, range.log.span, allowAny);
  checkTemplates(range.log);
}

function checkSelector(
  matchers: readonly LabelMatcher[],
  span: { start: number; end: number },
  allowAny: boolean,
): void {
  if (!allowAny && !matchers.some((m) => !matchesEmpty(m))) throw errorWithoutPlace(NEEDS_MATCHER, span);
}

/** Whether a matcher lets a missing label through. For regular expressions a syntactic answer that errs to `false`. */
function matchesEmpty(matcher: LabelMatcher): boolean {
  switch (matcher.operator) {
    case '=':
      return matcher.value === '';
    case '!=':
      return matcher.value !== '';
    case '=~':
      return /^(|\^?(\(\?[a-z]+\))?\.\*\$?)$/.test(matcher.value) || matcher.value.split('|').includes('');
    case '!~':
      return true;
  }
}

function checkRangeAggregation(expr: RangeAggregation): void {
  const { operation } = expr;
  if (expr.parameter !== undefined && operation !== 'quantile_over_time') {
    throw errorWithoutPlace(`parameter ${expr.parameter} not supported for operation ${operation}`, expr.span);
  }
  if (expr.parameter === undefined && operation === 'quantile_over_time') {
    throw errorWithoutPlace(`parameter required for operation ${operation}`, expr.span);
  }
  if (expr.grouping !== undefined && !GROUPABLE.has(operation)) {
    throw errorWithoutPlace(`grouping not allowed for ${operation} aggregation`, expr.span);
  }
  if (expr.range.unwrap !== undefined) {
    if (!UNWRAPPABLE.has(operation)) throw errorWithoutPlace(`invalid aggregation ${operation} with unwrap`, expr.span);
  } else if (!WITHOUT_UNWRAP.has(operation)) {
    throw errorWithoutPlace(`invalid aggregation ${operation} without unwrap`, expr.span);
  }
}

function checkVectorAggregation(expr: VectorAggregation): void {
  const takesK = ['topk', 'bottomk', 'approx_topk'].includes(expr.operation);
  if (takesK && expr.parameter === undefined) {
    throw errorWithoutPlace(`parameter required for operation ${expr.operation}`, expr.span);
  }
  if ((expr.operation === 'sort' || expr.operation === 'sort_desc') && expr.grouping !== undefined) {
    throw errorWithoutPlace("sort and sort_desc doesn't allow grouping by", expr.span);
  }
  if (expr.operation === 'approx_topk' && expr.grouping !== undefined) {
    throw errorWithoutPlace('grouping not allowed for approx_topk aggregation', expr.span);
  }
}

/** What Loki's parser calls an expression that is no metric. */
function goType(expr: Exclude<Expr, MetricExpr>): string {
  if (expr.kind === 'variants') return '*syntax.MultiVariantExpr';
  return expr.stages.length === 0 ? '*syntax.MatchersExpr' : '*syntax.PipelineExpr';
}

/** Both legs of a binary operation must be metrics, and those of a set operation no literals. */
export function checkBinary(
  parts: Omit<BinaryExpr, 'kind' | 'left' | 'right'> & { left: Expr; right: Expr },
): BinaryExpr {
  const { left, right, operator, span } = parts;
  if (left.kind === 'log' || left.kind === 'variants') {
    throw errorWithoutPlace(`unexpected type for left leg of binary operation (${operator}): ${goType(left)}`, span);
  }
  if (right.kind === 'log' || right.kind === 'variants') {
    throw errorWithoutPlace(`unexpected type for right leg of binary operation (${operator}): ${goType(right)}`, span);
  }
  if (operator === 'and' || operator === 'or' || operator === 'unless') {
    for (const [leg, expr] of [
      ['left', left],
      ['right', right],
    ] as const) {
      if (expr.kind !== 'literal') continue;
      const detail = `unexpected literal for ${leg} leg of logical/set binary operation (${operator}): ${expr.value.toFixed(6)}`;
      throw errorWithoutPlace(detail, expr.span);
    }
  }
  return { ...parts, kind: 'binary', left, right };
}
