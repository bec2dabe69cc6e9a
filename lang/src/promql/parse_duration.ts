import type { DurationExpr, DurationNode, NumberLiteral } from './ast.ts';
import { accept, advance, at, type Cursor, complain, expect, nested, unexpected } from './cursor.ts';
import { parseDuration } from './duration.ts';
import { parseNumber } from './number.ts';
import { mergeRanges, type PositionRange } from './position.ts';
import { quoted, type Token, type TokenKind } from './tokens.ts';

const MAX_SECONDS = 9_223_372_036.854776;

/** A number or duration literal; the value of a duration is seconds. */
export function numberLiteral(cursor: Cursor): NumberLiteral {
  const token = advance(cursor);
  const range = { start: token.start, end: token.end };
  if (token.kind === 'duration') {
    try {
      return { kind: 'number', value: parseDuration(token.text) / 1000, duration: true, range };
    } catch (error) {
      complain(cursor, token, error instanceof Error ? error.message : String(error));
      return { kind: 'number', value: 0, duration: true, range };
    }
  }
  const value = parseNumber(token.text);
  if (value === undefined) {
    const reason =
      /^[0-9.eE+_-]+$/.test(token.text) && Number(token.text) === Number.POSITIVE_INFINITY
        ? 'value out of range'
        : 'invalid syntax';
    complain(cursor, token, `error parsing number: strconv.ParseFloat: parsing ${quoted(token.text)}: ${reason}`);
  }
  return { kind: 'number', value: value ?? 0, duration: false, range };
}

/** Seconds to whole milliseconds, the way a Go duration is cut. */
export const secondsToMs = (seconds: number): number => Math.trunc(Math.round(seconds * 1e9) / 1e6);

/** The duration inside `[…]`: positive when it is a plain literal. */
export function bracketDuration(cursor: Cursor): DurationNode {
  const node = durationExpression(cursor, 0);
  if (node.kind === 'number' && node.value <= 0) complain(cursor, node.range, 'duration must be greater than 0');
  return node;
}

/**
 * The duration after `offset`. Arithmetic is only taken inside parentheses or after them, so `foo offset 5m + 2` adds
 * two to the selected values.
 */
export function offsetDuration(cursor: Cursor): DurationNode {
  const sign = at(cursor, '+') || at(cursor, '-') ? advance(cursor) : undefined;
  if (sign === undefined && at(cursor, '(')) return durationExpression(cursor, 0);
  const operand = at(cursor, '+') || at(cursor, '-') ? durationExpression(cursor, 5) : durationPrimary(cursor);
  return sign === undefined ? operand : signed(cursor, sign, operand);
}

const PRECEDENCE: Partial<Record<TokenKind, number>> = { '+': 4, '-': 4, '*': 5, '/': 5, '%': 5, '^': 6 };

function durationExpression(cursor: Cursor, minimum: number): DurationNode {
  return nested(cursor, () => {
    let left: DurationNode;
    if (at(cursor, '+') || at(cursor, '-')) {
      const sign = advance(cursor);
      left = signed(cursor, sign, durationExpression(cursor, 6));
    } else left = durationPrimary(cursor);
    for (;;) {
      const operator = cursor.token;
      const precedence = PRECEDENCE[operator.kind];
      if (precedence === undefined || precedence < minimum) return left;
      advance(cursor);
      const right = durationExpression(cursor, operator.kind === '^' ? precedence : precedence + 1);
      left = combine(cursor, left, operator, right);
    }
  });
}

function combine(cursor: Cursor, left: DurationNode, operator: Token, right: DurationNode): DurationNode {
  enabled(cursor, left.range);
  if (right.kind === 'number' && right.value === 0 && (operator.kind === '/' || operator.kind === '%')) {
    complain(cursor, operator, operator.kind === '/' ? 'division by zero' : 'modulo by zero');
  }
  const range = mergeRanges(left.range, right.range);
  return { kind: 'duration', operator: operator.kind as DurationExpr['operator'], left, right, wrapped: false, range };
}

function signed(cursor: Cursor, sign: Token, operand: DurationNode): DurationNode {
  const range = { start: sign.start, end: operand.range.end };
  if (operand.kind === 'number') {
    return { ...operand, value: sign.kind === '-' ? -operand.value : operand.value, range };
  }
  enabled(cursor, range);
  return sign.kind === '-' ? { kind: 'duration', operator: '-', right: operand, wrapped: false, range } : operand;
}

function durationPrimary(cursor: Cursor): DurationNode {
  const { token } = cursor;
  switch (token.kind) {
    case 'number':
    case 'duration': {
      const literal = numberLiteral(cursor);
      if (Math.abs(literal.value) > MAX_SECONDS || Number.isNaN(literal.value))
        complain(cursor, literal.range, 'duration out of range');
      return literal;
    }
    case 'step':
    case 'range': {
      advance(cursor);
      expect(cursor, '(');
      const close = expect(cursor, ')');
      return durationCall(cursor, {
        kind: 'duration',
        operator: token.kind,
        wrapped: false,
        range: { start: token.start, end: close.end },
      });
    }
    case 'min_of':
    case 'max_of': {
      advance(cursor);
      expect(cursor, '(');
      const left = durationExpression(cursor, 0);
      expect(cursor, ',');
      const right = durationExpression(cursor, 0);
      const close = expect(cursor, ')');
      return durationCall(cursor, {
        kind: 'duration',
        operator: token.kind,
        left,
        right,
        wrapped: false,
        range: { start: token.start, end: close.end },
      });
    }
    case '(':
      return parenthesised(cursor);
    default:
      return unexpected(cursor);
  }
}

function parenthesised(cursor: Cursor): DurationNode {
  const open = advance(cursor);
  const inner = durationExpression(cursor, 0);
  const close = expect(cursor, ')');
  enabled(cursor, inner.range);
  if (inner.kind === 'duration') return { ...inner, wrapped: true };
  return { kind: 'duration', operator: '+', right: inner, wrapped: true, range: { start: open.start, end: close.end } };
}

function durationCall(cursor: Cursor, node: DurationExpr): DurationExpr {
  enabled(cursor, node.range);
  return node;
}

function enabled(cursor: Cursor, range: PositionRange): void {
  if (cursor.options.durationExpressions !== true)
    complain(cursor, range, 'experimental duration expression is not enabled');
}

/** Takes `( <signed number> )` after a fill modifier. */
export function fillValue(cursor: Cursor): number {
  expect(cursor, '(');
  const negative = at(cursor, '-');
  if (!negative) accept(cursor, '+');
  else advance(cursor);
  if (!at(cursor, 'number') && !at(cursor, 'duration')) unexpected(cursor);
  const { value } = numberLiteral(cursor);
  expect(cursor, ')');
  return negative ? -value : value;
}
