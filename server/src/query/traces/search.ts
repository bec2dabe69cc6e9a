import { findTraces, type NsRange, type SpanPredicate, type StoredSpan } from '../../store/index.ts';
import { compilePipeline } from '../traceql/evaluate.ts';
import { planPipeline } from '../traceql/push_spans.ts';
import type { SearchQuery } from '../traceql/search_query.ts';
import type { FieldValue } from '../traceql/trace_fields.ts';
import { traceTree } from '../traceql/trace_tree.ts';
import { slowestTraces } from './slowest.ts';
import { summarize, type TraceSummaryRow } from './summary.ts';
import { spansOfTraces, type TraceStore } from './trace.ts';

/** What is searched for; everything given must hold of one span, the trace's own duration aside. */
export interface TraceSearch extends NsRange {
  readonly service?: string;
  /** The span's name. */
  readonly operation?: string;
  /** Of a span, ns. */
  readonly minDurationNs?: number;
  readonly maxDurationNs?: number;
  readonly status?: 'error' | 'ok' | 'unset';
  readonly kind?: 'server' | 'client' | 'producer' | 'consumer' | 'internal';
  /** Attributes of the span or its resource, as text: key, value. */
  readonly attributes?: readonly (readonly [key: string, value: string])[];
  readonly rootOnly?: boolean;
  /** Of the whole trace, ns. */
  readonly minTraceDurationNs?: number;
  readonly maxTraceDurationNs?: number;
  readonly traceql?: SearchQuery;
  /** By the newest matching span (default) or by the longest. */
  readonly order?: 'newest' | 'slowest';
  readonly limit: number;
  readonly signal?: AbortSignal;
}

/** Spans of a trace that matched together, and what the query found out about them. */
export interface FoundSpanset {
  readonly spans: readonly StoredSpan[];
  readonly attributes: readonly (readonly [name: string, value: FieldValue])[];
}

export interface FoundTraceRow extends TraceSummaryRow {
  readonly spansets: readonly FoundSpanset[];
}

export interface TraceSearchResult {
  /** In the order asked for. */
  readonly traces: readonly FoundTraceRow[];
  /** Whether the limit left matching traces out. */
  readonly more: boolean;
  readonly inspected: number;
  /** Whether only a part of the candidates was looked into, so that matching traces may be missing. */
  readonly cut: boolean;
}

/** Candidates looked into at most when the store alone cannot decide. */
const MAX_CANDIDATES = 2_000;

/** Finds traces: the store narrows down to candidates, newest first; whole traces are then held against the query. Throws StoreError. */
export async function searchTraces(store: TraceStore, search: TraceSearch): Promise<TraceSearchResult> {
  const predicate = predicateOf(search);
  const match = matchOf(search);
  if (search.order === 'slowest') return slowestTraces(store, search, predicate, match);
  const options = search.signal === undefined ? store.query : { ...store.query, signal: search.signal };
  const traces: FoundTraceRow[] = [];
  let inspected = 0;
  let endNs = search.endNs;
  let whole = false;
  const seen = new Set<string>();
  while (traces.length <= search.limit && inspected < MAX_CANDIDATES) {
    const batch = Math.min(200, Math.max(search.limit + 1, 50));
    const candidates = await findTraces(
      store.reader,
      { startNs: search.startNs, endNs, predicate, limit: batch },
      options,
    );
    const fresh = candidates.filter((c) => !seen.has(c.traceId));
    for (const { traceId } of fresh) seen.add(traceId);
    inspected += fresh.length;
    const byTrace = await spansOfTraces(
      store,
      fresh.map((c) => c.traceId),
      search.signal,
    );
    for (const { traceId } of fresh) {
      const spans = byTrace.get(traceId);
      if (spans === undefined) continue;
      const summary = summarize(traceId, spans);
      const spansets = match(spans, summary);
      if (spansets.length > 0) traces.push({ ...summary, spansets });
    }
    const last = candidates.at(-1);
    whole = last === undefined || candidates.length < batch;
    if (last === undefined || whole) break;
    endNs = fresh.length === 0 ? last.newestNs : last.newestNs + 1n;
    whole = endNs <= search.startNs;
    if (whole) break;
  }
  traces.sort((a, b) => (a.startNs === b.startNs ? 0 : a.startNs > b.startNs ? -1 : 1));
  const more = traces.length > search.limit;
  return { traces: traces.slice(0, search.limit), more, inspected, cut: !more && !whole };
}

