import type { Field, FieldExpr, FieldOperator, Intrinsic, StaticValue } from './ast.ts';
import { INTRINSICS } from './ast.ts';
import { accept, type Cursor, expect, nested, peek, spanFrom, unexpected } from './cursor.ts';
import { errorAt } from './errors.ts';
import type { Token } from './lexer.ts';

/** How tightly operators bind; those of one level go from the left, `^` from the right. */
const LEVELS: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 1,
  '=': 2,
  '!=': 2,
  '=~': 2,
  '!~': 2,
  '<': 2,
  '<=': 2,
  '>': 2,
  '>=': 2,
  '+': 3,
  '-': 3,
  '*': 5,
  '/': 5,
  '%': 5,
  '^': 6,
};
/** `-a * b` is -(a * b) and `-a + b` is (-a) + b; `!` likewise. */
const UNARY_OPERAND_LEVEL = 5;

/** Reads an expression over the fields of a span. @throws TraceqlParseError */
export function parseField(cursor: Cursor, level = 1): FieldExpr {
  return nested(cursor, () => {
    const { start } = peek(cursor);
    let left = parsePrimary(cursor);
    for (;;) {
      const { kind } = peek(cursor);
      const own = Object.hasOwn(LEVELS, kind) ? (LEVELS[kind] ?? 0) : 0;
      if (own === 0 || own < level) return left;
      cursor.next++;
      if ((kind === '=' || kind === '!=') && accept(cursor, 'nil')) {
        left = { kind: 'exists', operand: left, exists: kind === '!=', span: spanFrom(cursor, start) };
        continue;
      }
      const right = parseField(cursor, kind === '^' ? own : own + 1);
      left = { kind: 'binary', operator: kind as FieldOperator, left, right, span: spanFrom(cursor, start) };
    }
  });
}

function parsePrimary(cursor: Cursor): FieldExpr {
  const token = peek(cursor);
  if (token.kind === '(') {
    cursor.next++;
    const inner = parseField(cursor);
    expect(cursor, ')');
    return inner;
  }
  if (token.kind === '!' || token.kind === '-') {
    cursor.next++;
    const operand = parseField(cursor, UNARY_OPERAND_LEVEL);
    return { kind: 'unary', operator: token.kind, operand, span: spanFrom(cursor, token.start) };
  }
  if (token.kind === 'nil') return parseNil(cursor);
  const literal = parseStatic(cursor);
  if (literal !== undefined) return { kind: 'static', static: literal, span: spanFrom(cursor, token.start) };
  return parseFieldName(cursor);
}

/** `nil` stands only beside `=` and `!=`; compared with itself it is neither. */
function parseNil(cursor: Cursor): FieldExpr {
  const { start } = expect(cursor, 'nil');
  const { kind } = peek(cursor);
  if (kind !== '=' && kind !== '!=') throw unexpected(cursor);
  cursor.next++;
  if (accept(cursor, 'nil'))
    return { kind: 'static', static: { type: 'bool', value: false }, span: spanFrom(cursor, start) };
  const operand = parseField(cursor, 3);
  return { kind: 'exists', operand, exists: kind === '!=', span: spanFrom(cursor, start) };
}

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
/** Read only with their scope. */
const ONLY_SCOPED: ReadonlySet<string> = new Set(['childCount']);

/** Reads an attribute or an intrinsic. @throws TraceqlParseError */
export function parseFieldName(cursor: Cursor): Field {
  const token = peek(cursor);
  const span = { start: token.start, end: token.end };
  cursor.next++;
  if (token.kind === 'ATTRIBUTE')
    return {
      kind: 'attribute',
      scope: token.scope ?? 'any',
      parent: token.parent === true,
      name: token.string,
      span,
    };
  const scoped = token.kind === 'SCOPED' && Object.hasOwn(SCOPED, token.string) ? SCOPED[token.string] : undefined;
  if (scoped !== undefined) return { kind: 'intrinsic', name: scoped, span };
  const plain = INTRINSICS.find((name) => name === token.kind && !name.includes(':') && !ONLY_SCOPED.has(name));
  if (plain !== undefined) return { kind: 'intrinsic', name: plain, span };
  cursor.next--;
  throw unexpected(cursor);
}

/** Reads fields with commas between, in parentheses. @throws TraceqlParseError */
export function parseFieldList(cursor: Cursor): Field[] {
  expect(cursor, '(');
  const fields = [parseFieldName(cursor)];
  while (accept(cursor, ',')) fields.push(parseFieldName(cursor));
  expect(cursor, ')');
  return fields;
}

const STATUSES: ReadonlySet<string> = new Set(['ok', 'error', 'unset']);
const KINDS: ReadonlySet<string> = new Set(['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']);
const NAMED_NUMBERS: Readonly<Record<string, number>> = { minInt: -(2 ** 63), maxInt: 2 ** 63 };

/** Reads a literal if the next token is one. @throws TraceqlParseError at a word that means nothing */
export function parseStatic(cursor: Cursor): StaticValue | undefined {
  const token = peek(cursor);
  const value = staticOf(token);
  if (value !== undefined) cursor.next++;
  else if (token.kind === 'IDENTIFIER')
    throw errorAt(cursor.input, `unknown identifier: ${token.text}`, token.start, token.end);
  return value;
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
    case 'IDENTIFIER': {
      const value = Object.hasOwn(NAMED_NUMBERS, token.text) ? NAMED_NUMBERS[token.text] : undefined;
      return value === undefined ? undefined : { type: 'int', value };
    }
    case 'true':
    case 'false':
      return { type: 'bool', value: token.kind === 'true' };
    default:
      if (STATUSES.has(token.kind)) return { type: 'status', value: token.kind as 'ok' };
      if (KINDS.has(token.kind)) return { type: 'kind', value: token.kind as 'server' };
      return undefined;
  }
}
