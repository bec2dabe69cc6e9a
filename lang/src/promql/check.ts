import {
  type AggregateExpr,
  type BinaryExpr,
  type Call,
  type Expr,
  typeOf,
  type VectorMatching,
  type VectorSelector,
} from './ast.ts';
import { compileMatcher } from './matcher.ts';
import type { Diagnostic } from './parse_error.ts';
import type { PositionRange } from './position.ts';
import { isComparison, isSetOperator, quoted } from './tokens.ts';
import type { ValueType } from './value_type.ts';

/** The words the documentation uses for a type. */
export function documentedType(type: ValueType): string {
  return type === 'vector' ? 'instant vector' : type === 'matrix' ? 'range vector' : type;
}

interface Check {
  readonly diagnostics: Diagnostic[];
}

/**
 * Checks types and the rules that go beyond grammar, in upstream's words. Returns the expression with vector matching
 * normalised (set operators are many-to-many; none where a side is a scalar).
 */
export function check(expr: Expr): { readonly expr: Expr; readonly diagnostics: readonly Diagnostic[] } {
  const state: Check = { diagnostics: [] };
  const checked = visit(state, expr);
  return { expr: checked, diagnostics: state.diagnostics };
}

function complain(state: Check, range: PositionRange, message: string): void {
  state.diagnostics.push({ range, message });
}

function visit(state: Check, expr: Expr): Expr {
  switch (expr.kind) {
    case 'aggregate':
      return aggregate(state, expr);
    case 'binary':
      return binary(state, expr);
    case 'call':
      return call(state, expr);
    case 'paren':
      return { ...expr, expr: visit(state, expr.expr) };
    case 'unary': {
      const inner = visit(state, expr.expr);
      const type = typeOf(inner);
      if (type !== 'scalar' && type !== 'vector') {
        complain(
          state,
          expr.range,
          `unary expression only allowed on expressions of type scalar or instant vector, got ${quoted(documentedType(type))}`,
        );
      }
      return { ...expr, expr: inner };
    }
    case 'subquery': {
      const inner = visit(state, expr.expr);
      if (typeOf(inner) !== 'vector')
        complain(state, expr.range, `subquery is only allowed on instant vector, got ${typeOf(inner)} instead`);
      return { ...expr, expr: inner };
    }
    case 'matrix-selector':
      selector(state, expr.selector, false);
      return expr;
    case 'vector-selector':
      selector(state, expr, false);
      return expr;
    default:
      return expr;
  }
}

function expectType(state: Check, expr: Expr, wanted: ValueType, context: string): Expr {
  const checked = visit(state, expr);
  const type = typeOf(checked);
  if (type !== wanted)
    complain(state, expr.range, `expected type ${documentedType(wanted)} in ${context}, got ${documentedType(type)}`);
  return checked;
}

function aggregate(state: Check, node: AggregateExpr): AggregateExpr {
  const expr = expectType(state, node.expr, 'vector', 'aggregation expression');
  if (node.param === undefined) return { ...node, expr };
  const param = expectType(
    state,
    node.param,
    node.operator === 'count_values' ? 'string' : 'scalar',
    'aggregation parameter',
  );
  return { ...node, expr, param };
}

function binary(state: Check, node: BinaryExpr): BinaryExpr {
  const left = visit(state, node.left);
  const right = visit(state, node.right);
  const types = [typeOf(left), typeOf(right)] as const;
  const { operator } = node;
  if (node.returnBool && !isComparison(operator))
    complain(state, node.operatorRange, 'bool modifier can only be used on comparison operators');
  if (isComparison(operator) && !node.returnBool && types[0] === 'scalar' && types[1] === 'scalar') {
    complain(state, node.operatorRange, 'comparisons between scalars must use BOOL modifier');
  }
  for (const label of node.matching?.labels ?? []) {
    if (node.matching?.on === true && node.matching.include.includes(label)) {
      complain(state, node.operatorRange, `label ${quoted(label)} must not occur in ON and GROUP clause at once`);
    }
  }
  types.forEach((type, side) => {
    if (type === 'scalar' || type === 'vector') return;
    complain(
      state,
      side === 0 ? left.range : right.range,
      'binary expression must contain only scalar and instant vector types',
    );
  });
  const matching = vectorMatching(state, node, types);
  if (isSetOperator(operator) && types.includes('scalar')) {
    complain(state, node.range, `set operator ${quoted(operator)} not allowed in binary scalar expression`);
  }
  const { matching: _, ...rest } = node;
  return { ...rest, left, right, ...(matching === undefined ? {} : { matching }) };
}

