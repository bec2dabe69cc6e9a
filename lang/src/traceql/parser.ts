import {
  type CompareOperator,
  type FieldExpr,
  type FieldOperator,
  INTRINSICS,
  type Intrinsic,
  type PipelineStage,
  type Span,
  type SpansetExpr,
  type StaticValue,
  type TraceqlQuery,
} from './ast.ts';
import { errorAt, type TraceqlParseError, TraceqlUnsupportedError } from './errors.ts';
import { type Token, tokenize } from './lexer.ts';
import { typeOf } from './types.ts';

interface Cursor {
  readonly input: string;
  readonly tokens: readonly Token[];
  next: number;
  depth: number;
}

const MAX_DEPTH = 100;
const MAX_TRACEQL_LENGTH = 131_072;

/**
 * Reads a TraceQL query.
 * @throws TraceqlParseError when it is none; TraceqlUnsupportedError, by name, for what is not evaluated yet
 */
export function parse(input: string): TraceqlQuery {
  if (input.length > MAX_TRACEQL_LENGTH) throw errorAt(input, 'the query is too long', 0);
  const cursor: Cursor = { input, tokens: tokenize(input), next: 0, depth: 0 };
  const spanset = parseSpanset(cursor, 1);
  const stages: PipelineStage[] = [];
  while (accept(cursor, '|')) stages.push(parseStage(cursor));
  if (peek(cursor).kind === 'with') throw new TraceqlUnsupportedError('with(…)', peek(cursor));
  if (peek(cursor).kind !== 'EOF') throw unexpected(cursor);
  return { spanset, stages, span: { start: 0, end: input.length } };
}

function peek(cursor: Cursor, ahead = 0): Token {
  const token = cursor.tokens[Math.min(cursor.next + ahead, cursor.tokens.length - 1)];
  if (token === undefined) throw new Error('a token list always ends with EOF');
  return token;
}

function accept(cursor: Cursor, kind: string): boolean {
  if (peek(cursor).kind !== kind) return false;
  cursor.next++;
  return true;
}

function expect(cursor: Cursor, kind: string): Token {
  const token = peek(cursor);
  if (token.kind !== kind) throw unexpected(cursor, kind);
  cursor.next++;
  return token;
}

function unexpected(cursor: Cursor, expecting?: string): TraceqlParseError {
  const token = peek(cursor);
  const shown = token.kind === 'EOF' ? '$end' : token.kind;
  const list = expecting === undefined ? '' : `, expecting ${expecting}`;
  return errorAt(
    cursor.input,
    `syntax error: unexpected ${shown}${list}`,
    token.start,
    Math.max(token.end, token.start + 1),
  );
}

function spanFrom(cursor: Cursor, start: number): Span {
  return { start, end: cursor.tokens[cursor.next - 1]?.end ?? start };
}

function nested<T>(cursor: Cursor, rule: () => T): T {
  if (++cursor.depth > MAX_DEPTH)
    throw errorAt(cursor.input, `expression nested deeper than ${MAX_DEPTH} levels`, peek(cursor).start);
  const result = rule();
  cursor.depth--;
  return result;
}

const STRUCTURAL = new Set(['>>', '<<', '>', '<', '~', '!>>', '!<<', '!>', '!<', '!~', '&>>', '&<<', '&>', '&<', '&~']);
const PIPELINE_WORDS = new Set([
  'by',
  'select',
  'coalesce',
  'rate',
  'compare',
  'topk',
  'bottomk',
  'histogram_over_time',
  'quantile_over_time',
  'count_over_time',
  'min_over_time',
  'max_over_time',
  'avg_over_time',
  'sum_over_time',
]);
const AGGREGATES = new Set(['count', 'avg', 'min', 'max', 'sum']);

/** `{…}` joined by `||` (level 1) and `&&` (level 2). */
function parseSpanset(cursor: Cursor, level: number): SpansetExpr {
  return nested(cursor, () => {
    const { start } = peek(cursor);
    let left = parseSpansetPrimary(cursor);
    for (;;) {
      const token = peek(cursor);
      if (STRUCTURAL.has(token.kind)) throw new TraceqlUnsupportedError(`the structural operator ${token.kind}`, token);
      const own = token.kind === '||' ? 1 : token.kind === '&&' ? 2 : 0;
      if (own === 0 || own < level) return left;
      cursor.next++;
      const right = parseSpanset(cursor, own + 1);
      left = { kind: 'combine', operator: own === 1 ? '||' : '&&', left, right, span: spanFrom(cursor, start) };
    }
  });
}

function parseSpansetPrimary(cursor: Cursor): SpansetExpr {
  const token = peek(cursor);
  if (token.kind === '(') {
    cursor.next++;
    const inner = parseSpanset(cursor, 1);
    if (peek(cursor).kind === '|') throw new TraceqlUnsupportedError('a pipeline in parentheses', peek(cursor));
    expect(cursor, ')');
    return inner;
  }
  if (peek(cursor, 1).kind === '(') {
    if (PIPELINE_WORDS.has(token.kind)) throw new TraceqlUnsupportedError(`${token.kind}()`, token);
    if (AGGREGATES.has(token.kind))
      throw new TraceqlUnsupportedError('a pipeline that begins with an aggregate', token);
  }
  expect(cursor, '{');
  if (accept(cursor, '}')) return { kind: 'filter', span: spanFrom(cursor, token.start) };
  const expr = parseField(cursor, 1);
  expect(cursor, '}');
  const type = typeOf(expr, cursor.input);
  if (type !== 'bool' && type !== 'any') {
    throw errorAt(
      cursor.input,
      'span filter field expressions must resolve to a boolean',
      expr.span.start,
      expr.span.end,
    );
  }
  return { kind: 'filter', expr, span: spanFrom(cursor, token.start) };
}

