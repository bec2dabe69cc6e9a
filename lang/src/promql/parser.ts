import type { AggregateExpr, BinaryExpr, Expr, VectorSelector } from './ast.ts';
import { check } from './check.ts';
import {
  accept,
  advance,
  at,
  type Cursor,
  complain,
  createCursor,
  expect,
  nested,
  type ParseOptions,
  unexpected,
  within,
} from './cursor.ts';
import { FUNCTIONS } from './functions.ts';
import { numberLiteral } from './parse_duration.ts';
import { PromqlParseError } from './parse_error.ts';
import { binaryModifiers } from './parse_modifiers.ts';
import { postfix } from './parse_postfix.ts';
import { groupingLabels, vectorSelector } from './parse_selector.ts';
import { mergeRanges } from './position.ts';
import { unquote } from './quote.ts';
import {
  type BinaryOperator,
  hasParameter,
  isAggregateOperator,
  isBinaryOperator,
  isMetricName,
  quoted,
  type TokenKind,
} from './tokens.ts';

/** Parses and type-checks a query. Throws PromqlParseError with upstream's wording and positions. */
export function parse(input: string, options: ParseOptions = {}): Expr {
  const cursor = createCursor(input, options);
  if (at(cursor, 'eof')) {
    complain(cursor, { start: 0, end: 0 }, 'no expression found in input');
    throw new PromqlParseError(input, cursor.diagnostics);
  }
  const expr = expression(cursor, 0);
  if (!at(cursor, 'eof')) unexpected(cursor, '');
  if (cursor.diagnostics.length > 0) throw new PromqlParseError(input, cursor.diagnostics);
  const { expr: checked, diagnostics } = check(expr);
  if (diagnostics.length > 0) throw new PromqlParseError(input, diagnostics);
  return checked;
}

/** Parses a series selector (`match[]` of the HTTP API). Throws PromqlParseError. */
export function parseSelector(input: string): VectorSelector {
  const cursor = createCursor(input, {});
  if (!at(cursor, '{') && !isMetricName(cursor.token.kind)) unexpected(cursor, '');
  const selector = vectorSelector(cursor);
  if (!at(cursor, 'eof')) unexpected(cursor, '');
  if (cursor.diagnostics.length > 0) throw new PromqlParseError(input, cursor.diagnostics);
  return selector;
}

const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '</': 3,
  '>/': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
};

function expression(cursor: Cursor, minimum: number): Expr {
  return nested(cursor, () => {
    let left = unary(cursor);
    for (;;) {
      const operator = cursor.token;
      if (!isBinaryOperator(operator.kind)) return left;
      const precedence = PRECEDENCE[operator.kind];
      if (precedence < minimum) return left;
      advance(cursor);
      left = binary(cursor, left, operator.kind, operator, precedence);
    }
  });
}

function binary(
  cursor: Cursor,
  left: Expr,
  operator: BinaryOperator,
  range: { start: number; end: number },
  precedence: number,
): BinaryExpr {
  const { returnBool, matching } = binaryModifiers(cursor);
  const operatorEnd = cursor.lastEnd;
  const right = expression(cursor, operator === '^' ? precedence : precedence + 1);
  const whole = mergeRanges(left.range, right.range);
  if (cursor.options.fillModifiers !== true && (matching.fillLeft !== undefined || matching.fillRight !== undefined)) {
    complain(cursor, whole, 'binop fill modifiers are experimental and not enabled');
  }
  return {
    kind: 'binary',
    operator,
    left,
    right,
    returnBool,
    matching,
    operatorRange: { start: range.start, end: operatorEnd },
    range: whole,
  };
}

function unary(cursor: Cursor): Expr {
  if (!at(cursor, '+') && !at(cursor, '-')) return postfix(cursor, primary(cursor));
  const sign = advance(cursor);
  const operand = expression(cursor, PRECEDENCE['^']);
  const range = { start: sign.start, end: operand.range.end };
  if (operand.kind === 'number')
    return { ...operand, value: sign.kind === '-' ? -operand.value : operand.value, range };
  return { kind: 'unary', operator: sign.kind === '-' ? '-' : '+', expr: operand, range };
}

