import type { BinaryOperator, Expr, MetricExpr, VariantsExpr, VectorMatching } from './ast.ts';
import { checkBinary, checkExpr } from './check.ts';
import { accept, at, type Cursor, close, nested, peek, spanFrom, take, unexpected } from './cursor.ts';
import { tokenize } from './lexer.ts';
import { errorAt } from './parse_error.ts';
import { parseNumber } from './parse_filters.ts';
import {
  isRangeOperation,
  isVectorOperation,
  parseLabelList,
  parseLogRange,
  parseRangeAggregation,
  parseVectorAggregation,
} from './parse_metrics.ts';
import { parseSelectorWithStages } from './parse_stages.ts';

/** Loki's limit of a query's length, in characters. */
export const MAX_QUERY_LENGTH = 131_072;

export interface ParseOptions {
  /** Allow selectors that could match every stream (`{}`), which Loki refuses. */
  readonly allowAnySelector?: boolean;
}

/**
 * Reads a LogQL query, log or metric, and checks it.
 * @throws LogqlParseError worded and placed as Loki does
 */
export function parse(input: string, options: ParseOptions = {}): Expr {
  if (input.length > MAX_QUERY_LENGTH) {
    throw errorAt(input, `input size too long (${input.length} > ${MAX_QUERY_LENGTH})`, 0);
  }
  const cursor: Cursor = { input, tokens: tokenize(input), next: 0, depth: 0 };
  const expr = parseExpr(cursor);
  // `| unwrap` belongs into a range: Loki complains about the word.
  if (at(cursor, '|')) cursor.next++;
  if (!at(cursor, 'EOF')) throw unexpected(cursor);
  checkExpr(expr, options.allowAnySelector ?? false);
  return expr;
}

const BINARY: Readonly<Record<string, { readonly level: number; readonly right?: boolean }>> = {
  or: { level: 1 },
  and: { level: 2 },
  unless: { level: 2 },
  '==': { level: 3 },
  '!=': { level: 3 },
  '<': { level: 3 },
  '<=': { level: 3 },
  '>': { level: 3 },
  '>=': { level: 3 },
  '+': { level: 4 },
  '-': { level: 4 },
  '*': { level: 5 },
  '/': { level: 5 },
  '%': { level: 5 },
  '^': { level: 6, right: true },
};

function parseExpr(cursor: Cursor, level = 1): Expr {
  return nested(cursor, () => {
    const start = peek(cursor).start;
    let left = parsePrimary(cursor);
    for (;;) {
      const kind = peek(cursor).kind;
      const operator = Object.hasOwn(BINARY, kind) ? BINARY[kind] : undefined;
      if (operator === undefined || operator.level < level) return left;
      cursor.next++;
      const { bool, matching } = parseModifier(cursor);
      const right = parseExpr(cursor, operator.right === true ? operator.level : operator.level + 1);
      left = checkBinary({
        operator: kind as BinaryOperator,
        bool,
        matching,
        left,
        right,
        span: spanFrom(cursor, start),
      });
    }
  });
}

function parsePrimary(cursor: Cursor): Expr {
  const token = peek(cursor);
  if (token.kind === '{') return parseSelectorWithStages(cursor);
  if (token.kind === '(') {
    cursor.next++;
    const inner = parseExpr(cursor);
    close(cursor);
    return inner;
  }
  if (isRangeOperation(token.kind)) return parseRangeAggregation(cursor);
  if (isVectorOperation(token.kind)) return parseVectorAggregation(cursor, parseMetric);
  if (token.kind === 'label_replace') return parseLabelReplace(cursor);
  if (token.kind === 'vector') return parseVector(cursor);
  if (token.kind === 'variants') return parseVariants(cursor);
  if (!at(cursor, 'NUMBER', '+', '-')) throw unexpected(cursor);
  const value = parseNumber(cursor);
  return { kind: 'literal', value, span: spanFrom(cursor, token.start) };
}

function parseMetric(cursor: Cursor): MetricExpr {
  const expr = parseExpr(cursor);
  if (expr.kind !== 'log' && expr.kind !== 'variants') return expr;
  // A log selector where a metric belongs: the place where the missing range or function would stand.
  throw unexpected(cursor);
}

function parseVector(cursor: Cursor): MetricExpr {
  const start = take(cursor, 'vector').start;
  take(cursor, '(');
  const value = parseNumberOnly(cursor);
  take(cursor, ')');
  return { kind: 'vector', value, span: spanFrom(cursor, start) };
}

function parseNumberOnly(cursor: Cursor): number {
  if (!at(cursor, 'NUMBER')) throw unexpected(cursor, ['NUMBER']);
  return parseNumber(cursor);
}

function parseLabelReplace(cursor: Cursor): MetricExpr {
  const start = take(cursor, 'label_replace').start;
  take(cursor, '(');
  const inner = parseMetric(cursor);
  const texts = [0, 1, 2, 3].map(() => {
    take(cursor, ',');
    return take(cursor, 'STRING').string;
  });
  take(cursor, ')');
  const [target = '', replacement = '', source = '', pattern = ''] = texts;
  return { kind: 'label_replace', inner, target, replacement, source, pattern, span: spanFrom(cursor, start) };
}

function parseVariants(cursor: Cursor): VariantsExpr {
  const start = take(cursor, 'variants').start;
  take(cursor, '(');
  const variants: MetricExpr[] = [];
  do variants.push(parseMetric(cursor));
  while (accept(cursor, ','));
  take(cursor, ')');
  take(cursor, 'of');
  take(cursor, '(');
  const of = parseLogRange(cursor);
  take(cursor, ')');
  return { kind: 'variants', variants, of, span: spanFrom(cursor, start) };
}

/** `[bool] [on|ignoring (…) [group_left|group_right [(…)]]]` behind a binary operator. */
function parseModifier(cursor: Cursor): { bool: boolean; matching: VectorMatching } {
  const bool = accept(cursor, 'bool');
  if (!at(cursor, 'on', 'ignoring')) {
    if (at(cursor, 'group_left', 'group_right')) throw unexpected(cursor);
    return { bool, matching: { cardinality: 'one-to-one', on: false, labels: [], include: [] } };
  }
  const on = take(cursor, 'on', 'ignoring').kind === 'on';
  const labels = parseLabelList(cursor);
  if (!at(cursor, 'group_left', 'group_right')) {
    return { bool, matching: { cardinality: 'one-to-one', on, labels, include: [] } };
  }
  const left = take(cursor, 'group_left', 'group_right').kind === 'group_left';
  const include = at(cursor, '(') && !atExpression(cursor) ? parseLabelList(cursor) : [];
  return { bool, matching: { cardinality: left ? 'many-to-one' : 'one-to-many', on, labels, include } };
}

/** Whether the `(` after group_left opens the right-hand side rather than a list of labels. */
function atExpression(cursor: Cursor): boolean {
  const after = peek(cursor, 1).kind;
  return after !== ')' && after !== 'IDENTIFIER';
}
