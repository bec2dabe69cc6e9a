import { candidateTraces } from './candidates.ts';
import { examineTraces } from './examine.ts';
import type { FoundTraceRow, TraceSearchResult } from './found_traces.ts';
import { lookInParts } from './look_in_parts.ts';
import { candidatePredicate, type TraceSearch } from './search_conditions.ts';
import { slowestTraces } from './slowest.ts';
import { MAX_TRACE_SPANS, type TraceStore } from './trace.ts';

/** Candidates looked into at most when the store alone cannot decide. */
const MAX_CANDIDATES = 2_000;
const MOST_AT_ONCE = 200;
const ALLOWANCE = 1.25;
/** Spans that matched, at most, of all the traces that are found: they are in memory until the answer is written. */
const MOST_MATCHED = 300_000;

/**
 * Finds traces: the store narrows down to candidates, newest first; they are then held against the query. Throws StoreError.
 * @param spansAtOnce spans read by one statement at most: traces that have more are looked into in parts
 */
export async function searchTraces(
  store: TraceStore,
  search: TraceSearch,
  spansAtOnce = MAX_TRACE_SPANS,
): Promise<TraceSearchResult> {
  const predicate = candidatePredicate(search);
  const examine = examineTraces(store, search, spansAtOnce);
  if (search.order === 'slowest')
    return slowestTraces(store, search, predicate, (traceIds) =>
      lookInParts(examine.look, traceIds, { traces: Number.POSITIVE_INFINITY, spans: MOST_MATCHED }),
    );
  const options = search.signal === undefined ? store.query : { ...store.query, signal: search.signal };
  const traces: FoundTraceRow[] = [];
  let inspected = 0;
  let matched = 0;
  const candidates = candidateTraces(store, { startNs: search.startNs, endNs: search.endNs, predicate }, options);
  const first = Math.min(MOST_AT_ONCE, Math.max(search.limit + 1, examine.fewest));
  let batch = first;
  let whole = false;
  while (traces.length <= search.limit && inspected < MAX_CANDIDATES) {
    const ids = await candidates.next(batch);
    const enough = { traces: search.limit + 1 - traces.length, spans: MOST_MATCHED - matched };
    const looked = await lookInParts(examine.look, ids, enough);
    inspected += looked.traces;
    matched += looked.spans;
    traces.push(...looked.found);
    if (looked.traces < ids.length) break;
    whole = candidates.isDone;
    if (whole) break;
    // As many as the missing traces should be among, and some more; where few or none were found so far, far more than before.
    const likely = (search.limit + 1 - traces.length) * (inspected / traces.length) * ALLOWANCE;
    batch = Math.min(MOST_AT_ONCE, batch * 4, Math.max(first, Math.ceil(likely)));
  }
  traces.sort((a, b) => (a.startNs === b.startNs ? 0 : a.startNs > b.startNs ? -1 : 1));
  const more = traces.length > search.limit;
  return { traces: traces.slice(0, search.limit), more, inspected, cut: !more && !whole };
}
