import type { Field, FieldExpr, PipelineStage, ScalarExpr, SpansetExpr } from '@trilith/lang/traceql';
import { type FieldValue, fieldReader, type TraceView } from './trace_fields.ts';

/** What a span that was found has for a field that the query names. */
export interface SelectedField {
  /** An attribute's name without its scope, or an intrinsic's, as Tempo answers it. */
  readonly name: string;
  readonly value: Exclude<FieldValue, undefined>;
  /** Letter of the value's type (see TABLES.otel_traces). */
  readonly type: string;
}

export interface NamedField {
  readonly name: string;
  readonly field: Field;
  /** Nothing where the span has no such field. */
  read(trace: TraceView, span: number): readonly SelectedField[];
}

/** Fields that every answer has in a place of its own. */
const EVERYWHERE: ReadonlySet<string> = new Set([
  'name',
  'duration',
  'traceDuration',
  'rootName',
  'rootServiceName',
  'trace:id',
  'span:id',
]);

/** Fields that a query tests, groups by, aggregates or selects (Tempo: asTraceSearchMetadata, pkg/traceql/engine.go), each once. */
export function selectedFields(stages: readonly PipelineStage[]): readonly NamedField[] {
  const found = new Map<string, Field>();
  const note = (field: Field): void => {
    if (field.kind === 'attribute' || !EVERYWHERE.has(field.name))
      found.set(field.kind === 'attribute' ? `${field.scope}.${field.name}` : field.name, field);
  };
  for (const stage of stages) visitStage(stage, note);
  return Array.from(found.values(), (field) => {
    const reader = fieldReader(field);
    return {
      name: field.name,
      field,
      read: (trace, span) => {
        const value = reader.read(trace, span);
        if (value === undefined) return [];
        return [{ name: field.name, value, type: typeOf(value, reader.isInteger(trace, span)) }];
      },
    };
  });
}

function typeOf(value: Exclude<FieldValue, undefined>, isInteger: boolean): string {
  switch (typeof value) {
    case 'number':
      return isInteger ? 'i' : 'd';
    case 'boolean':
      return 'b';
    case 'string':
      return 's';
    default:
      return 'j';
  }
}

type Note = (field: Field) => void;

function visitStage(stage: PipelineStage, note: Note): void {
  switch (stage.kind) {
    case 'compare':
      visitScalar(stage.left, note);
      visitScalar(stage.right, note);
      return;
    case 'by':
      visitField(stage.expr, note);
      return;
    case 'select':
      stage.fields.forEach(note);
      return;
    case 'coalesce':
      return;
    default:
      visitSpanset(stage, note);
  }
}

function visitSpanset(expr: SpansetExpr, note: Note): void {
  if (expr.kind === 'combine') {
    visitSpanset(expr.left, note);
    visitSpanset(expr.right, note);
  } else if (expr.kind === 'pipeline') for (const stage of expr.stages) visitStage(stage, note);
  else if (expr.expr !== undefined) visitField(expr.expr, note);
}

function visitScalar(expr: ScalarExpr, note: Note): void {
  if (expr.kind === 'aggregate') {
    if (expr.field !== undefined) visitField(expr.field, note);
  } else if (expr.kind === 'arithmetic') {
    visitScalar(expr.left, note);
    visitScalar(expr.right, note);
  }
}

function visitField(expr: FieldExpr, note: Note): void {
  switch (expr.kind) {
    case 'attribute':
    case 'intrinsic':
      note(expr);
      return;
    case 'unary':
    case 'exists':
      visitField(expr.operand, note);
      return;
    case 'binary':
      visitField(expr.left, note);
      visitField(expr.right, note);
      return;
    case 'static':
  }
}