function vectorMatching(
  state: Check,
  node: BinaryExpr,
  types: readonly [ValueType, ValueType],
): VectorMatching | undefined {
  const { matching, operator } = node;
  if (matching === undefined) return undefined;
  const filled = matching.fillLeft !== undefined || matching.fillRight !== undefined;
  if (types[0] !== 'vector' || types[1] !== 'vector') {
    if (matching.labels.length > 0) complain(state, node.range, 'vector matching only allowed between instant vectors');
    if (filled) complain(state, node.range, 'filling in missing series only allowed between instant vectors');
    return undefined;
  }
  if (!isSetOperator(operator)) return matching;
  if (matching.card === 'one-to-many' || matching.card === 'many-to-one') {
    complain(state, node.range, `no grouping allowed for ${quoted(operator)} operation`);
    complain(state, node.range, 'set operations must always be many-to-many');
  }
  if (filled) complain(state, node.range, 'filling in missing series not allowed for set operators');
  return { ...matching, card: 'many-to-many' };
}

function call(state: Check, node: Call): Call {
  const { func, args } = node;
  const least = func.variadic === 0 ? func.args.length : func.args.length - 1;
  if (func.variadic === 0 && args.length !== least) {
    complain(state, node.range, `expected ${least} argument(s) in call to ${quoted(func.name)}, got ${args.length}`);
  } else if (args.length < least) {
    complain(
      state,
      node.range,
      `expected at least ${least} argument(s) in call to ${quoted(func.name)}, got ${args.length}`,
    );
  } else if (func.variadic > 0 && args.length > least + func.variadic) {
    complain(
      state,
      node.range,
      `expected at most ${least + func.variadic} argument(s) in call to ${quoted(func.name)}, got ${args.length}`,
    );
  }
  const info = func.name === 'info' ? args[1] : undefined;
  if (info !== undefined) infoSelector(state, node, info);
  const checked = args.map((arg, i) => {
    if (arg === info && arg.kind === 'vector-selector') return arg;
    const wanted = func.args[Math.min(i, func.args.length - 1)];
    if (wanted === undefined || (i >= func.args.length && func.variadic === 0)) return arg;
    const result = visit(state, arg);
    const type = typeOf(result);
    if (type !== wanted) {
      complain(
        state,
        arg.range,
        `expected type ${documentedType(wanted)} in call to function ${quoted(func.name)}, got ${documentedType(type)}`,
      );
    }
    return result;
  });
  return { ...node, args: checked };
}

function infoSelector(state: Check, node: Call, arg: Expr): void {
  if (typeOf(arg) !== 'vector') {
    complain(
      state,
      node.range,
      `expected type instant vector in call to function "info", got ${documentedType(typeOf(arg))}`,
    );
  }
  if (arg.kind !== 'vector-selector') complain(state, arg.range, 'expected label selectors only');
  else if (arg.name !== '') complain(state, arg.range, 'expected label selectors only, got vector selector instead');
}

function selector(state: Check, node: VectorSelector, allowEmpty: boolean): void {
  if (node.name !== '') {
    for (const matcher of node.matchers.slice(0, -1)) {
      if (matcher.name === '__name__') {
        complain(
          state,
          node.range,
          `metric name must not be set twice: ${quoted(node.name)} or ${quoted(matcher.value)}`,
        );
      }
    }
    return;
  }
  if (!allowEmpty && !node.matchers.some((matcher) => !compileMatcher(matcher).matches(''))) {
    complain(state, node.range, 'vector selector must contain at least one non-empty matcher');
  }
}
