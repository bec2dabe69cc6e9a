import type { BinaryOperator } from '@trilith/lang/promql';
import { power } from '../functions/math.ts';

/** The number two numbers make. Comparisons make 1 or 0. */
export function scalarOperation(operator: BinaryOperator): (left: number, right: number) => number {
  switch (operator) {
    case '+':
      return (a, b) => a + b;
    case '-':
      return (a, b) => a - b;
    case '*':
      return (a, b) => a * b;
    case '/':
      return (a, b) => a / b;
    case '%':
      return (a, b) => a % b;
    case '^':
      return power;
    case 'atan2':
      return Math.atan2;
    default: {
      const keeps = comparison(operator);
      return (a, b) => (keeps(a, b) ? 1 : 0);
    }
  }
}

/** Whether a comparison holds. */
export function comparison(operator: BinaryOperator): (left: number, right: number) => boolean {
  switch (operator) {
    case '==':
      return (a, b) => a === b;
    case '!=':
      return (a, b) => a !== b;
    case '<':
      return (a, b) => a < b;
    case '<=':
      return (a, b) => a <= b;
    case '>':
      return (a, b) => a > b;
    case '>=':
      return (a, b) => a >= b;
    default:
      throw new Error(`${operator} does not compare`);
  }
}
