import type { NsRange, SpanColumn, SpanPredicate, StoredSpan } from '../../store/index.ts';
import { type SpanFilter, spanFilter } from '../traceql/push_conditions.ts';
import { planPipeline, titleCase } from '../traceql/push_spans.ts';
import type { SearchQuery } from '../traceql/search_query.ts';

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
  /** Spans are wanted without their attributes, events and links; only the fields that the query names are read. */
  readonly outline?: boolean;
  readonly limit: number;
  readonly signal?: AbortSignal;
}

/** Every trace that is found has a span for which this holds. */
export function candidatePredicate(search: TraceSearch): SpanPredicate {
  const parts = [...conditionPredicates(search)];
  if (search.traceql !== undefined) parts.push(planPipeline(search.traceql.stages));
  return { kind: 'and', parts };
}

/** The spans that are found, where the store decides all of it, and the fields it looks at for that. */
export function exactFilter(search: TraceSearch): SpanFilter | undefined {
  const filter = spanFilter(search.traceql?.stages ?? []);
  if (filter === undefined || !hasSpanConditions(search)) return filter;
  const within: SpanPredicate = { kind: 'within', startNs: search.startNs, endNs: search.endNs };
  const parts = [within, ...conditionPredicates(search), filter.predicate];
  return { predicate: { kind: 'and', parts }, fields: filter.fields };
}

function conditionPredicates(search: TraceSearch): SpanPredicate[] {
  const column = (name: SpanColumn, value: string): SpanPredicate => ({
    kind: 'column',
    column: name,
    test: { kind: 'in', values: [value] },
  });
  const parts: SpanPredicate[] = [];
  if (search.service !== undefined) parts.push(column('ServiceName', search.service));
  if (search.operation !== undefined) parts.push(column('SpanName', search.operation));
  if (search.status !== undefined) parts.push(column('StatusCode', titleCase(search.status)));
  if (search.kind !== undefined) parts.push(column('SpanKind', titleCase(search.kind)));
  if (search.rootOnly === true) parts.push(column('ParentSpanId', ''));
  if (search.minDurationNs !== undefined) parts.push({ kind: 'duration', operator: '>=', ns: search.minDurationNs });
  if (search.maxDurationNs !== undefined) parts.push({ kind: 'duration', operator: '<=', ns: search.maxDurationNs });
  for (const [key, value] of search.attributes ?? [])
    parts.push({ kind: 'attribute', scope: 'any', key, test: { kind: 'in', values: [value] } });
  return parts;
}

/** Whether anything but TraceQL is asked of single spans. */
export function hasSpanConditions(search: TraceSearch): boolean {
  const { service, operation, status, kind, rootOnly, minDurationNs, maxDurationNs, attributes } = search;
  return (
    [service, operation, status, kind, rootOnly, minDurationNs, maxDurationNs].some((c) => c !== undefined) ||
    (attributes ?? []).length > 0
  );
}

/** The same conditions, and the range, of a span that was read. */
export function conditionsHold(search: TraceSearch, span: StoredSpan): boolean {
  if (span.startNs < search.startNs || span.startNs >= search.endNs) return false;
  if (search.service !== undefined && span.service !== search.service) return false;
  if (search.operation !== undefined && span.name !== search.operation) return false;
  if (search.status !== undefined && span.status.toLowerCase() !== search.status) return false;
  if (search.kind !== undefined && span.kind.toLowerCase() !== search.kind) return false;
  if (search.rootOnly === true && span.parentSpanId !== '') return false;
  const duration = Number(span.durationNs);
  if (duration < (search.minDurationNs ?? 0) || duration > (search.maxDurationNs ?? Number.POSITIVE_INFINITY))
    return false;
  return (search.attributes ?? []).every(
    ([key, value]) => hasPair(span.attributes.pairs, key, value) || hasPair(span.resource.pairs, key, value),
  );
}

function hasPair(pairs: readonly string[], key: string, value: string): boolean {
  for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === key && pairs[i + 1] === value) return true;
  return false;
}