function parseStage(cursor: Cursor): PipelineStage {
  const token = peek(cursor);
  if (token.kind === '{' || token.kind === '(') return parseSpanset(cursor, 1);
  if (PIPELINE_WORDS.has(token.kind) && peek(cursor, 1).kind === '(')
    throw new TraceqlUnsupportedError(`${token.kind}()`, token);
  if (!AGGREGATES.has(token.kind)) throw unexpected(cursor);
  cursor.next++;
  expect(cursor, '(');
  const field = token.kind === 'count' ? undefined : parseField(cursor, 1);
  expect(cursor, ')');
  if (field !== undefined) {
    const type = typeOf(field, cursor.input);
    if (type !== 'number' && type !== 'any')
      throw errorAt(
        cursor.input,
        'aggregate field expressions must resolve to a number',
        field.span.start,
        field.span.end,
      );
  }
  const operator = peek(cursor);
  if (!['=', '!=', '>', '>=', '<', '<='].includes(operator.kind)) throw unexpected(cursor);
  cursor.next++;
  const value = parseConstant(cursor);
  return {
    kind: 'aggregate',
    operation: token.kind as 'count' | 'avg' | 'min' | 'max' | 'sum',
    ...(field === undefined ? {} : { field }),
    operator: operator.kind as CompareOperator,
    value,
    span: spanFrom(cursor, token.start),
  };
}

/** A number or duration with an optional sign. */
function parseConstant(cursor: Cursor): number {
  const negative = accept(cursor, '-');
  const token = peek(cursor);
  if (!['INTEGER', 'FLOAT', 'DURATION'].includes(token.kind)) throw unexpected(cursor);
  cursor.next++;
  return negative ? -token.number : token.number;
}

const LEVELS: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '=': 3,
  '!=': 3,
  '=~': 3,
  '!~': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  '^': 6,
};

function parseField(cursor: Cursor, level: number): FieldExpr {
  return nested(cursor, () => {
    const { start } = peek(cursor);
    let left = parseFieldPrimary(cursor);
    for (;;) {
      const { kind } = peek(cursor);
      const own = Object.hasOwn(LEVELS, kind) ? (LEVELS[kind] ?? 0) : 0;
      if (own === 0 || own < level) return left;
      cursor.next++;
      const right = parseField(cursor, kind === '^' ? own : own + 1);
      left = { kind: 'binary', operator: kind as FieldOperator, left, right, span: spanFrom(cursor, start) };
    }
  });
}

const STATUSES = new Set(['ok', 'error', 'unset']);
const KINDS = new Set(['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']);
const SCOPED: Readonly<Record<string, Intrinsic>> = {
  'trace:duration': 'traceDuration',
  'trace:rootName': 'rootName',
  'trace:rootService': 'rootServiceName',
  'trace:id': 'trace:id',
  'span:name': 'name',
  'span:duration': 'duration',
  'span:status': 'status',
  'span:statusMessage': 'statusMessage',
  'span:kind': 'kind',
  'span:id': 'span:id',
  'span:parentID': 'span:parentID',
  'span:childCount': 'childCount',
  'event:name': 'event:name',
  'event:timeSinceStart': 'event:timeSinceStart',
  'link:traceID': 'link:traceID',
  'link:spanID': 'link:spanID',
  'instrumentation:name': 'instrumentation:name',
  'instrumentation:version': 'instrumentation:version',
};

function parseFieldPrimary(cursor: Cursor): FieldExpr {
  const token = peek(cursor);
  if (token.kind === '(') {
    cursor.next++;
    const inner = parseField(cursor, 1);
    expect(cursor, ')');
    return inner;
  }
  if (token.kind === '!' || token.kind === '-') {
    cursor.next++;
    const operand = nested(cursor, () => parseFieldPrimary(cursor));
    return { kind: 'unary', operator: token.kind, operand, span: spanFrom(cursor, token.start) };
  }
  cursor.next++;
  const span = { start: token.start, end: token.end };
  if (token.kind === 'ATTRIBUTE') return { kind: 'attribute', scope: token.scope ?? 'any', name: token.string, span };
  if (token.kind === 'SCOPED' && Object.hasOwn(SCOPED, token.string)) {
    const name = SCOPED[token.string];
    if (name !== undefined) return { kind: 'intrinsic', name, span };
  }
  const literal = staticOf(token);
  if (literal !== undefined) return { kind: 'static', static: literal, span };
  const intrinsic = INTRINSICS.find((name) => name === token.kind && !name.includes(':'));
  if (intrinsic !== undefined) return { kind: 'intrinsic', name: intrinsic, span };
  if (token.kind === 'parent') throw new TraceqlUnsupportedError('parent', token);
  cursor.next--;
  throw unexpected(cursor);
}

function staticOf(token: Token): StaticValue | undefined {
  switch (token.kind) {
    case 'STRING':
      return { type: 'string', value: token.string };
    case 'INTEGER':
      return { type: 'int', value: token.number };
    case 'FLOAT':
      return { type: 'float', value: token.number };
    case 'DURATION':
      return { type: 'duration', value: token.number };
    case 'true':
    case 'false':
      return { type: 'bool', value: token.kind === 'true' };
    case 'nil':
      return { type: 'nil' };
    default:
      if (STATUSES.has(token.kind)) return { type: 'status', value: token.kind as 'ok' };
      if (KINDS.has(token.kind)) return { type: 'kind', value: token.kind as 'server' };
      return undefined;
  }
}
