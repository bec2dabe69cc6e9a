import type { Expr } from './ast.ts';
import { aggregateHead, operatorText, print, subquerySuffix } from './print.ts';

/** Longer expressions are broken up; upstream's bound, in bytes (promql/parser/prettier.go). */
const MOST_BYTES = 100;
const INDENT = '  ';

const encoder = new TextEncoder();

/** The query as upstream formats it for people: expressions of more than 100 bytes over several lines. */
export function printPretty(expr: Expr): string {
  return pretty(expr, 0);
}

function pretty(expr: Expr, level: number): string {
  const indent = INDENT.repeat(level);
  const line = print(expr);
  const short = encoder.encode(line).length <= MOST_BYTES;
  switch (expr.kind) {
    case 'unary':
      return `${indent}${expr.operator}${pretty(expr.expr, level).trim()}`;
    case 'subquery':
      // Upstream leaves the indent out where nothing is broken up.
      return short ? line : `${pretty(expr.expr, level)}${subquerySuffix(expr)}`;
    case 'aggregate': {
      if (short) return indent + line;
      const param = expr.param === undefined ? '' : `${pretty(expr.param, level + 1)},\n`;
      return `${indent}${aggregateHead(expr)}(\n${param}${pretty(expr.expr, level + 1)}\n${indent})`;
    }
    case 'binary':
      if (short) return indent + line;
      return `${pretty(expr.left, level + 1)}\n${indent}${operatorText(expr)}\n${pretty(expr.right, level + 1)}`;
    case 'call':
      if (short) return indent + line;
      return `${indent}${expr.func.name}(\n${expr.args.map((arg) => pretty(arg, level + 1)).join(',\n')}\n${indent})`;
    case 'paren':
      return short ? indent + line : `${indent}(\n${pretty(expr.expr, level + 1)}\n${indent})`;
    default:
      return indent + line;
  }
}
