/** The syntax tree of LogQL (Loki 3). Spans are UTF-16 offsets into the query; durations are nanoseconds, sizes bytes. */

export interface Span {
  readonly start: number;
  readonly end: number;
}

export type MatchOperator = '=' | '!=' | '=~' | '!~';
export type CompareOperator = '=' | '!=' | '>' | '>=' | '<' | '<=';
export type LineOperator = '|=' | '!=' | '|~' | '!~' | '|>' | '!>';

export interface LabelMatcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
  readonly span: Span;
}

export interface LogExpr {
  readonly kind: 'log';
  readonly matchers: readonly LabelMatcher[];
  readonly stages: readonly Stage[];
  readonly span: Span;
}

/** One alternative of a line filter; `ip` when written `ip("…")`. */
export interface LineNeedle {
  readonly ip: boolean;
  readonly value: string;
  readonly span: Span;
}

export interface LineFilterStage {
  readonly kind: 'line_filter';
  readonly operator: LineOperator;
  /** Joined by `or`; never empty. */
  readonly needles: readonly LineNeedle[];
  readonly span: Span;
}

/** `name="expression"` behind json and logfmt; without a value the name is the expression. */
export interface Extraction {
  readonly name: string;
  readonly expression: string;
  readonly span: Span;
}

export type LabelFilter =
  | { readonly kind: 'and' | 'or'; readonly left: LabelFilter; readonly right: LabelFilter; readonly span: Span }
  | { readonly kind: 'match'; readonly matcher: LabelMatcher; readonly span: Span }
  | {
      readonly kind: 'number' | 'duration' | 'bytes';
      readonly name: string;
      readonly operator: CompareOperator;
      readonly value: number;
      readonly span: Span;
    }
  | {
      readonly kind: 'ip';
      readonly name: string;
      readonly operator: '=' | '!=';
      readonly value: string;
      readonly span: Span;
    };

export type LabelFormat =
  | { readonly kind: 'rename'; readonly name: string; readonly from: string; readonly span: Span }
  | { readonly kind: 'template'; readonly name: string; readonly template: string; readonly span: Span };

/** An item of drop or keep: a bare name, or a name with a matcher. */
export interface NamedMatcher {
  readonly name: string;
  readonly matcher?: LabelMatcher;
}

export type Stage =
  | LineFilterStage
  | { readonly kind: 'json'; readonly extractions: readonly Extraction[]; readonly span: Span }
  | {
      readonly kind: 'logfmt';
      readonly strict: boolean;
      readonly keepEmpty: boolean;
      readonly extractions: readonly Extraction[];
      readonly span: Span;
    }
  | { readonly kind: 'regexp' | 'pattern'; readonly pattern: string; readonly span: Span }
  | { readonly kind: 'unpack' | 'decolorize'; readonly span: Span }
  | { readonly kind: 'label_filter'; readonly filter: LabelFilter; readonly span: Span }
  | { readonly kind: 'line_format'; readonly template: string; readonly span: Span }
  | { readonly kind: 'label_format'; readonly formats: readonly LabelFormat[]; readonly span: Span }
  | { readonly kind: 'drop' | 'keep'; readonly items: readonly NamedMatcher[]; readonly span: Span };

export interface Unwrap {
  readonly label: string;
  readonly conversion: 'bytes' | 'duration' | 'duration_seconds' | '';
  /** Label filters after the unwrap, all of which must hold. */
  readonly filters: readonly LabelFilter[];
  readonly span: Span;
}

export interface LogRange {
  readonly log: LogExpr;
  readonly rangeNs: number;
  readonly offsetNs: number;
  readonly unwrap?: Unwrap;
  readonly span: Span;
}

export interface Grouping {
  readonly without: boolean;
  readonly labels: readonly string[];
}

export const RANGE_OPERATIONS = [
  'count_over_time',
  'rate',
  'rate_counter',
  'bytes_over_time',
  'bytes_rate',
  'avg_over_time',
  'sum_over_time',
  'min_over_time',
  'max_over_time',
  'stdvar_over_time',
  'stddev_over_time',
  'quantile_over_time',
  'first_over_time',
  'last_over_time',
  'absent_over_time',
] as const;
export type RangeOperation = (typeof RANGE_OPERATIONS)[number];

export const VECTOR_OPERATIONS = [
  'sum',
  'avg',
  'count',
  'max',
  'min',
  'stddev',
  'stdvar',
  'bottomk',
  'topk',
  'sort',
  'sort_desc',
  'approx_topk',
] as const;
export type VectorOperation = (typeof VECTOR_OPERATIONS)[number];

export type BinaryOperator =
  | 'or'
  | 'and'
  | 'unless'
  | '=='
  | '!='
  | '>'
  | '>='
  | '<'
  | '<='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^';

export interface VectorMatching {
  readonly cardinality: 'one-to-one' | 'many-to-one' | 'one-to-many';
  readonly on: boolean;
  readonly labels: readonly string[];
  readonly include: readonly string[];
}

export interface RangeAggregation {
  readonly kind: 'range_aggregation';
  readonly operation: RangeOperation;
  /** The quantile of quantile_over_time. */
  readonly parameter?: number;
  readonly range: LogRange;
  readonly grouping?: Grouping;
  readonly span: Span;
}

export interface VectorAggregation {
  readonly kind: 'vector_aggregation';
  readonly operation: VectorOperation;
  /** k of topk, bottomk and approx_topk. */
  readonly parameter?: number;
  readonly inner: MetricExpr;
  readonly grouping?: Grouping;
  readonly span: Span;
}

export interface BinaryExpr {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly bool: boolean;
  readonly matching: VectorMatching;
  readonly left: MetricExpr;
  readonly right: MetricExpr;
  readonly span: Span;
}

export interface LabelReplace {
  readonly kind: 'label_replace';
  readonly inner: MetricExpr;
  readonly target: string;
  readonly replacement: string;
  readonly source: string;
  readonly pattern: string;
  readonly span: Span;
}

export type MetricExpr =
  | RangeAggregation
  | VectorAggregation
  | BinaryExpr
  | LabelReplace
  | { readonly kind: 'literal'; readonly value: number; readonly span: Span }
  | { readonly kind: 'vector'; readonly value: number; readonly span: Span };

export interface VariantsExpr {
  readonly kind: 'variants';
  readonly variants: readonly MetricExpr[];
  readonly of: LogRange;
  readonly span: Span;
}

export type Expr = LogExpr | MetricExpr | VariantsExpr;
