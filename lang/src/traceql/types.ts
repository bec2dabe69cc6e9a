import type { FieldExpr, FieldOperator, Intrinsic } from './ast.ts';

/** What a field expression is known to be; an attribute is known only with the span, `any`. */
export type FieldType = 'any' | 'bool' | 'string' | 'int' | 'float' | 'duration' | 'status' | 'kind';

const INTRINSIC_TYPES: Partial<Readonly<Record<Intrinsic, FieldType>>> = {
  duration: 'duration',
  traceDuration: 'duration',
  'event:timeSinceStart': 'duration',
  childCount: 'int',
  nestedSetLeft: 'int',
  nestedSetRight: 'int',
  nestedSetParent: 'int',
  status: 'status',
  kind: 'kind',
};

export function isNumeric(type: FieldType): boolean {
  return type === 'int' || type === 'float' || type === 'duration';
}

/** The type of an expression's values. */
export function fieldType(expr: FieldExpr): FieldType {
  switch (expr.kind) {
    case 'static':
      return expr.static.type;
    case 'attribute':
      return 'any';
    case 'intrinsic':
      return INTRINSIC_TYPES[expr.name] ?? 'string';
    case 'unary':
      return expr.operator === '!' ? 'bool' : fieldType(expr.operand);
    case 'exists':
      return 'bool';
    case 'binary': {
      if (!ARITHMETIC.has(expr.operator)) return 'bool';
      const left = fieldType(expr.left);
      return left === 'any' ? fieldType(expr.right) : left;
    }
  }
}

const ARITHMETIC: ReadonlySet<FieldOperator> = new Set(['+', '-', '*', '/', '%', '^']);
const LOGICAL: ReadonlySet<FieldOperator> = new Set(['&&', '||']);
const EQUALITY: ReadonlySet<FieldOperator> = new Set(['=', '!=']);
const ORDER: ReadonlySet<FieldOperator> = new Set(['>', '>=', '<', '<=']);
const REGEX: ReadonlySet<FieldOperator> = new Set(['=~', '!~']);

/** Whether an operator takes operands of a type. */
export function takes(operator: FieldOperator, type: FieldType): boolean {
  switch (type) {
    case 'any':
      return true;
    case 'bool':
      return LOGICAL.has(operator) || EQUALITY.has(operator);
    case 'string':
      return EQUALITY.has(operator) || ORDER.has(operator) || REGEX.has(operator);
    case 'status':
    case 'kind':
      return EQUALITY.has(operator);
    default:
      return ARITHMETIC.has(operator) || EQUALITY.has(operator) || ORDER.has(operator);
  }
}
