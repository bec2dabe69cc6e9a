import { LogqlParseError, type MetricExpr, parse as parseLogql, print as printLogql } from './logql/index.ts';
import { type Expr, isComparison, PromqlParseError, parse, print, unwrapParens } from './promql/index.ts';

/** What an alert is evaluated from. */
export interface AlertExpression {
  readonly language: 'promql' | 'logql';
  /** Empty when it is not known. */
  readonly text: string;
}

/** What of a rule's expression is worth a line, and what it is held against. */
export interface Plotted {
  readonly language: AlertExpression['language'];
  readonly expr: string;
  readonly threshold: number | undefined;
}

/** The expression in the link of an alert's origin: Prometheus' `/graph?g0.expr=…`, or one of our screens with `q`. */
export function expressionIn(generatorUrl: string): AlertExpression {
  const [path = '', query = ''] = generatorUrl.split('?', 2);
  const parameters = new URLSearchParams(query);
  if (path.endsWith('/explore/logs')) return { language: 'logql', text: parameters.get('q') ?? '' };
  const name = path.endsWith('/explore/metrics') ? 'q' : 'g0.expr';
  return { language: 'promql', text: parameters.get(name) ?? '' };
}

/**
 * The left side of the first comparison with a number (`rate(x[5m]) > 0.05` gives the rate and 0.05), so that the line is
 * there before the rule is true; the whole expression where there is none. Undefined for what gives no series.
 */
export function plottedOf({ language, text }: AlertExpression): Plotted | undefined {
  if (text === '') return undefined;
  try {
    const found = language === 'promql' ? compared(parse(text)) : comparedInLogs(text);
    return found === 'none' ? undefined : { language, ...(found ?? { expr: text, threshold: undefined }) };
  } catch (error) {
    if (!(error instanceof PromqlParseError || error instanceof LogqlParseError)) throw error;
    return undefined;
  }
}

type Compared = Omit<Plotted, 'language'>;

function compared(expr: Expr): Compared | undefined {
  const inner = unwrapParens(expr);
  // Alerts on burn rates: `max without (window) (ratio > (14.4 * 0.001))`.
  if (inner.kind === 'aggregate' && (inner.operator === 'max' || inner.operator === 'min')) return compared(inner.expr);
  if (inner.kind !== 'binary') return undefined;
  const { operator, left, right } = inner;
  if (!isComparison(operator)) {
    return operator === 'and' || operator === 'or' || operator === 'unless'
      ? (compared(left) ?? compared(right))
      : undefined;
  }
  const [limit, mirrored] = [numberOf(right), numberOf(left)];
  if (limit !== undefined) return { expr: print(left), threshold: limit };
  return mirrored === undefined ? undefined : { expr: print(right), threshold: mirrored };
}

function numberOf(expr: Expr): number | undefined {
  const inner = unwrapParens(expr);
  if (inner.kind === 'number') return inner.value;
  if (inner.kind === 'binary') {
    const [left, right] = [numberOf(inner.left), numberOf(inner.right)];
    return inner.operator === '*' && left !== undefined && right !== undefined ? left * right : undefined;
  }
  if (inner.kind !== 'unary' || inner.operator !== '-') return undefined;
  const value = numberOf(inner.expr);
  return value === undefined ? undefined : -value;
}

const LOG_COMPARISONS: ReadonlySet<string> = new Set(['>', '>=', '<', '<=', '==', '!=']);

/** `none`: the query gives lines, not series. */
function comparedInLogs(text: string): Compared | undefined | 'none' {
  const tree = parseLogql(text);
  if (tree.kind === 'log' || tree.kind === 'variants') return 'none';
  return comparedMetric(tree);
}

function comparedMetric(expr: MetricExpr): Compared | undefined {
  if (expr.kind !== 'binary') return undefined;
  const { operator, left, right } = expr;
  if (!LOG_COMPARISONS.has(operator)) {
    return operator === 'and' || operator === 'or' || operator === 'unless'
      ? (comparedMetric(left) ?? comparedMetric(right))
      : undefined;
  }
  if (right.kind === 'literal') return { expr: printLogql(left), threshold: right.value };
  return left.kind === 'literal' ? { expr: printLogql(right), threshold: left.value } : undefined;
}
