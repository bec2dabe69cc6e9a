import { type FoundTrace, findTraces, type NsRange, type QueryOptions, type SpanPredicate } from '../../store/index.ts';
import { newestRows } from '../recent_spans/newest_rows.ts';
import { traceIdAt } from '../recent_spans/slice_spans.ts';
import type { TraceStore } from './trace.ts';

/** Traces with a span in a range that may satisfy a predicate, those with the newest such span first. */
export interface Candidates {
  /** Ids of about so many further traces, each once; fewer are not the end. Throws StoreError. */
  next(most: number): Promise<readonly string[]>;
  /** Whether there are no more. */
  readonly isDone: boolean;
}

/**
 * Candidates of memory and the store. Where memory has all of a range the store is not asked, and else only when all
 * that memory has there was given out.
 */
export function candidateTraces(
  store: TraceStore,
  request: NsRange & { readonly predicate: SpanPredicate },
  options: QueryOptions,
): Candidates {
  const { startNs, endNs, predicate } = request;
  const seen = new Set<string>();
  const ofMemory = recentCandidates(store, request, seen);
  let belowNs = ofMemory.floorNs;
  let isRecentDone = false;
  return {
    get isDone() {
      return isRecentDone && belowNs <= startNs;
    },
    async next(most) {
      const ids = isRecentDone ? [] : ofMemory.next(most);
      isRecentDone = ids.length < most;
      if (ids.length > 0 || belowNs <= startNs) return ids;
      const found = await olderTraces(store, { startNs, endNs: belowNs, predicate, limit: most }, options);
      const fresh = found.flatMap(({ traceId }) => (seen.has(traceId) ? [] : [traceId]));
      for (const traceId of fresh) seen.add(traceId);
      const last = found.at(-1);
      if (last === undefined || found.length < most) belowNs = startNs;
      else belowNs = fresh.length === 0 ? last.newestNs : last.newestNs + 1n;
      if (belowNs > endNs) belowNs = endNs;
      return fresh;
    },
  };
}

/** What of the candidates is in memory and begins above the floor. */
function recentCandidates(
  { recent }: TraceStore,
  { startNs, endNs, predicate }: NsRange & { readonly predicate: SpanPredicate },
  seen: Set<string>,
): { readonly floorNs: bigint; next(most: number): readonly string[] } {
  const floor = recent?.floorNs;
  if (recent === undefined || floor === undefined || floor >= endNs) return { floorNs: endNs, next: () => [] };
  const range = { startNs: floor > startNs ? floor : startNs, endNs };
  const rows = newestRows(recent.slices(range), range, predicate);
  return {
    floorNs: floor,
    next(most) {
      const ids: string[] = [];
      while (ids.length < most) {
        const { value, done } = rows.next();
        if (done === true) break;
        const id = traceIdAt(value.slice, value.row);
        if (seen.has(id)) continue;
        seen.add(id);
        ids.push(id);
      }
      return ids;
    },
  };
}

/** Traces of the store below the floor, and of what came for that time since. */
async function olderTraces(
  store: TraceStore,
  request: NsRange & { readonly predicate: SpanPredicate; readonly limit: number },
  options: QueryOptions,
): Promise<readonly FoundTrace[]> {
  const newest = new Map<string, bigint>();
  const note = (traceId: string, newestNs: bigint): void => {
    const known = newest.get(traceId);
    if (known === undefined || newestNs > known) newest.set(traceId, newestNs);
  };
  for (const { slice, row } of store.recent?.matching(request, request.predicate) ?? [])
    note(traceIdAt(slice, row), slice.startNs(row));
  for (const { traceId, newestNs } of await findTraces(store.reader, request, options)) note(traceId, newestNs);
  return Array.from(newest, ([traceId, newestNs]) => ({ traceId, newestNs }))
    .sort((a, b) => (a.newestNs === b.newestNs ? 0 : a.newestNs > b.newestNs ? -1 : 1))
    .slice(0, request.limit);
}
