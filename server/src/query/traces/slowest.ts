import { readSlowestTraceIds, type SpanPredicate } from '../../store/index.ts';
import type { FoundTraceRow, TraceSearchResult } from './found_traces.ts';
import type { Looked } from './look_in_parts.ts';
import type { TraceSearch } from './search_conditions.ts';
import type { TraceStore } from './trace.ts';

/** Candidates looked into for each trace asked for, where the store alone cannot decide. */
const CANDIDATES_EACH = 4;

/** Traces by their longest matching span; the store proposes, whole traces decide. Throws StoreError. */
export async function slowestTraces(
  store: TraceStore,
  search: TraceSearch,
  predicate: SpanPredicate,
  look: (traceIds: readonly string[]) => Promise<Looked>,
): Promise<TraceSearchResult> {
  const options = search.signal === undefined ? store.query : { ...store.query, signal: search.signal };
  const limit = search.limit * CANDIDATES_EACH + 1;
  const ids = await readSlowestTraceIds(store.reader, { ...search, predicate, limit }, options);
  const { found, traces: inspected } = await look(ids);
  const longest = ({ spansets }: FoundTraceRow): number =>
    spansets.reduce((most, { spans }) => spans.reduce((ns, span) => Math.max(ns, Number(span.durationNs)), most), 0);
  const traces = found.toSorted((a, b) => longest(b) - longest(a));
  return {
    traces: traces.slice(0, search.limit),
    more: traces.length > search.limit,
    inspected,
    cut: inspected < ids.length || (traces.length < search.limit && ids.length === limit),
  };
}
