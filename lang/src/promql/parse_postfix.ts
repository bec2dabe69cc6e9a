import type { DurationNode, Expr, MatrixSelector, SubqueryExpr, TimeModifiers, VectorSelector } from './ast.ts';
import { accept, advance, at, type Cursor, complain, expect, unexpected, within } from './cursor.ts';
import { bracketDuration, numberLiteral, offsetDuration, secondsToMs } from './parse_duration.ts';
import type { PositionRange } from './position.ts';

/** Everything that may follow an expression and binds tightest: `[range]`, `[range:step]`, `offset`, `@`, `anchored`, `smoothed`. */
export function postfix(cursor: Cursor, start: Expr): Expr {
  let expr = start;
  for (;;) {
    switch (cursor.token.kind) {
      case '[':
        expr = bracket(cursor, expr);
        break;
      case 'offset':
        expr = offset(cursor, expr);
        break;
      case '@':
        expr = atTime(cursor, expr);
        break;
      case 'anchored':
      case 'smoothed':
        expr = extended(cursor, expr, cursor.token.kind);
        break;
      default:
        return expr;
    }
  }
}

function span(node: DurationNode): { readonly ms: number; readonly expr?: Exclude<DurationNode, { kind: 'number' }> } {
  return node.kind === 'number' ? { ms: secondsToMs(node.value) } : { ms: 0, expr: node };
}

function bracket(cursor: Cursor, expr: Expr): Expr {
  const open = advance(cursor);
  const range = within(cursor, 'subquery or range selector', 'number, duration, step(), or range()', () =>
    bracketDuration(cursor),
  );
  if (accept(cursor, ':') !== undefined) return subquery(cursor, expr, range);
  const close = expect(cursor, ']', 'subquery or range', '":" or "]"');
  const where = { start: open.start, end: close.end };
  if (expr.kind !== 'vector-selector') {
    complain(cursor, where, 'ranges only allowed for vector selectors');
    return expr;
  }
  if (hasOffset(expr)) complain(cursor, where, 'no offset modifiers allowed before range');
  else if (hasAt(expr)) complain(cursor, where, 'no @ modifiers allowed before range');
  const { ms, expr: rangeExpr } = span(range);
  const whole = { start: expr.range.start, end: close.end };
  return { kind: 'matrix-selector', selector: expr, rangeMs: ms, ...(rangeExpr && { rangeExpr }), range: whole };
}

function subquery(cursor: Cursor, expr: Expr, range: DurationNode): SubqueryExpr {
  let step: DurationNode | undefined;
  if (!at(cursor, ']')) {
    step = within(cursor, 'subquery selector', 'number, duration, step(), range(), or "]"', () =>
      bracketDuration(cursor),
    );
  }
  const close = expect(cursor, ']', 'subquery selector', '"]"');
  const over = span(range);
  const every = step === undefined ? { ms: 0 } : span(step);
  return {
    kind: 'subquery',
    expr,
    rangeMs: over.ms,
    ...(over.expr && { rangeExpr: over.expr }),
    stepMs: every.ms,
    ...(every.expr && { stepExpr: every.expr }),
    offsetMs: 0,
    range: { start: expr.range.start, end: close.end },
  };
}

const hasOffset = (node: TimeModifiers): boolean => node.offsetMs !== 0 || node.offsetExpr !== undefined;
const hasAt = (node: TimeModifiers): boolean => node.atMs !== undefined || node.atPreprocessor !== undefined;

type Timed = VectorSelector | MatrixSelector | SubqueryExpr;
const isTimed = (expr: Expr): expr is Timed =>
  expr.kind === 'vector-selector' || expr.kind === 'matrix-selector' || expr.kind === 'subquery';
const timesOf = (expr: Timed): TimeModifiers => (expr.kind === 'matrix-selector' ? expr.selector : expr);

/** The node with other time modifiers, ending where the last token ended. */
function retimed(cursor: Cursor, expr: Timed, times: Partial<TimeModifiers>): Timed {
  const range: PositionRange = { start: expr.range.start, end: cursor.lastEnd };
  return expr.kind === 'matrix-selector'
    ? { ...expr, selector: { ...expr.selector, ...times }, range }
    : { ...expr, ...times, range };
}

function offset(cursor: Cursor, expr: Expr): Expr {
  advance(cursor);
  const duration = within(cursor, 'offset', 'number, duration, step(), or range()', () => offsetDuration(cursor));
  if (!isTimed(expr)) {
    complain(
      cursor,
      expr.range,
      'offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    );
    return expr;
  }
  if (hasOffset(timesOf(expr))) {
    complain(cursor, expr.range, 'offset may not be set multiple times');
    return expr;
  }
  const { ms, expr: offsetExpr } = span(duration);
  return retimed(cursor, expr, { offsetMs: ms, ...(offsetExpr && { offsetExpr }) });
}

function atTime(cursor: Cursor, expr: Expr): Expr {
  advance(cursor);
  const times = within(cursor, '@', 'timestamp', () => timestamp(cursor, expr));
  if (!isTimed(expr)) {
    complain(
      cursor,
      expr.range,
      '@ modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    );
    return expr;
  }
  if (hasAt(timesOf(expr))) {
    complain(cursor, expr.range, '@ <timestamp> may not be set multiple times');
    return expr;
  }
  return retimed(cursor, expr, times);
}

function timestamp(cursor: Cursor, expr: Expr): Partial<TimeModifiers> {
  if (at(cursor, 'start') || at(cursor, 'end')) {
    const atPreprocessor = advance(cursor).kind === 'start' ? 'start' : 'end';
    expect(cursor, '(');
    expect(cursor, ')');
    return { atPreprocessor };
  }
  const sign = accept(cursor, '-') ?? accept(cursor, '+');
  if (!at(cursor, 'number') && !at(cursor, 'duration')) return unexpected(cursor);
  const { value } = numberLiteral(cursor);
  const seconds = sign?.kind === '-' ? -value : value;
  if (!Number.isFinite(seconds) || Math.abs(seconds) >= 2 ** 63) {
    complain(
      cursor,
      expr.range,
      `timestamp out of bounds for @ modifier: ${Number.isFinite(seconds) ? seconds.toFixed(6) : Number.isNaN(seconds) ? 'NaN' : seconds > 0 ? '+Inf' : '-Inf'}`,
    );
  }
  return { atMs: Math.round(seconds * 1000) };
}

function extended(cursor: Cursor, expr: Expr, word: 'anchored' | 'smoothed'): Expr {
  advance(cursor);
  if (cursor.options.extendedRangeSelectors !== true) {
    complain(cursor, expr.range, `${word} modifier is experimental and not enabled`);
    return expr;
  }
  if (expr.kind === 'subquery') complain(cursor, expr.range, `${word} modifier is not supported for subqueries`);
  else if (expr.kind !== 'vector-selector' && expr.kind !== 'matrix-selector')
    complain(cursor, expr.range, `${word} modifier not implemented`);
  else {
    const selector = expr.kind === 'matrix-selector' ? expr.selector : expr;
    if (word === 'anchored' ? selector.smoothed : selector.anchored) {
      complain(cursor, expr.range, 'anchored and smoothed modifiers cannot be used together');
    }
    const marked = { ...selector, [word]: true };
    return expr.kind === 'matrix-selector' ? { ...expr, selector: marked } : marked;
  }
  return expr;
}
