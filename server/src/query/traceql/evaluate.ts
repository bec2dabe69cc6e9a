import type {
  Aggregate,
  CompareOperator,
  FieldExpr,
  PipelineStage,
  ScalarFilter,
  SpansetExpr,
} from '@trilith/lang/traceql';
import { compareScalars, compileField } from './field_expression.ts';
import { relatedSpans } from './relations.ts';
import type { FieldReader, FieldValue, Scalar, TraceView } from './trace_fields.ts';

/** Spans of one trace that belong together, as indexes in the trace's order. */
export interface Spanset {
  readonly spans: readonly number[];
  /** What the pipeline found out about them: groups and aggregates, by the text that asked for them. */
  readonly attributes: readonly (readonly [name: string, value: FieldValue])[];
}

/** A query that can be read and not be evaluated on the traces there are. */
export class TraceqlEvaluationError extends Error {
  override readonly name = 'TraceqlEvaluationError';
}

type Stage = (trace: TraceView, input: readonly Spanset[]) => readonly Spanset[];
/** The spansets of a trace that a pipeline selects; none when the trace does not match. */
export type TraceMatch = (trace: TraceView) => readonly Spanset[];

/**
 * Compiles a pipeline to a test on whole traces (grafana.com/docs/tempo/latest/traceql).
 * @param input the query's text, which names groups and aggregates
 */
export function compilePipeline(stages: readonly PipelineStage[], input: string): TraceMatch {
  const run = compileStages(stages, input);
  return (trace) => run(trace, [{ spans: Array.from(trace.tree.spans, (_, i) => i), attributes: [] }]);
}

function compileStages(stages: readonly PipelineStage[], input: string): Stage {
  const compiled = stages.map((stage) => compileStage(stage, input));
  return (trace, spansets) => {
    let current = spansets;
    for (const stage of compiled) {
      if (current.length === 0) return current;
      current = stage(trace, current);
    }
    return current;
  };
}

function compileStage(stage: PipelineStage, input: string): Stage {
  switch (stage.kind) {
    case 'compare':
      return compileComparison(stage, input);
    case 'by':
      return compileGroup(stage.expr, input.slice(stage.span.start, stage.span.end));
    case 'coalesce':
      return (_, spansets) => [{ spans: union(spansets), attributes: [] }];
    case 'select':
      return (_, spansets) => spansets;
    case 'pipeline':
      return compileStages(stage.stages, input);
    case 'filter':
      return compileFilter(stage.expr);
    case 'combine':
      return compileCombination(stage, input);
  }
}

function compileFilter(expr: FieldExpr | undefined): Stage {
  if (expr === undefined) return (_, spansets) => spansets;
  const field = compileField(expr);
  return (trace, spansets) =>
    spansets.flatMap(({ spans, attributes }) => {
      const kept = spans.filter((span) => field.read(trace, span) === true);
      return kept.length === 0 ? [] : [{ spans: kept, attributes }];
    });
}

function compileCombination(expr: Extract<SpansetExpr, { kind: 'combine' }>, input: string): Stage {
  const left = compileStage(expr.left, input);
  const right = compileStage(expr.right, input);
  const { operator } = expr;
  return (trace, spansets) =>
    spansets.flatMap((spanset) => {
      const a = left(trace, [spanset]);
      const b = right(trace, [spanset]);
      const spans = combine(trace, operator, a, b);
      return spans.length === 0 ? [] : [{ spans, attributes: spanset.attributes }];
    });
}

function combine(
  trace: TraceView,
  operator: Extract<SpansetExpr, { kind: 'combine' }>['operator'],
  left: readonly Spanset[],
  right: readonly Spanset[],
): readonly number[] {
  if (operator === '&&') return left.length > 0 && right.length > 0 ? union([...left, ...right]) : [];
  if (operator === '||') return union([...left, ...right]);
  if (left.length > 1 || right.length > 1)
    throw new TraceqlEvaluationError(
      'spanset operators are not supported for multiple spansets per trace. consider using coalesce()',
    );
  const [onRight] = right;
  return onRight === undefined ? [] : relatedSpans(trace.tree, operator, left[0]?.spans ?? [], onRight.spans);
}

function union(spansets: readonly Spanset[]): number[] {
  return [...new Set(spansets.flatMap(({ spans }) => spans))].sort((a, b) => a - b);
}

function compileGroup(expr: FieldExpr, name: string): Stage {
  const field = compileField(expr);
  return (trace, spansets) =>
    spansets.flatMap(({ spans, attributes }) => {
      const groups = new Map<string, { readonly value: FieldValue; readonly spans: number[] }>();
      for (const span of spans) {
        const value = field.read(trace, span);
        const key = JSON.stringify(value) ?? 'nil';
        const group = groups.get(key) ?? { value, spans: [] };
        groups.set(key, group);
        group.spans.push(span);
      }
      return Array.from(groups.values(), (group) => ({
        spans: group.spans,
        attributes: [...attributes, [name, group.value] as const],
      }));
    });
}

/** An aggregate compared with a number: other comparisons are refused when a query is read. */
function compileComparison({ left, operator, right }: ScalarFilter, input: string): Stage {
  if (left.kind !== 'aggregate' || right.kind !== 'constant')
    throw new TraceqlEvaluationError('an aggregate can be compared with a number only');
  const name = input.slice(left.span.start, left.span.end);
  const field = left.field === undefined ? undefined : compileField(left.field);
  const limit = right.static.value;
  return (trace, spansets) =>
    spansets.flatMap((spanset) => {
      const value = aggregate(left.operation, field, trace, spanset.spans);
      if (value === undefined || !compareNumbers(value, operator, limit)) return [];
      return [{ spans: spanset.spans, attributes: [...spanset.attributes, [name, value] as const] }];
    });
}

function compareNumbers(value: Scalar, operator: CompareOperator, limit: number): boolean {
  return typeof value === 'number' && compareScalars(value, operator, limit);
}

/** Undefined where no span has a number to aggregate. */
function aggregate(
  operation: Aggregate['operation'],
  field: FieldReader | undefined,
  trace: TraceView,
  spans: readonly number[],
): number | undefined {
  if (field === undefined) return spans.length;
  let count = 0;
  let sum = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const span of spans) {
    const value = field.read(trace, span);
    if (typeof value !== 'number') continue;
    count++;
    sum += value;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (count === 0) return undefined;
  switch (operation) {
    case 'count':
      return spans.length;
    case 'sum':
      return sum;
    case 'avg':
      return sum / count;
    case 'min':
      return least;
    case 'max':
      return most;
  }
}
