import type { CompareOperator, FieldExpr } from '@trilith/lang/traceql';
import { RE2JS } from 're2js';
import { type FieldReader, type FieldValue, fieldReader, type Scalar } from './trace_fields.ts';

type Binary = Extract<FieldExpr, { kind: 'binary' }>;

/**
 * Compiles an expression over the fields of one span. Comparisons hold between values of one kind only; nothing compares
 * with what a span has not. A field with several values is what is asked when one of them is; `!=` and `!~` ask it of all.
 */
export function compileField(expr: FieldExpr): FieldReader {
  switch (expr.kind) {
    case 'static': {
      const { type, value } = expr.static;
      return { read: () => value, isInteger: () => type === 'int' };
    }
    case 'attribute':
    case 'intrinsic':
      return fieldReader(expr);
    case 'unary': {
      const operand = compileField(expr.operand);
      if (expr.operator === '!') return truth((trace, span) => operand.read(trace, span) === false);
      return {
        read: (trace, span) => {
          const value = operand.read(trace, span);
          return typeof value === 'number' ? -value : undefined;
        },
        isInteger: operand.isInteger,
      };
    }
    case 'exists': {
      const operand = compileField(expr.operand);
      return truth((trace, span) => (operand.read(trace, span) !== undefined) === expr.exists);
    }
    case 'binary':
      return compileBinary(expr);
  }
}

function truth(holds: (...at: Parameters<FieldReader['read']>) => boolean): FieldReader {
  return { read: holds, isInteger: () => false };
}

function compileBinary(expr: Binary): FieldReader {
  const { operator } = expr;
  const left = compileField(expr.left);
  const right = compileField(expr.right);
  switch (operator) {
    case '&&':
      return truth((trace, span) => left.read(trace, span) === true && right.read(trace, span) === true);
    case '||':
      return truth((trace, span) => left.read(trace, span) === true || right.read(trace, span) === true);
    case '=~':
    case '!~': {
      const test = patternTest(expr);
      return truth((trace, span) => holdsOf(left.read(trace, span), operator === '!~', test));
    }
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '^':
      return compileArithmetic(operator, left, right);
    default: {
      // A status or a kind equals only its like: a string attribute of the same letters is something else.
      if (isWord(expr.left) !== isWord(expr.right)) return truth(() => false);
      return truth((trace, span) => {
        const a = left.read(trace, span);
        const b = right.read(trace, span);
        if (isSeveral(b)) return !isSeveral(a) && holdsOf(b, operator === '!=', (value) => holds(a, operator, value));
        return holdsOf(a, operator === '!=', (value) => holds(value, operator, b));
      });
    }
  }
}

function isWord(expr: FieldExpr): boolean {
  if (expr.kind === 'static') return expr.static.type === 'status' || expr.static.type === 'kind';
  return expr.kind === 'intrinsic' && (expr.name === 'status' || expr.name === 'kind');
}

function isSeveral(value: FieldValue): value is readonly Scalar[] {
  return Array.isArray(value);
}

function holdsOf(value: FieldValue, ofAll: boolean, test: (value: Scalar) => boolean): boolean {
  if (value === undefined) return false;
  if (!isSeveral(value)) return test(value);
  return ofAll ? value.every(test) : value.some(test);
}

function holds(a: FieldValue, operator: CompareOperator, b: FieldValue): boolean {
  if (typeof a === 'number' && typeof b === 'number') return compareScalars(a, operator, b);
  if (typeof a === 'string' && typeof b === 'string') return compareScalars(a, operator, b);
  if (typeof a !== 'boolean' || typeof b !== 'boolean') return false;
  return operator === '=' ? a === b : operator === '!=' && a !== b;
}

/** Compares two numbers or two strings. */
export function compareScalars<T extends string | number>(a: T, operator: CompareOperator, b: T): boolean {
  switch (operator) {
    case '=':
      return a === b;
    case '!=':
      return a !== b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
  }
}

/** Patterns are RE2, match the whole value, and were checked when the query was read. */
function patternTest(expr: Binary): (value: Scalar) => boolean {
  const text = expr.right.kind === 'static' && expr.right.static.type === 'string' ? expr.right.static.value : '';
  const pattern = RE2JS.compile(text, RE2JS.DOTALL);
  const wanted = expr.operator === '=~';
  return (value) => typeof value === 'string' && pattern.testExact(value) === wanted;
}

function compileArithmetic(
  operator: '+' | '-' | '*' | '/' | '%' | '^',
  left: FieldReader,
  right: FieldReader,
): FieldReader {
  const bothIntegers: FieldReader['isInteger'] = (trace, span) =>
    left.isInteger(trace, span) && right.isInteger(trace, span);
  return {
    read: (trace, span) => {
      const a = left.read(trace, span);
      const b = right.read(trace, span);
      if (typeof a !== 'number' || typeof b !== 'number') return undefined;
      switch (operator) {
        case '+':
          return a + b;
        case '-':
          return a - b;
        case '*':
          return a * b;
        case '/':
          if (!bothIntegers(trace, span)) return a / b;
          return b === 0 ? undefined : Math.trunc(a / b);
        case '%':
          return b === 0 && bothIntegers(trace, span) ? undefined : a % b;
        case '^':
          return a ** b;
      }
    },
    isInteger: bothIntegers,
  };
}
