import type { PipelineStage, SpansetExpr } from '@trilith/lang/traceql';
import type { RecentSpans } from '../recent_spans/recent_spans.ts';
import type { RowTest } from '../recent_spans/row_tests.ts';
import { compileTest } from '../recent_spans/slice_test.ts';
import type { SpanSlice } from '../recent_spans/span_slice.ts';
import { TraceJoin } from '../recent_spans/trace_join.ts';
import { spanFilter } from '../traceql/push_conditions.ts';
import { type Parentage, relatedSpans } from '../traceql/relations.ts';
import { parentsFirst } from '../traceql/trace_tree.ts';

/** Whether a trace may match; false is certain. */
export type TraceTest = (traceId: string) => boolean;

/**
 * Tells most traces in memory that do not match a pipeline by their rows, without decoding their spans. Undefined where the first
 * stage combines no spansets, or spans alone do not decide what is in these.
 */
export function compileRowFilter(recent: RecentSpans, stages: readonly PipelineStage[]): TraceTest | undefined {
  const [first] = stages;
  const select = first?.kind === 'combine' ? compileSpanset(first) : undefined;
  if (select === undefined) return undefined;
  const trace = new TraceJoin();
  return (traceId) => {
    if (!recent.joinWhole(traceId, trace)) return true;
    const slices = recent.slices();
    if (trace.hasTwins || slices.some(({ oddSpanIds, oddParentIds }) => oddSpanIds.size + oddParentIds.size > 0))
      return true;
    const parents = trace.parents.slice(0, trace.count);
    const order = parentsFirst(parents);
    // Circles of parents are cut where spans are put in order.
    if (parents.some((parent, at) => parent !== trace.parents[at] || parent === at)) return true;
    const selected = select({ trace, slices, parentage: { parents, order } });
    return selected === UNSURE || selected.length > 0;
  };
}

interface JoinedRows {
  readonly trace: TraceJoin;
  readonly slices: readonly SpanSlice[];
  readonly parentage: Parentage;
}

const UNSURE = 'unsure';
/** The members of a trace that an expression selects; unsure where their columns do not tell. */
type Select = (rows: JoinedRows) => readonly number[] | typeof UNSURE;

function compileSpanset(expr: SpansetExpr): Select | undefined {
  if (expr.kind === 'filter') return compileFilter(expr);
  if (expr.kind !== 'combine') return undefined;
  const { operator } = expr;
  const left = compileSpanset(expr.left);
  const right = compileSpanset(expr.right);
  if (left === undefined || right === undefined) return undefined;
  return (rows) => {
    // What the left side needs is mostly rarer than what the candidates were found by.
    const a = left(rows);
    const b = right(rows);
    if (a === UNSURE || b === UNSURE) return UNSURE;
    if (operator === '&&') return a.length > 0 && b.length > 0 ? [...a, ...b] : [];
    if (operator === '||') return [...a, ...b];
    return relatedSpans(rows.parentage, operator, a, b);
  };
}

interface SliceTests {
  /** How many rows the slice had: what came since was not judged. */
  readonly rows: number;
  readonly holds: RowTest;
  readonly isUnsure: RowTest;
}

function compileFilter(stage: Extract<SpansetExpr, { kind: 'filter' }>): Select | undefined {
  const filter = spanFilter([stage]);
  if (filter === undefined) return undefined;
  const { predicate, fields } = filter;
  const tests = new Map<SpanSlice, SliceTests>();
  const testsOf = (slice: SpanSlice): SliceTests => {
    const known = tests.get(slice);
    if (known?.rows === slice.rows) return known;
    const holds = compileTest(slice, predicate);
    const isUnsure = compileTest(slice, { kind: 'unsure', fields });
    const compiled = { rows: slice.rows, holds, isUnsure };
    tests.set(slice, compiled);
    return compiled;
  };
  return ({ trace, slices }) => {
    const selected: number[] = [];
    for (let at = 0; at < trace.count; at++) {
      const row = trace.rows[at] as number;
      const { holds, isUnsure } = testsOf(slices[trace.slices[at] as number] as SpanSlice);
      if (isUnsure(row)) return UNSURE;
      if (holds(row)) selected.push(at);
    }
    return selected;
  };
}
