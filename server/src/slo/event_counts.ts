import {
  type BinaryExpr,
  type Call,
  type Expr,
  isComparison,
  PromqlParseError,
  parse,
  typeOf,
  formatDuration as windowText,
} from '@trilith/lang/promql';
import { atWindow } from './expression.ts';

/**
 * An indicator's expression as the number of events in a window of so many ms. What is written as events per second
 * (`rate`), as most objectives are since only the ratio matters to alerts, is multiplied by the seconds of the window: that is
 * how Prometheus defines `increase`, and thresholds inside the expression keep their meaning. An expression that is no PromQL
 * stays as it is: whoever is asked for it says what is wrong. Throws ObjectiveError as `atWindow` does.
 */
export function countsAtWindow(template: string, windowMs: number): string {
  const expr = atWindow(template, windowText(windowMs));
  return isPerSecond(expr) ? `(${expr}) * ${windowMs / 1000}` : expr;
}

function isPerSecond(expr: string): boolean {
  try {
    return powerOf(parse(expr)) === 1;
  } catch (error) {
    if (error instanceof PromqlParseError) return false;
    throw error;
  }
}

const RATES = new Set(['rate', 'irate', 'deriv']);
/** Functions whose value is of the unit of what they are given; of all others it is taken for none per second. */
const SAME_UNIT = new Set([
  ...['abs', 'ceil', 'clamp', 'clamp_max', 'clamp_min', 'floor', 'round', 'scalar', 'vector'],
  ...['histogram_count', 'histogram_sum', 'label_join', 'label_replace', 'sort', 'sort_desc'],
  ...['avg_over_time', 'first_over_time', 'last_over_time', 'max_over_time', 'min_over_time', 'quantile_over_time'],
]);
/** Aggregations that count series instead of joining their values. */
const COUNT_SERIES = new Set(['count', 'count_values', 'group']);

/** Of which power of "per second" the values of an expression are: 1 for `rate(…)`, 0 for `increase(…)` or a ratio. */
function powerOf(expr: Expr): number {
  switch (expr.kind) {
    case 'paren':
    case 'unary':
    case 'subquery':
      return powerOf(expr.expr);
    case 'aggregate':
      return COUNT_SERIES.has(expr.operator) ? 0 : powerOf(expr.expr);
    case 'call':
      return powerOfCall(expr);
    case 'binary':
      return powerOfBinary(expr);
    default:
      return 0;
  }
}

function powerOfCall({ func, args }: Call): number {
  const given = Math.max(0, ...args.map(powerOf));
  if (RATES.has(func.name)) return given + 1;
  return SAME_UNIT.has(func.name) ? given : 0;
}

function powerOfBinary({ operator, left, right, returnBool }: BinaryExpr): number {
  if (isComparison(operator)) return returnBool ? 0 : powerOf(typeOf(left) === 'scalar' ? right : left);
  switch (operator) {
    case '*':
      return powerOf(left) + powerOf(right);
    case '/':
      return powerOf(left) - powerOf(right);
    case '+':
    case '-':
    case 'or':
      // Numbers, such as those of `or vector(0)`, are of every unit.
      return Math.max(powerOf(left), powerOf(right));
    default:
      return powerOf(left);
  }
}
