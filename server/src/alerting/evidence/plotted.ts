import { type Expr, isComparison, PromqlParseError, parse, print, unwrapParens } from '@trilith/lang/promql';

/** What of a rule's expression is worth a line, and what it is held against. */
export interface Plotted {
  readonly expr: string;
  readonly threshold: number | undefined;
}

/**
 * The left side of the first comparison with a number (`rate(x[5m]) > 0.05` gives the rate and 0.05), so that the line is
 * there before the rule is true; the whole expression where there is none. Undefined for what is no PromQL.
 */
export function plottedOf(expression: string): Plotted | undefined {
  let tree: Expr;
  try {
    tree = parse(expression);
  } catch (error) {
    if (!(error instanceof PromqlParseError)) throw error;
    return undefined;
  }
  return compared(tree) ?? { expr: expression, threshold: undefined };
}

function compared(expr: Expr): Plotted | undefined {
  const inner = unwrapParens(expr);
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
  if (inner.kind !== 'unary' || inner.operator !== '-') return undefined;
  const value = numberOf(inner.expr);
  return value === undefined ? undefined : -value;
}
