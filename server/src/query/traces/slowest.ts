import { type NsRange, type QueryOptions, readSlowestTraces, type SpanPredicate } from '../../store/index.ts';
import { traceIdAt } from '../recent_spans/slice_spans.ts';
import type { SpanSlice } from '../recent_spans/span_slice.ts';
import type { FoundTraceRow, TraceSearchResult } from './found_traces.ts';
import { belowFloor } from './joined_reads.ts';
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
  const ids = await longestFirst(store, { startNs: search.startNs, endNs: search.endNs, predicate, limit }, options);
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

/** Ids of the traces with the longest spans that may satisfy a predicate, of memory and of the store below its floor. */
async function longestFirst(
  store: TraceStore,
  request: NsRange & { readonly predicate: SpanPredicate; readonly limit: number },
  options: QueryOptions,
): Promise<readonly string[]> {
  const stored = belowFloor(store, request);
  const longest = new Map<string, number>();
  const note = (traceId: string, ns: number): void => {
    if (ns > (longest.get(traceId) ?? -1)) longest.set(traceId, ns);
  };
  const ofSlice = new Map<SpanSlice, Float64Array>();
  for (const { slice, row } of store.recent?.matching(request, request.predicate) ?? []) {
    const durations = ofSlice.get(slice) ?? new Float64Array(slice.traces.size).fill(-1);
    ofSlice.set(slice, durations);
    const trace = slice.traceOf[row] as number;
    durations[trace] = Math.max(durations[trace] as number, slice.durations[row] as number);
  }
  for (const [slice, durations] of ofSlice)
    durations.forEach((ns, trace) => {
      if (ns >= 0) note(traceIdAt(slice, slice.traces.lastRows[trace] as number), ns);
    });
  if (stored !== undefined)
    for (const { traceId, ns } of await readSlowestTraces(store.reader, { ...request, ...stored }, options))
      note(traceId, ns);
  return [...longest]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, request.limit)
    .map(([traceId]) => traceId);
}