function predicateOf(search: TraceSearch): SpanPredicate {
  const parts: SpanPredicate[] = [];
  const column = (
    name: 'ServiceName' | 'SpanName' | 'StatusCode' | 'SpanKind' | 'ParentSpanId',
    value: string,
  ): void => {
    parts.push({ kind: 'column', column: name, test: { kind: 'in', values: [value] } });
  };
  if (search.service !== undefined) column('ServiceName', search.service);
  if (search.operation !== undefined) column('SpanName', search.operation);
  if (search.status !== undefined) column('StatusCode', titleCase(search.status));
  if (search.kind !== undefined) column('SpanKind', titleCase(search.kind));
  if (search.rootOnly === true) column('ParentSpanId', '');
  if (search.minDurationNs !== undefined) parts.push({ kind: 'duration', operator: '>=', ns: search.minDurationNs });
  if (search.maxDurationNs !== undefined) parts.push({ kind: 'duration', operator: '<=', ns: search.maxDurationNs });
  for (const [key, value] of search.attributes ?? []) {
    parts.push({ kind: 'attribute', scope: 'any', key, test: { kind: 'in', values: [value] } });
  }
  if (search.traceql !== undefined) parts.push(planPipeline(search.traceql.stages));
  return { kind: 'and', parts };
}

function titleCase(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}

export type WholeTraceMatch = (spans: readonly StoredSpan[], summary: TraceSummaryRow) => readonly FoundSpanset[];

/** The search as a test on whole traces: the same conditions once more, on typed spans. */
function matchOf(search: TraceSearch): WholeTraceMatch {
  const pipeline = compilePipeline(search.traceql?.stages ?? [], search.traceql?.text ?? '');
  const min = search.minTraceDurationNs ?? 0;
  const max = search.maxTraceDurationNs ?? Number.POSITIVE_INFINITY;
  const conditions = hasSpanConditions(search);
  return (spans, summary) => {
    const duration = Number(summary.durationNs);
    if (duration < min || duration > max) return [];
    const candidates = new Set(
      spans.filter((span) => span.startNs >= search.startNs && span.startNs < search.endNs && holds(search, span)),
    );
    if (candidates.size === 0) return [];
    const found = pipeline({ tree: traceTree(spans), summary }).map((spanset) => ({
      spans: spanset.spans.map((index) => spans[index] as StoredSpan),
      attributes: spanset.attributes,
    }));
    if (!conditions) return found;
    return found
      .map((spanset) => ({ ...spanset, spans: spanset.spans.filter((span) => candidates.has(span)) }))
      .filter((spanset) => spanset.spans.length > 0);
  };
}

function hasSpanConditions(search: TraceSearch): boolean {
  const { service, operation, status, kind, rootOnly, minDurationNs, maxDurationNs, attributes } = search;
  return (
    [service, operation, status, kind, rootOnly, minDurationNs, maxDurationNs].some((c) => c !== undefined) ||
    (attributes ?? []).length > 0
  );
}

function holds(search: TraceSearch, span: StoredSpan): boolean {
  if (search.service !== undefined && span.service !== search.service) return false;
  if (search.operation !== undefined && span.name !== search.operation) return false;
  if (search.status !== undefined && span.status.toLowerCase() !== search.status) return false;
  if (search.kind !== undefined && span.kind.toLowerCase() !== search.kind) return false;
  if (search.rootOnly === true && span.parentSpanId !== '') return false;
  const duration = Number(span.durationNs);
  if (duration < (search.minDurationNs ?? 0) || duration > (search.maxDurationNs ?? Number.POSITIVE_INFINITY))
    return false;
  return (search.attributes ?? []).every(([key, value]) => textOf(span, key) === value);
}

function textOf(span: StoredSpan, key: string): string | undefined {
  for (const { pairs } of [span.attributes, span.resource]) {
    for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === key) return pairs[i + 1];
  }
  return undefined;
}
