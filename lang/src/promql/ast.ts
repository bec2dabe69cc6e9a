import type { FunctionSignature } from './functions.ts';
import type { PositionRange } from './position.ts';
import type { AggregateOperator, BinaryOperator } from './tokens.ts';
import type { ValueType } from './value_type.ts';

export type MatchOperator = '=' | '!=' | '=~' | '!~';

/** A label matcher; for `=~` and `!~` the value is an RE2 pattern anchored at both ends. */
export interface LabelMatcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

export type Expr =
  | AggregateExpr
  | BinaryExpr
  | Call
  | MatrixSelector
  | NumberLiteral
  | ParenExpr
  | StringLiteral
  | SubqueryExpr
  | UnaryExpr
  | VectorSelector;

/** `offset` and `@`, shared by selectors and subqueries. */
export interface TimeModifiers {
  /** Milliseconds, positive into the past. Zero when none is set or `offsetExpr` is to be evaluated instead. */
  readonly offsetMs: number;
  readonly offsetExpr?: DurationExpr;
  /** `@ <timestamp>` in milliseconds since the epoch. */
  readonly atMs?: number;
  /** `@ start()` or `@ end()`. */
  readonly atPreprocessor?: 'start' | 'end';
}

export interface VectorSelector extends TimeModifiers {
  readonly kind: 'vector-selector';
  /** The name written outside the braces, or the empty string. */
  readonly name: string;
  /** All matchers; a name written outside the braces is the last one. */
  readonly matchers: readonly LabelMatcher[];
  readonly anchored: boolean;
  readonly smoothed: boolean;
  readonly range: PositionRange;
}

export interface MatrixSelector {
  readonly kind: 'matrix-selector';
  readonly selector: VectorSelector;
  /** Milliseconds; zero when `rangeExpr` is to be evaluated. */
  readonly rangeMs: number;
  readonly rangeExpr?: DurationExpr;
  readonly range: PositionRange;
}

export interface SubqueryExpr extends TimeModifiers {
  readonly kind: 'subquery';
  readonly expr: Expr;
  readonly rangeMs: number;
  readonly rangeExpr?: DurationExpr;
  /** Milliseconds; zero means the server's default resolution unless `stepExpr` is set. */
  readonly stepMs: number;
  readonly stepExpr?: DurationExpr;
  readonly range: PositionRange;
}

export interface NumberLiteral {
  readonly kind: 'number';
  readonly value: number;
  /** Written as a duration (`5m`); the value is seconds. */
  readonly duration: boolean;
  readonly range: PositionRange;
}

export interface StringLiteral {
  readonly kind: 'string';
  readonly value: string;
  readonly range: PositionRange;
}

export interface ParenExpr {
  readonly kind: 'paren';
  readonly expr: Expr;
  readonly range: PositionRange;
}

export interface UnaryExpr {
  readonly kind: 'unary';
  readonly operator: '+' | '-';
  readonly expr: Expr;
  readonly range: PositionRange;
}

export interface Call {
  readonly kind: 'call';
  readonly func: FunctionSignature;
  readonly args: readonly Expr[];
  readonly range: PositionRange;
}

export interface AggregateExpr {
  readonly kind: 'aggregate';
  readonly operator: AggregateOperator;
  readonly expr: Expr;
  /** The parameter of topk, bottomk, quantile, count_values, limitk and limit_ratio. */
  readonly param?: Expr;
  readonly grouping: readonly string[];
  readonly without: boolean;
  readonly range: PositionRange;
}

export interface VectorMatching {
  readonly card: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';
  readonly labels: readonly string[];
  /** `on` when true, otherwise `ignoring` (with an empty list: match on all labels). */
  readonly on: boolean;
  /** Labels of `group_left` / `group_right` taken from the "one" side. */
  readonly include: readonly string[];
  readonly fillLeft?: number;
  readonly fillRight?: number;
}

export interface BinaryExpr {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expr;
  readonly right: Expr;
  readonly returnBool: boolean;
  /** Present when both sides are instant vectors. */
  readonly matching?: VectorMatching;
  readonly operatorRange: PositionRange;
  readonly range: PositionRange;
}

/** Arithmetic inside `[…]` and after `offset`: `[2 * step() + 1m]`. Values are seconds. */
export interface DurationExpr {
  readonly kind: 'duration';
  readonly operator: '+' | '-' | '*' | '/' | '%' | '^' | 'step' | 'range' | 'min_of' | 'max_of';
  readonly left?: DurationNode;
  readonly right?: DurationNode;
  readonly wrapped: boolean;
  readonly range: PositionRange;
}

export type DurationNode = NumberLiteral | DurationExpr;

/** The type an expression evaluates to. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'aggregate':
    case 'vector-selector':
      return 'vector';
    case 'matrix-selector':
    case 'subquery':
      return 'matrix';
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'call':
      return expr.func.returns;
    case 'paren':
    case 'unary':
      return typeOf(expr.expr);
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'vector';
  }
}

/** Direct children, left to right. */
export function children(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'aggregate':
      return expr.param === undefined ? [expr.expr] : [expr.param, expr.expr];
    case 'binary':
      return [expr.left, expr.right];
    case 'call':
      return expr.args;
    case 'matrix-selector':
      return [expr.selector];
    case 'paren':
    case 'subquery':
    case 'unary':
      return [expr.expr];
    default:
      return [];
  }
}

/** Visits an expression and everything below it, parents first. */
export function walk(expr: Expr, visit: (expr: Expr) => void): void {
  visit(expr);
  for (const child of children(expr)) walk(child, visit);
}

/** The expression without the parentheses around it. */
export function unwrapParens(expr: Expr): Expr {
  return expr.kind === 'paren' ? unwrapParens(expr.expr) : expr;
}
