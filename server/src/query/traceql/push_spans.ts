import type { CompareOperator, FieldExpr, PipelineStage, SpansetExpr, StaticValue } from '@trilith/lang/traceql';
import { ANY_SPAN, type SpanColumn, type SpanPredicate, type SpanTest } from '../../store/index.ts';

/**
 * What the store can tell of a pipeline: a predicate that some span of every matching trace satisfies. It may let more
 * through; whole traces are then evaluated. Types are not compared here (500 and "500" are one text in the store).
 */
export function planPipeline(stages: readonly PipelineStage[]): SpanPredicate {
  for (const stage of stages) {
    if (stage.kind !== 'filter' && stage.kind !== 'combine' && stage.kind !== 'pipeline') continue;
    const predicate = spansetPredicate(stage);
    if (predicate !== ANY_SPAN) return predicate;
  }
  return ANY_SPAN;
}

function spansetPredicate(expr: SpansetExpr): SpanPredicate {
  if (expr.kind === 'pipeline') return planPipeline(expr.stages);
  if (expr.kind === 'filter') return expr.expr === undefined ? ANY_SPAN : fieldPredicate(expr.expr);
  const left = spansetPredicate(expr.left);
  const right = spansetPredicate(expr.right);
  if (expr.operator === '||') return { kind: 'or', parts: [left, right] };
  // The other operators need a span of each side, not the same one: one side is enough to find the trace. Those with `!`
  // need none of the left.
  if (right !== ANY_SPAN || expr.operator.startsWith('!')) return right;
  return left;
}

/** The operator that says the same with its sides changed. */
export const MIRROR: Readonly<Record<CompareOperator, CompareOperator>> = {
  '=': '=',
  '!=': '!=',
  '>': '<',
  '>=': '<=',
  '<': '>',
  '<=': '>=',
};

function fieldPredicate(expr: FieldExpr): SpanPredicate {
  if (expr.kind === 'attribute') return attributeTest(expr, { kind: 'in', values: ['true'] }) ?? ANY_SPAN;
  if (expr.kind === 'static')
    return expr.static.type === 'bool' && !expr.static.value ? { kind: 'or', parts: [] } : ANY_SPAN;
  if (expr.kind === 'exists' && expr.exists) return testOn(expr.operand, { kind: 'exists' }) ?? ANY_SPAN;
  if (expr.kind !== 'binary') return ANY_SPAN;
  const { operator, left, right } = expr;
  switch (operator) {
    case '&&':
    case '||':
      return { kind: operator === '&&' ? 'and' : 'or', parts: [fieldPredicate(left), fieldPredicate(right)] };
    case '=~':
      return left.kind !== 'static' && right.kind === 'static' && right.static.type === 'string'
        ? (testOn(left, { kind: 'regex', pattern: `^(?s:${right.static.value})$` }) ?? ANY_SPAN)
        : ANY_SPAN;
    case '=':
    case '!=':
    case '>':
    case '>=':
    case '<':
    case '<=':
      if (right.kind === 'static') return comparison(left, operator, right) ?? ANY_SPAN;
      return left.kind === 'static' ? (comparison(right, MIRROR[operator], left) ?? ANY_SPAN) : ANY_SPAN;
    default:
      return ANY_SPAN;
  }
}

function comparison(
  field: FieldExpr,
  operator: CompareOperator,
  literal: Extract<FieldExpr, { kind: 'static' }>,
): SpanPredicate | undefined {
  const value = literal.static;
  if (isRootTest(field, operator, value))
    return { kind: 'column', column: 'ParentSpanId', test: { kind: 'in', values: [''] } };
  if (field.kind === 'intrinsic' && (field.name === 'duration' || field.name === 'traceDuration')) {
    const whole = field.name === 'traceDuration';
    if (typeof value.value !== 'number' || whole || value.value < 0) return undefined;
    return { kind: 'duration', operator, ns: value.value };
  }
  if (typeof value.value === 'number') return testOn(field, { kind: 'number', operator, value: value.value });
  const text = value.type === 'status' || value.type === 'kind' ? titleCase(value.value) : String(value.value);
  const equal = testOn(field, { kind: 'in', values: [text] });
  if (operator === '=') return equal;
  if (operator !== '!=' || equal === undefined) return undefined;
  if (field.kind === 'attribute') return testOn(field, { kind: 'exists' });
  return { kind: 'not', part: equal };
}

/** `nestedSetParent < 0`, which is how Grafana asks for roots. */
export function isRootTest(field: FieldExpr, operator: CompareOperator, value: StaticValue): boolean {
  if (field.kind !== 'intrinsic' || field.name !== 'nestedSetParent') return false;
  return (operator === '<' && value.value === 0) || (operator === '=' && value.value === -1);
}

export function titleCase(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}

/** Where the store has the intrinsics that are columns of a span, by TraceQL's name. */
export const INTRINSIC_COLUMNS: Readonly<Record<string, SpanColumn>> = {
  name: 'SpanName',
  status: 'StatusCode',
  statusMessage: 'StatusMessage',
  kind: 'SpanKind',
  'span:id': 'SpanId',
  'span:parentID': 'ParentSpanId',
  'trace:id': 'TraceId',
  'instrumentation:name': 'ScopeName',
  'instrumentation:version': 'ScopeVersion',
};

function testOn(field: FieldExpr, test: SpanTest): SpanPredicate | undefined {
  if (field.kind === 'attribute') return attributeTest(field, test);
  if (field.kind !== 'intrinsic') return undefined;
  const column = Object.hasOwn(INTRINSIC_COLUMNS, field.name) ? INTRINSIC_COLUMNS[field.name] : undefined;
  return column === undefined ? undefined : { kind: 'column', column, test };
}

function attributeTest(field: Extract<FieldExpr, { kind: 'attribute' }>, test: SpanTest): SpanPredicate | undefined {
  const { scope, name } = field;
  // Text of events and links is not searched by the store; an attribute of any scope may be theirs.
  if (scope !== 'span' && scope !== 'resource' && scope !== 'any') return undefined;
  // What is no single text may be what is asked for: the evaluator looks at it.
  const attribute: SpanPredicate = {
    kind: 'or',
    parts: [
      { kind: 'attribute', scope, key: name, test },
      { kind: 'unsure', fields: [{ kind: 'attribute', scope, key: name }] },
    ],
  };
  if (name !== 'service.name' || scope === 'span') return attribute;
  const column: SpanPredicate = { kind: 'column', column: 'ServiceName', test };
  return scope === 'resource' ? column : { kind: 'or', parts: [column, attribute] };
}
