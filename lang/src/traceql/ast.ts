/** The syntax tree of TraceQL. Spans are UTF-16 offsets; durations are nanoseconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type AttributeScope = 'any' | 'span' | 'resource' | 'event' | 'link' | 'instrumentation';

export const INTRINSICS = [
  'name',
  'duration',
  'status',
  'statusMessage',
  'kind',
  'childCount',
  'parent',
  'traceDuration',
  'rootName',
  'rootServiceName',
  'nestedSetLeft',
  'nestedSetRight',
  'nestedSetParent',
  'span:id',
  'span:parentID',
  'trace:id',
  'event:name',
  'event:timeSinceStart',
  'link:traceID',
  'link:spanID',
  'instrumentation:name',
  'instrumentation:version',
] as const;
export type Intrinsic = (typeof INTRINSICS)[number];

/** A number written in a query; a duration is in ns. */
export type NumberStatic = { readonly type: 'int' | 'float' | 'duration'; readonly value: number };
export type StaticValue =
  | NumberStatic
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'status'; readonly value: 'ok' | 'error' | 'unset' }
  | { readonly type: 'kind'; readonly value: SpanKindName };
export type SpanKindName = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export type CompareOperator = '=' | '!=' | '>' | '>=' | '<' | '<=';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^';
export type FieldOperator = CompareOperator | ArithmeticOperator | '=~' | '!~' | '&&' | '||';

/** What a field is read from: an attribute of some scope, or an intrinsic of the span or its trace. */
export type Field =
  | {
      readonly kind: 'attribute';
      readonly scope: AttributeScope;
      /** Whether the attribute of the parent span is meant. */
      readonly parent: boolean;
      readonly name: string;
      readonly span: Span;
    }
  | { readonly kind: 'intrinsic'; readonly name: Intrinsic; readonly span: Span };

export type FieldExpr =
  | Field
  | { readonly kind: 'static'; readonly static: StaticValue; readonly span: Span }
  | { readonly kind: 'unary'; readonly operator: '!' | '-'; readonly operand: FieldExpr; readonly span: Span }
  /** `x != nil` (exists) or `x = nil`. */
  | { readonly kind: 'exists'; readonly operand: FieldExpr; readonly exists: boolean; readonly span: Span }
  | {
      readonly kind: 'binary';
      readonly operator: FieldOperator;
      readonly left: FieldExpr;
      readonly right: FieldExpr;
      readonly span: Span;
    };

/** How two spans are related: descendant, ancestor, child, parent, sibling. */
export type Relation = '>>' | '<<' | '>' | '<' | '~';
/** A relation alone keeps the right side's spans; with `!` those not so related; with `&` both sides'. */
export type StructuralOperator = Relation | '!>>' | '!<<' | '!>' | '!<' | '!~' | '&>>' | '&<<' | '&>' | '&<' | '&~';
export type SpansetOperator = '&&' | '||' | StructuralOperator;

/** Sets of spans: `{ … }`, a pipeline in parentheses, and what joins them. */
export type SpansetExpr =
  | { readonly kind: 'filter'; readonly expr?: FieldExpr; readonly span: Span }
  | { readonly kind: 'pipeline'; readonly stages: readonly PipelineStage[]; readonly span: Span }
  | {
      readonly kind: 'combine';
      readonly operator: SpansetOperator;
      readonly left: SpansetExpr;
      readonly right: SpansetExpr;
      readonly span: Span;
    };

export interface Aggregate {
  readonly kind: 'aggregate';
  readonly operation: 'count' | 'avg' | 'min' | 'max' | 'sum';
  /** What is aggregated; none for count. */
  readonly field?: FieldExpr;
  readonly span: Span;
}

/** A number for each spanset. */
export type ScalarExpr =
  | Aggregate
  | { readonly kind: 'constant'; readonly static: NumberStatic; readonly span: Span }
  | {
      readonly kind: 'aggregated';
      readonly stages: readonly PipelineStage[];
      readonly aggregate: Aggregate;
      readonly span: Span;
    }
  | {
      readonly kind: 'arithmetic';
      readonly operator: ArithmeticOperator;
      readonly left: ScalarExpr;
      readonly right: ScalarExpr;
      readonly span: Span;
    };

export interface ScalarFilter {
  readonly kind: 'compare';
  readonly operator: CompareOperator;
  readonly left: ScalarExpr;
  readonly right: ScalarExpr;
  readonly span: Span;
}

/** One step of a pipeline over spansets. */
export type PipelineStage =
  | SpansetExpr
  | ScalarFilter
  | { readonly kind: 'by'; readonly expr: FieldExpr; readonly span: Span }
  | { readonly kind: 'coalesce'; readonly span: Span }
  | { readonly kind: 'select'; readonly fields: readonly Field[]; readonly span: Span };

export type MetricsFunction =
  | 'rate'
  | 'count_over_time'
  | 'min_over_time'
  | 'max_over_time'
  | 'avg_over_time'
  | 'sum_over_time'
  | 'quantile_over_time'
  | 'histogram_over_time';

/** What becomes of the spans that a pipeline selects, over time. */
export type MetricsAggregate =
  | {
      readonly kind: 'series';
      readonly function: MetricsFunction;
      /** None for rate and count_over_time. */
      readonly field?: Field;
      /** Of quantile_over_time, each between 0 and 1. */
      readonly quantiles: readonly number[];
      readonly by: readonly Field[];
      readonly span: Span;
    }
  | {
      /** Attributes of the spans that match held against those of the others. */
      readonly kind: 'comparison';
      readonly selection: SpansetExpr & { readonly kind: 'filter' };
      /** Values given for each attribute at most. */
      readonly limit: number;
      /** The range of the selection, ns since the epoch; the whole range when both are 0. */
      readonly startNs: number;
      readonly endNs: number;
      readonly span: Span;
    };

/** A step over series. A comparison's duration is in seconds, as series of durations are. */
export type SeriesStage =
  | { readonly kind: 'topk' | 'bottomk'; readonly limit: number; readonly span: Span }
  | { readonly kind: 'compare'; readonly operator: CompareOperator; readonly value: number; readonly span: Span };

export type MetricsOperator = '+' | '-' | '*' | '/';

export type MetricsExpr =
  | {
      readonly kind: 'aggregate';
      readonly stages: readonly PipelineStage[];
      readonly aggregate: MetricsAggregate;
      readonly seriesStages: readonly SeriesStage[];
      readonly span: Span;
    }
  | {
      readonly kind: 'arithmetic';
      readonly operator: MetricsOperator;
      readonly left: MetricsExpr | number;
      readonly right: MetricsExpr | number;
      readonly seriesStages: readonly SeriesStage[];
      readonly span: Span;
    };

export interface Hint {
  readonly name: string;
  readonly value: StaticValue;
}

export type TraceqlQuery =
  | {
      readonly kind: 'search';
      readonly stages: readonly PipelineStage[];
      readonly hints: readonly Hint[];
      readonly span: Span;
    }
  | { readonly kind: 'metrics'; readonly expr: MetricsExpr; readonly hints: readonly Hint[]; readonly span: Span };
