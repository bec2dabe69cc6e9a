import type { StoredSpan } from '../../store/index.ts';
import type { SelectedField } from '../traceql/selected_fields.ts';
import type { FieldValue } from '../traceql/trace_fields.ts';
import { examineTraces } from './examine.ts';
import { newestTraces } from './joined_reads.ts';
import { candidatePredicate, type TraceSearch } from './search_conditions.ts';
import { slowestTraces } from './slowest.ts';
import type { TraceSummaryRow } from './summary.ts';
import type { TraceStore } from './trace.ts';

/** A span that matched, with what it has of the fields that the query names. */
export type FoundSpan = StoredSpan & { readonly fields: readonly SelectedField[] };

/** Spans of a trace that matched together, and what the query found out about them. */
export interface FoundSpanset {
  readonly spans: readonly FoundSpan[];
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
const MOST_AT_ONCE = 200;

/** Finds traces: the store narrows down to candidates, newest first; they are then held against the query. Throws StoreError. */
export async function searchTraces(store: TraceStore, search: TraceSearch): Promise<TraceSearchResult> {
  const predicate = candidatePredicate(search);
  const examine = examineTraces(store, search);
  if (search.order === 'slowest') return slowestTraces(store, search, predicate, examine.look);
  const options = search.signal === undefined ? store.query : { ...store.query, signal: search.signal };
  const traces: FoundTraceRow[] = [];
  let inspected = 0;
  let endNs = search.endNs;
  let whole = false;
  const seen = new Set<string>();
  while (traces.length <= search.limit && inspected < MAX_CANDIDATES) {
    const batch = Math.min(MOST_AT_ONCE, Math.max(search.limit + 1, examine.fewest));
    const candidates = await newestTraces(store, { startNs: search.startNs, endNs, predicate, limit: batch }, options);
    const fresh = candidates.filter((c) => !seen.has(c.traceId));
    for (const { traceId } of fresh) seen.add(traceId);
    inspected += fresh.length;
    traces.push(...(await examine.look(fresh.map((c) => c.traceId))));
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
