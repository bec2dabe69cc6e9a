import type { FieldExpr } from './ast.ts';
import { errorAt } from './errors.ts';

/** What a field expression is known to be; `any` is an attribute. */
export type FieldType = 'any' | 'bool' | 'string' | 'number' | 'status' | 'kind' | 'nil';

const INTRINSIC_TYPES: Readonly<Record<string, FieldType>> = {
  duration: 'number',
  childCount: 'number',
  traceDuration: 'number',
  nestedSetLeft: 'number',
  nestedSetRight: 'number',
  nestedSetParent: 'number',
  'event:timeSinceStart': 'number',
  status: 'status',
  kind: 'kind',
};

const ARITHMETIC = new Set(['+', '-', '*', '/', '%', '^']);

/** The type of an expression. @throws TraceqlParseError where operand types cannot go together */
export function typeOf(expr: FieldExpr, input: string): FieldType {
  switch (expr.kind) {
    case 'static': {
      const { type } = expr.static;
      return type === 'int' || type === 'float' || type === 'duration' ? 'number' : type;
    }
    case 'attribute':
      return 'any';
    case 'intrinsic':
      return INTRINSIC_TYPES[expr.name] ?? 'string';
    case 'unary': {
      const operand = typeOf(expr.operand, input);
      const wanted = expr.operator === '!' ? 'bool' : 'number';
      if (operand !== 'any' && operand !== wanted)
        throw refuse(input, expr, `illegal operation for the given type: ${expr.operator}${operand}`);
      return wanted;
    }
    case 'binary':
      return binaryType(expr, input);
  }
}

function refuse(input: string, expr: FieldExpr, detail: string): Error {
  return errorAt(input, detail, expr.span.start, expr.span.end);
}

function binaryType(expr: Extract<FieldExpr, { kind: 'binary' }>, input: string): FieldType {
  const { operator } = expr;
  const left = typeOf(expr.left, input);
  const right = typeOf(expr.right, input);
  const both = [left, right];
  const only = (type: FieldType): boolean => both.every((t) => t === 'any' || t === type);
  const illegal = (): Error =>
    refuse(input, expr, `illegal operation for the given types: ${left} ${operator} ${right}`);
  if (operator === '&&' || operator === '||') {
    if (!only('bool')) throw illegal();
    return 'bool';
  }
  if (ARITHMETIC.has(operator)) {
    if (!only('number')) throw illegal();
    return 'number';
  }
  if (operator === '=~' || operator === '!~') {
    if (!only('string')) throw illegal();
    return 'bool';
  }
  if (both.includes('nil')) {
    if (operator !== '=' && operator !== '!=') throw illegal();
    for (const side of [expr.left, expr.right]) {
      if (side.kind === 'intrinsic' && side.name === 'status') throw refuse(input, expr, 'intrinsics cannot be nil');
      if (side.kind === 'attribute' && side.scope === 'resource' && side.name === 'service.name') {
        throw refuse(input, expr, 'resource.service.name cannot be nil');
      }
    }
    return 'bool';
  }
  if (left !== 'any' && right !== 'any' && left !== right) throw illegal();
  const ordered = operator !== '=' && operator !== '!=';
  if (ordered && both.some((t) => t === 'status' || t === 'kind' || t === 'bool')) throw illegal();
  return 'bool';
}
