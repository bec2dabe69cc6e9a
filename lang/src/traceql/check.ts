import { RE2JS, RE2JSException } from 're2js';
import type {
  Aggregate,
  Field,
  FieldExpr,
  MetricsAggregate,
  MetricsExpr,
  PipelineStage,
  ScalarExpr,
  ScalarFilter,
  SeriesStage,
  SpansetExpr,
  TraceqlQuery,
} from './ast.ts';
import { TraceqlCheckError, TraceqlUnsupportedError } from './errors.ts';
import { fieldType, isNumeric, takes } from './types.ts';

const MOST_GROUPS = 5;

/**
 * Whether a query makes sense, by upstream's rules and in their order.
 * @throws TraceqlCheckError, TraceqlUnsupportedError
 */
export function check(query: TraceqlQuery): void {
  if (query.kind === 'search') query.stages.forEach(checkStage);
  else checkSeries(query.expr);
}

function checkStage(stage: PipelineStage): void {
  if (stage.kind === 'compare') checkComparison(stage);
  else if (stage.kind === 'by') {
    if (!readsSpan(stage.expr))
      throw new TraceqlCheckError('grouping field expressions must reference the span', stage.span);
    checkField(stage.expr);
  } else if (stage.kind === 'select') stage.fields.forEach(checkField);
  else if (stage.kind !== 'coalesce') checkSpanset(stage);
}

function checkSpanset(expr: SpansetExpr): void {
  if (expr.kind === 'combine') {
    checkSpanset(expr.left);
    checkSpanset(expr.right);
  } else if (expr.kind === 'pipeline') expr.stages.forEach(checkStage);
  else if (expr.expr !== undefined) {
    checkField(expr.expr);
    const type = fieldType(expr.expr);
    if (type !== 'any' && type !== 'bool')
      throw new TraceqlCheckError('span filter field expressions must resolve to a boolean', expr.expr.span);
  }
}

function checkComparison({ left, right, span }: ScalarFilter): void {
  checkScalar(left);
  checkScalar(right);
  if (left.kind !== 'aggregate') throw new TraceqlUnsupportedError('comparing anything but an aggregate', span);
  if (right.kind !== 'constant') throw new TraceqlUnsupportedError('comparing with anything but a number', span);
}

function checkScalar(expr: ScalarExpr): void {
  if (expr.kind === 'aggregate') checkAggregate(expr);
  else if (expr.kind === 'aggregated') {
    expr.stages.forEach(checkStage);
    checkAggregate(expr.aggregate);
  } else if (expr.kind === 'arithmetic') {
    checkScalar(expr.left);
    checkScalar(expr.right);
  }
}

function checkAggregate({ field, span }: Aggregate): void {
  if (field === undefined) return;
  checkField(field);
  const type = fieldType(field);
  if (type !== 'any' && !isNumeric(type))
    throw new TraceqlCheckError('aggregate field expressions must resolve to a number type', span);
  if (!readsSpan(field)) throw new TraceqlCheckError('aggregate field expressions must reference the span', span);
}

function readsSpan(expr: FieldExpr): boolean {
  switch (expr.kind) {
    case 'static':
      return false;
    case 'unary':
    case 'exists':
      return readsSpan(expr.operand);
    case 'binary':
      return readsSpan(expr.left) || readsSpan(expr.right);
    default:
      return true;
  }
}

function checkField(expr: FieldExpr): void {
  if (expr.kind === 'attribute' || expr.kind === 'intrinsic') checkName(expr);
  else if (expr.kind === 'binary') checkBinary(expr);
  else if (expr.kind === 'unary') {
    checkField(expr.operand);
    const type = fieldType(expr.operand);
    const fits = type === 'any' || (expr.operator === '!' ? type === 'bool' : isNumeric(type));
    if (!fits) throw new TraceqlCheckError(`illegal operation for the given type: ${expr.operator}${type}`, expr.span);
  } else if (expr.kind === 'exists') {
    checkField(expr.operand);
    if (!expr.exists) checkMayBeAbsent(expr.operand);
  }
}

