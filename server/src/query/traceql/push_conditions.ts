import type { CompareOperator, Field, FieldExpr, PipelineStage, StaticValue } from '@trilith/lang/traceql';
import type { SpanField, SpanPredicate, TypedTest } from '../../store/index.ts';
import { INTRINSIC_COLUMNS, isRootTest, MIRROR, titleCase } from './push_spans.ts';

/** What the store decides exactly of single spans. */
export interface SpanFilter {
  /** Holds for the spans that are selected, wherever the store is sure of `fields`. */
  readonly predicate: SpanPredicate;
  /** The fields it looks at. */
  readonly fields: readonly SpanField[];
}

const NONE: SpanPredicate = { kind: 'or', parts: [] };
const ALL: SpanPredicate = { kind: 'and', parts: [] };

/**
 * A pipeline as a filter of single spans that the store evaluates, by the rules of field_expression.ts: a value compares
 * with its own type only. Undefined where other spans, events, links or arithmetic decide.
 */
export function spanFilter(stages: readonly PipelineStage[]): SpanFilter | undefined {
  const fields = new Map<string, SpanField>();
  const parts: SpanPredicate[] = [];
  for (const stage of stages) {
    if (stage.kind === 'select') continue;
    if (stage.kind === 'pipeline') {
      const inner = spanFilter(stage.stages);
      if (inner === undefined) return undefined;
      parts.push(inner.predicate);
      for (const field of inner.fields) fields.set(JSON.stringify(field), field);
      continue;
    }
    if (stage.kind !== 'filter') return undefined;
    if (stage.expr === undefined) continue;
    const part = holds(stage.expr, (field) => fields.set(JSON.stringify(field), field));
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return { predicate: { kind: 'and', parts }, fields: [...fields.values()] };
}

type Note = (field: SpanField) => void;

/** Where an expression is true; it may also be false or, of an attribute, neither. */
function holds(expr: FieldExpr, note: Note): SpanPredicate | undefined {
  switch (expr.kind) {
    case 'static':
      return expr.static.value === true ? ALL : NONE;
    case 'attribute':
      return tested(expr, { kind: 'bool', value: true, negated: false }, note);
    case 'intrinsic':
      return undefined;
    case 'unary':
      return expr.operator === '!' ? fails(expr.operand, note) : undefined;
    case 'exists': {
      if (expr.operand.kind !== 'attribute' && expr.operand.kind !== 'intrinsic') return undefined;
      const exists = tested(expr.operand, { kind: 'exists' }, note);
      return exists === undefined || expr.exists ? exists : { kind: 'not', part: exists };
    }
    case 'binary':
      return binaryHolds(expr, note);
  }
}

/** Where an expression is false. Everything but an attribute is false wherever it is not true. */
function fails(expr: FieldExpr, note: Note): SpanPredicate | undefined {
  if (expr.kind === 'attribute') return tested(expr, { kind: 'bool', value: false, negated: false }, note);
  const part = holds(expr, note);
  return part === undefined ? undefined : { kind: 'not', part };
}

function binaryHolds(expr: Extract<FieldExpr, { kind: 'binary' }>, note: Note): SpanPredicate | undefined {
  const { operator, left, right } = expr;
  switch (operator) {
    case '&&':
    case '||': {
      const parts = [holds(left, note), holds(right, note)].filter((part) => part !== undefined);
      return parts.length === 2 ? { kind: operator === '&&' ? 'and' : 'or', parts } : undefined;
    }
    case '=~':
    case '!~': {
      const pattern = right.kind === 'static' && right.static.type === 'string' ? right.static.value : undefined;
      if (pattern === undefined || (left.kind !== 'attribute' && left.kind !== 'intrinsic')) return undefined;
      return tested(left, { kind: 'pattern', pattern, negated: operator === '!~' }, note);
    }
    case '=':
    case '!=':
    case '>':
    case '>=':
    case '<':
    case '<=':
      if (right.kind === 'static') return comparison(left, operator, right.static, note);
      return left.kind === 'static' ? comparison(right, MIRROR[operator], left.static, note) : undefined;
    default:
      return undefined;
  }
}

function comparison(
  field: FieldExpr,
  operator: CompareOperator,
  literal: StaticValue,
  note: Note,
): SpanPredicate | undefined {
  if (field.kind !== 'attribute' && field.kind !== 'intrinsic') return undefined;
  if (isRootTest(field, operator, literal))
    return { kind: 'field', field: { kind: 'column', column: 'ParentSpanId' }, test: text('=', '') };
  const isWord = field.kind === 'intrinsic' && (field.name === 'status' || field.name === 'kind');
  if (literal.type === 'status' || literal.type === 'kind')
    return isWord ? tested(field, text(operator, titleCase(literal.value)), note) : known(field) && NONE;
  if (isWord) return NONE;
  if (literal.type === 'string') return tested(field, text(operator, literal.value), note);
  if (literal.type !== 'bool') return tested(field, { kind: 'number', operator, value: literal.value }, note);
  const isEquality = operator === '=' || operator === '!=';
  return isEquality
    ? tested(field, { kind: 'bool', value: literal.value, negated: operator === '!=' }, note)
    : known(field) && NONE;
}

function text(operator: CompareOperator, value: string): TypedTest {
  return { kind: 'text', operator, value };
}

/** Undefined for fields that the store cannot look at. */
function known(field: Field): true | undefined {
  return spanField(field) === undefined ? undefined : true;
}

function tested(field: Field, test: TypedTest, note: Note): SpanPredicate | undefined {
  const path = spanField(field);
  if (path === undefined) return undefined;
  note(path);
  return { kind: 'field', field: path, test };
}

/** Where the store has a field; undefined for those of events, links and whole traces. */
export function spanField(field: Field): SpanField | undefined {
  if (field.kind === 'intrinsic') {
    if (field.name === 'duration') return { kind: 'duration' };
    const column = Object.hasOwn(INTRINSIC_COLUMNS, field.name) ? INTRINSIC_COLUMNS[field.name] : undefined;
    return column === undefined ? undefined : { kind: 'column', column };
  }
  const { scope, name, parent } = field;
  if (parent || (scope !== 'span' && scope !== 'resource' && scope !== 'any')) return undefined;
  return { kind: 'attribute', scope, key: name };
}
