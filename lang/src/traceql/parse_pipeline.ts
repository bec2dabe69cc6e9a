import type {
  ArithmeticOperator,
  CompareOperator,
  MetricsExpr,
  MetricsOperator,
  NumberStatic,
  PipelineStage,
  ScalarExpr,
  ScalarFilter,
  SpansetExpr,
  SpansetOperator,
} from './ast.ts';
import { type Cursor, expect, nested, peek, spanFrom, unexpected } from './cursor.ts';
import { errorAt } from './errors.ts';
import { beginsMetrics, parseMetricsAggregate, parseSeriesStages } from './parse_metrics.ts';
import { foldConstants, parseAggregate, parseConstant } from './parse_scalar.ts';
import { parseFilter, parseStageFunction } from './parse_spanset.ts';

/**
 * What an expression between pipes turned out to be. Operators join what goes together: spansets with spansets, numbers
 * with numbers, series with series and numbers.
 */
export type Parsed =
  | { readonly is: 'spanset'; readonly expr: SpansetExpr }
  /** Stages without parentheses around them: `by(…)`, or several with pipes between. */
  | { readonly is: 'stages'; readonly stages: readonly PipelineStage[] }
  | { readonly is: 'comparison'; readonly expr: ScalarFilter }
  | { readonly is: 'constant'; readonly expr: ScalarExpr & { readonly kind: 'constant' } }
  | { readonly is: 'scalar'; readonly expr: ScalarExpr }
  /** `(… | count())`, which is joined with its like only. */
  | { readonly is: 'aggregated'; readonly expr: ScalarExpr }
  | { readonly is: 'metrics'; readonly expr: MetricsExpr };

const LEVELS: Readonly<Record<string, number>> = {
  '&&': 1,
  '||': 1,
  ...Object.fromEntries(
    ['>>', '<<', '>', '<', '~', '!>>', '!<<', '!>', '!<', '!~', '&>>', '&<<', '&>', '&<', '&~'].map((o) => [o, 2]),
  ),
  '=': 2,
  '!=': 2,
  '>=': 2,
  '<=': 2,
  '+': 3,
  '-': 3,
  '*': 4,
  '/': 4,
  '%': 4,
  '^': 5,
};
const COMPARISONS: ReadonlySet<string> = new Set(['=', '!=', '>', '>=', '<', '<=']);
const ARITHMETIC: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '^']);
const SERIES_ARITHMETIC: ReadonlySet<string> = new Set(['+', '-', '*', '/']);

/** Reads an expression and what is piped behind it, up to a closing parenthesis, a hint or the end. @throws TraceqlParseError */
export function parsePipeline(cursor: Cursor, inParentheses: boolean): Parsed {
  return nested(cursor, () => {
    const { start } = peek(cursor);
    if (peek(cursor).kind === 'coalesce') throw unexpected(cursor);
    const own = parseStageFunction(cursor);
    const first: Parsed = own === undefined ? parseExpression(cursor, 1) : { is: 'stages', stages: [own] };
    if (first.is === 'metrics' || peek(cursor).kind !== '|') return first;
    const stages = [...stagesOf(cursor, first)];
    while (peek(cursor).kind === '|') {
      if (beginsMetrics(cursor, 1)) {
        cursor.next++;
        const aggregate = parseMetricsAggregate(cursor);
        const seriesStages = parseSeriesStages(cursor, parseNumber);
        return {
          is: 'metrics',
          expr: { kind: 'aggregate', stages, aggregate, seriesStages, span: spanFrom(cursor, start) },
        };
      }
      cursor.next++;
      const stage = parseStageFunction(cursor);
      if (stage !== undefined) {
        stages.push(stage);
        continue;
      }
      const next = parseExpression(cursor, 1);
      if (inParentheses && next.is === 'scalar' && next.expr.kind === 'aggregate' && peek(cursor).kind === ')') {
        const span = spanFrom(cursor, start);
        return { is: 'aggregated', expr: { kind: 'aggregated', stages, aggregate: next.expr, span } };
      }
      stages.push(...stagesOf(cursor, next));
    }
    return { is: 'stages', stages };
  });
}

/** An expression as stages of a pipeline. @throws TraceqlParseError where it selects nothing: a bare number, say */
export function stagesOf(cursor: Cursor, parsed: Parsed): readonly PipelineStage[] {
  switch (parsed.is) {
    case 'spanset':
    case 'comparison':
      return [parsed.expr];
    case 'stages':
      return parsed.stages;
    default:
      throw unexpected(cursor);
  }
}

function parseExpression(cursor: Cursor, level: number): Parsed {
  return nested(cursor, () => {
    let left = parseOperand(cursor);
    for (;;) {
      const { kind } = peek(cursor);
      const own = Object.hasOwn(LEVELS, kind) ? (LEVELS[kind] ?? 0) : 0;
      if (own === 0 || own < level) return left;
      // A comparison of series is a step behind them, not an operator between expressions.
      if (left.is === 'metrics' && COMPARISONS.has(kind)) return left;
      const at = cursor.next++;
      const right = parseExpression(cursor, kind === '^' ? own : own + 1);
      const joined = join(cursor, kind, left, right);
      if (joined === undefined) {
        cursor.next = at;
        throw unexpected(cursor);
      }
      left = joined;
    }
  });
}

