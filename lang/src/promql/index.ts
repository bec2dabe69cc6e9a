export {
  type AggregateExpr,
  type BinaryExpr,
  type Call,
  children,
  type DurationExpr,
  type DurationNode,
  type Expr,
  type LabelMatcher,
  type MatchOperator,
  type MatrixSelector,
  type NumberLiteral,
  type ParenExpr,
  type StringLiteral,
  type SubqueryExpr,
  type TimeModifiers,
  typeOf,
  type UnaryExpr,
  unwrapParens,
  type VectorMatching,
  type VectorSelector,
  walk,
} from './ast.ts';
export { documentedType } from './check.ts';
export { type CompletionContext, completionContext, type Expected } from './complete.ts';
export { ALL_FEATURES, type ParseOptions } from './cursor.ts';
export { diagnose } from './diagnose.ts';
export { formatDuration, parseDuration } from './duration.ts';
export { FUNCTIONS, type FunctionSignature } from './functions.ts';
export { tokenize } from './lexer.ts';
export { type CompiledMatcher, compileMatcher } from './matcher.ts';
export { formatNumber, formatNumberShort, parseNumber } from './number.ts';
export { type Diagnostic, PromqlParseError } from './parse_error.ts';
export { parse, parseSelector } from './parser.ts';
export { lineAndColumn, type PositionRange } from './position.ts';
export { printPretty } from './pretty.ts';
export { print, printDuration } from './print.ts';
export { isLegacyLabelName, isLegacyMetricName, quote, unquote } from './quote.ts';
export {
  AGGREGATE_OPERATORS,
  type AggregateOperator,
  type BinaryOperator,
  isComparison,
  isSetOperator,
  type Token,
  type TokenKind,
} from './tokens.ts';
export type { ValueType } from './value_type.ts';
