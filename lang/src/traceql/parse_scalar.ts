import type { Aggregate, ArithmeticOperator, NumberStatic, ScalarExpr } from './ast.ts';
import { type Cursor, expect, peek, spanFrom } from './cursor.ts';
import { errorAt } from './errors.ts';
import { parseField } from './parse_field.ts';

const AGGREGATES: ReadonlySet<string> = new Set(['count', 'avg', 'min', 'max', 'sum']);

/** Reads `count()`, `max(duration)` … if the next token begins one. @throws TraceqlParseError */
export function parseAggregate(cursor: Cursor): Aggregate | undefined {
  const token = peek(cursor);
  if (!AGGREGATES.has(token.kind)) return undefined;
  cursor.next++;
  expect(cursor, '(');
  const operation = token.kind as Aggregate['operation'];
  const field = operation === 'count' ? undefined : parseField(cursor);
  expect(cursor, ')');
  const span = spanFrom(cursor, token.start);
  return field === undefined ? { kind: 'aggregate', operation, span } : { kind: 'aggregate', operation, field, span };
}

/** Reads a number if the next token is one, with its sign. @throws TraceqlParseError */
export function parseConstant(cursor: Cursor): (ScalarExpr & { readonly kind: 'constant' }) | undefined {
  const token = peek(cursor);
  if (token.kind === '-') {
    const number = peek(cursor, 1).kind;
    if (number !== '-' && number !== '(' && numberType(number) === undefined) return undefined;
    cursor.next++;
    const inner = parseConstant(cursor);
    if (inner === undefined) return undefined;
    const negated = { ...inner.static, value: -inner.static.value };
    return { kind: 'constant', static: negated, span: spanFrom(cursor, token.start) };
  }
  const type = numberType(token.kind);
  if (type === undefined) return undefined;
  cursor.next++;
  return { kind: 'constant', static: { type, value: token.number }, span: spanFrom(cursor, token.start) };
}

function numberType(kind: string): NumberStatic['type'] | undefined {
  switch (kind) {
    case 'INTEGER':
      return 'int';
    case 'FLOAT':
      return 'float';
    case 'DURATION':
      return 'duration';
    default:
      return undefined;
  }
}

type Constant = ScalarExpr & { readonly kind: 'constant' };

/** Two numbers made one; integers stay integers (1 / 2 is 0). @throws TraceqlParseError for durations and other operators */
export function foldConstants(cursor: Cursor, operator: ArithmeticOperator, left: Constant, right: Constant): Constant {
  const span = { start: left.span.start, end: right.span.end };
  const refuse = (detail: string): Error => errorAt(cursor.input, detail, span.start, span.end);
  const types = [left.static.type, right.static.type];
  if (types.includes('duration')) throw refuse('duration cannot be used in scalar arithmetic');
  const [a, b] = [left.static.value, right.static.value];
  const whole = types.every((type) => type === 'int');
  if (operator === '/' && whole && b === 0) throw refuse('integer divide by zero');
  const value = folded(operator, a, b);
  if (value === undefined) throw refuse(`syntax error: unexpected ${operator}`);
  return {
    kind: 'constant',
    static: whole ? { type: 'int', value: Math.trunc(value) } : { type: 'float', value },
    span,
  };
}

function folded(operator: ArithmeticOperator, a: number, b: number): number | undefined {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    default:
      return undefined;
  }
}