function parseOperand(cursor: Cursor): Parsed {
  const token = peek(cursor);
  if (token.kind === '(') {
    cursor.next++;
    const inner = parsePipeline(cursor, true);
    expect(cursor, ')');
    return inner.is === 'stages'
      ? { is: 'spanset', expr: { kind: 'pipeline', stages: inner.stages, span: spanFrom(cursor, token.start) } }
      : inner;
  }
  if (token.kind === '{') return { is: 'spanset', expr: parseFilter(cursor) };
  const aggregate = parseAggregate(cursor);
  if (aggregate !== undefined) return { is: 'scalar', expr: aggregate };
  const constant = parseConstant(cursor);
  if (constant !== undefined) return { is: 'constant', expr: constant };
  throw unexpected(cursor);
}

/** What an operator makes of its two sides, or undefined where it does not go between them. */
function join(cursor: Cursor, operator: string, left: Parsed, right: Parsed): Parsed | undefined {
  const span = spanFrom(cursor, spanOf(left)?.start ?? 0);
  if (left.is === 'spanset' && right.is === 'spanset') {
    if (ARITHMETIC.has(operator) || ['=', '!=', '>=', '<='].includes(operator)) return undefined;
    return {
      is: 'spanset',
      expr: { kind: 'combine', operator: operator as SpansetOperator, left: left.expr, right: right.expr, span },
    };
  }
  if (left.is === 'constant' && right.is === 'constant') {
    if (!ARITHMETIC.has(operator)) return undefined;
    return { is: 'constant', expr: foldConstants(cursor, operator as ArithmeticOperator, left.expr, right.expr) };
  }
  if (left.is === 'metrics' || right.is === 'metrics') return joinSeries(cursor, operator, left, right);
  const kind = numbersKind(left, right, COMPARISONS.has(operator));
  if (kind === undefined || !isNumber(left) || !isNumber(right)) return undefined;
  const sides = { left: left.expr, right: right.expr, span };
  if (COMPARISONS.has(operator))
    return { is: 'comparison', expr: { kind: 'compare', operator: operator as CompareOperator, ...sides } };
  if (!ARITHMETIC.has(operator)) return undefined;
  return { is: kind, expr: { kind: 'arithmetic', operator: operator as ArithmeticOperator, ...sides } };
}

type ParsedNumber = Parsed & { readonly is: 'scalar' | 'constant' | 'aggregated' };

function isNumber(parsed: Parsed): parsed is ParsedNumber {
  return parsed.is === 'scalar' || parsed.is === 'constant' || parsed.is === 'aggregated';
}

/** Pipelines in parentheses go with their like (and may be compared with a number on their right), other numbers with each other. */
function numbersKind(left: Parsed, right: Parsed, comparing: boolean): 'scalar' | 'aggregated' | undefined {
  if (left.is === 'aggregated' && (right.is === 'aggregated' || (comparing && right.is === 'constant')))
    return 'aggregated';
  const plain = [left, right].every(({ is }) => is === 'scalar' || is === 'constant');
  return plain ? 'scalar' : undefined;
}

function joinSeries(cursor: Cursor, operator: string, left: Parsed, right: Parsed): Parsed | undefined {
  if (!SERIES_ARITHMETIC.has(operator)) return undefined;
  const [a, b] = [left, right].map((side) => seriesOperand(cursor, side));
  if (a === undefined || b === undefined) return undefined;
  const span = spanFrom(cursor, spanOf(left)?.start ?? 0);
  return {
    is: 'metrics',
    expr: { kind: 'arithmetic', operator: operator as MetricsOperator, left: a, right: b, seriesStages: [], span },
  };
}

function seriesOperand(cursor: Cursor, side: Parsed): MetricsExpr | number | undefined {
  if (side.is === 'metrics') return side.expr;
  if (side.is !== 'constant') return undefined;
  const { static: number, span } = side.expr;
  if (number.type === 'duration')
    throw errorAt(cursor.input, 'duration cannot be used in scalar arithmetic', span.start, span.end);
  return number.value;
}

function spanOf(parsed: Parsed): { readonly start: number } | undefined {
  return parsed.is === 'stages' ? parsed.stages[0]?.span : parsed.expr.span;
}

/** Reads a number, or arithmetic on numbers. @throws TraceqlParseError */
function parseNumber(cursor: Cursor): NumberStatic {
  const { start } = peek(cursor);
  const parsed = parseExpression(cursor, 3);
  if (parsed.is !== 'constant') throw errorAt(cursor.input, 'syntax error: a number was expected', start);
  return parsed.expr.static;
}

/** Reads the steps behind series at the end of a query. @throws TraceqlParseError */
export function parseLastStages(cursor: Cursor, expr: MetricsExpr): MetricsExpr {
  const seriesStages = parseSeriesStages(cursor, parseNumber);
  return seriesStages.length === 0
    ? expr
    : { ...expr, seriesStages: [...expr.seriesStages, ...seriesStages], span: spanFrom(cursor, expr.span.start) };
}