function primary(cursor: Cursor): Expr {
  const { token } = cursor;
  switch (token.kind) {
    case 'number':
    case 'duration':
      return numberLiteral(cursor);
    case 'string': {
      advance(cursor);
      return { kind: 'string', value: unquote(token.text), range: { start: token.start, end: token.end } };
    }
    case '(': {
      advance(cursor);
      const expr = expression(cursor, 0);
      const close = expect(cursor, ')');
      return { kind: 'paren', expr, range: { start: token.start, end: close.end } };
    }
    case '{':
      return vectorSelector(cursor);
  }
  if (!isMetricName(token.kind)) return unexpected(cursor);
  const next = peekKind(cursor);
  if (isAggregateOperator(token.kind) && (next === '(' || next === 'by' || next === 'without'))
    return aggregate(cursor);
  const callable =
    token.kind === 'identifier' || ['start', 'end', 'step', 'range', 'max_of', 'min_of'].includes(token.kind);
  return callable && next === '(' ? call(cursor) : vectorSelector(cursor);
}

/** The kind of the token after the current one, without taking either. */
function peekKind(cursor: Cursor): TokenKind {
  const lexer = { ...cursor.lexer };
  const { token, lastEnd } = cursor;
  advance(cursor);
  const { kind } = cursor.token;
  Object.assign(cursor.lexer, lexer);
  cursor.token = token;
  cursor.lastEnd = lastEnd;
  return kind;
}

function call(cursor: Cursor): Expr {
  const name = advance(cursor);
  const func = FUNCTIONS.get(name.text);
  const args = callArguments(cursor);
  if (func === undefined) complain(cursor, name, `unknown function with name ${quoted(name.text)}`);
  else if (func.experimental && cursor.options.experimentalFunctions !== true)
    complain(cursor, name, `function ${quoted(name.text)} is not enabled`);
  const known = func ?? { name: name.text, args: [], variadic: -1, returns: 'none', experimental: false };
  return { kind: 'call', func: known, args, range: { start: name.start, end: cursor.lastEnd } };
}

function callArguments(cursor: Cursor): readonly Expr[] {
  expect(cursor, '(');
  const args: Expr[] = [];
  if (accept(cursor, ')') !== undefined) return args;
  for (;;) {
    args.push(expression(cursor, 0));
    const comma = accept(cursor, ',');
    if (comma === undefined) {
      expect(cursor, ')');
      return args;
    }
    if (at(cursor, ')')) {
      complain(cursor, comma, 'trailing commas not allowed in function call args');
      advance(cursor);
      return args;
    }
  }
}

function aggregate(cursor: Cursor): AggregateExpr {
  const token = advance(cursor);
  if (!isAggregateOperator(token.kind)) return unexpected(cursor);
  const operator = token.kind;
  const { args, grouping, without } = within(cursor, 'aggregation', '', () => {
    const before = groupingClause(cursor);
    const list = callArguments(cursor);
    const clause = before ?? groupingClause(cursor);
    return { args: list, grouping: clause?.labels ?? [], without: clause?.without ?? false };
  });
  const range = { start: token.start, end: cursor.lastEnd };
  const wanted = hasParameter(operator) ? 2 : 1;
  if (args.length === 0) complain(cursor, range, 'no arguments for aggregate expression provided');
  else if ((operator === 'limitk' || operator === 'limit_ratio') && cursor.options.experimentalFunctions !== true) {
    complain(
      cursor,
      range,
      `${operator}() is experimental and must be enabled with --enable-feature=promql-experimental-functions`,
    );
  } else if (args.length !== wanted) {
    complain(
      cursor,
      range,
      `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
    );
  }
  const expr = args[wanted - 1] ?? { kind: 'number', value: 0, duration: false, range };
  const param = wanted === 2 ? args[0] : undefined;
  return { kind: 'aggregate', operator, expr, ...(param === undefined ? {} : { param }), grouping, without, range };
}

function groupingClause(cursor: Cursor): { readonly labels: readonly string[]; readonly without: boolean } | undefined {
  const word = accept(cursor, 'by') ?? accept(cursor, 'without');
  return word === undefined ? undefined : { labels: groupingLabels(cursor), without: word.kind === 'without' };
}
