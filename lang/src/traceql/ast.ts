/** The syntax tree of TraceQL. Spans are UTF-16 offsets; durations are nanoseconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type AttributeScope = 'any' | 'span' | 'resource' | 'event' | 'link' | 'instrumentation' | 'parent';

export const INTRINSICS = [
  'name',
  'duration',
  'status',
  'statusMessage',
  'kind',
  'childCount',
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

export type StaticValue =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'int' | 'float' | 'duration'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'status'; readonly value: 'ok' | 'error' | 'unset' }
  | { readonly type: 'kind'; readonly value: SpanKindName }
  | { readonly type: 'nil' };
export type SpanKindName = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export type FieldOperator =
  | '='
  | '!='
  | '>'
  | '>='
  | '<'
  | '<='
  | '=~'
  | '!~'
  | '&&'
  | '||'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^';

export type FieldExpr =
  | { readonly kind: 'static'; readonly static: StaticValue; readonly span: Span }
  | { readonly kind: 'attribute'; readonly scope: AttributeScope; readonly name: string; readonly span: Span }
  | { readonly kind: 'intrinsic'; readonly name: Intrinsic; readonly span: Span }
  | { readonly kind: 'unary'; readonly operator: '!' | '-'; readonly operand: FieldExpr; readonly span: Span }
  | {
      readonly kind: 'binary';
      readonly operator: FieldOperator;
      readonly left: FieldExpr;
      readonly right: FieldExpr;
      readonly span: Span;
    };

/** Sets of spans: `{ … }`, joined by `&&` and `||`. */
export type SpansetExpr =
  | { readonly kind: 'filter'; readonly expr?: FieldExpr; readonly span: Span }
  | {
      readonly kind: 'combine';
      readonly operator: '&&' | '||';
      readonly left: SpansetExpr;
      readonly right: SpansetExpr;
      readonly span: Span;
    };

export type CompareOperator = '=' | '!=' | '>' | '>=' | '<' | '<=';

/** A stage behind a pipe: another filter, or a comparison of an aggregate over the spanset. */
export type PipelineStage =
  | SpansetExpr
  | {
      readonly kind: 'aggregate';
      readonly operation: 'count' | 'avg' | 'min' | 'max' | 'sum';
      /** What is aggregated; none for count. */
      readonly field?: FieldExpr;
      readonly operator: CompareOperator;
      /** A number, or nanoseconds. */
      readonly value: number;
      readonly span: Span;
    };

export interface TraceqlQuery {
  readonly spanset: SpansetExpr;
  readonly stages: readonly PipelineStage[];
  readonly span: Span;
}