function checkName(field: Field): void {
  if (field.kind === 'attribute' ? field.parent : field.name === 'parent')
    throw new TraceqlUnsupportedError('parent', field.span);
}

function checkMayBeAbsent(operand: FieldExpr): void {
  if (operand.kind === 'intrinsic')
    throw new TraceqlCheckError(`${operand.name}=nil is not valid because intrinsics cannot be nil`, operand.span);
  if (operand.kind === 'attribute' && operand.scope === 'resource' && operand.name === 'service.name')
    throw new TraceqlCheckError(
      'resource.service.name=nil is not valid because resource.service.name cannot be nil',
      operand.span,
    );
}

function checkBinary(expr: Extract<FieldExpr, { kind: 'binary' }>): void {
  checkField(expr.left);
  checkField(expr.right);
  const { operator, span } = expr;
  const left = fieldType(expr.left);
  const right = fieldType(expr.right);
  const related = left === 'any' || right === 'any' || left === right || (isNumeric(left) && isNumeric(right));
  if (!related)
    throw new TraceqlCheckError(`binary operations must operate on the same type: ${left} ${operator} ${right}`, span);
  if (!takes(operator, left) || !takes(operator, right))
    throw new TraceqlCheckError(`illegal operation for the given types: ${left} ${operator} ${right}`, span);
  if (operator === '=~' || operator === '!~') checkPattern(expr.right);
}

function checkPattern(expr: FieldExpr): void {
  if (expr.kind !== 'static' || expr.static.type !== 'string')
    throw new TraceqlCheckError('invalid type for =~ or !~: the pattern must be a string', expr.span);
  try {
    RE2JS.compile(expr.static.value);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new TraceqlCheckError(`invalid regex: ${expr.static.value}`, expr.span);
  }
}

function checkSeries(expr: MetricsExpr): void {
  if (expr.kind === 'aggregate') {
    expr.stages.forEach(checkStage);
    checkMetricsAggregate(expr.aggregate);
    if (expr.aggregate.kind === 'comparison' && expr.seriesStages.length > 0) throw comparedFurther(expr.span);
  } else
    for (const side of [expr.left, expr.right]) {
      if (typeof side === 'number') continue;
      checkSeries(side);
      if (side.kind === 'aggregate' && side.aggregate.kind === 'comparison') throw comparedFurther(side.span);
    }
  expr.seriesStages.forEach(checkSeriesStage);
}

function comparedFurther(span: { readonly start: number; readonly end: number }): Error {
  return new TraceqlCheckError('`compare()` cannot be used with second stage functions', span);
}

function checkSeriesStage(stage: SeriesStage): void {
  if (stage.kind !== 'compare' && stage.limit <= 0)
    throw new TraceqlCheckError('limit must be greater than 0', stage.span);
}

function checkMetricsAggregate(aggregate: MetricsAggregate): void {
  if (aggregate.kind === 'comparison') {
    checkSpanset(aggregate.selection);
    if (aggregate.limit <= 0)
      throw new TraceqlCheckError('compare() top number of values must be integer greater than 0', aggregate.span);
    const { startNs, endNs } = aggregate;
    if ((startNs !== 0 || endNs !== 0) && endNs <= startNs)
      throw new TraceqlCheckError(
        'compare() timestamps must be in unix nanoseconds, and end must be greater than start',
        aggregate.span,
      );
    return;
  }
  // Quantiles and histograms group by their buckets too.
  const own = /^(?:quantile|histogram)_/.test(aggregate.function) ? 1 : 0;
  if (aggregate.by.length + own > MOST_GROUPS)
    throw new TraceqlUnsupportedError(`metrics group by ${aggregate.by.length} values`, aggregate.span);
  const wrong = aggregate.quantiles.find((q) => q < 0 || q > 1);
  if (wrong !== undefined) throw new TraceqlCheckError(`quantile must be between 0 and 1: ${wrong}`, aggregate.span);
  if (aggregate.field !== undefined) checkName(aggregate.field);
  aggregate.by.forEach(checkName);
}
