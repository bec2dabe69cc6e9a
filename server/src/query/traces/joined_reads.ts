import {
  type FoundTrace,
  findTraces,
  type NsRange,
  type QueryOptions,
  readMatchingSpans,
  readMatchingTraceIds,
  type SpanPredicate,
  type StoredSpan,
} from '../../store/index.ts';
import { spanAt, traceIdAt } from '../recent_spans/slice_spans.ts';
import type { TraceStore } from './trace.ts';

/**
 * Reads of the store joined with the spans that are in memory: what was acknowledged is found at once, and where memory has
 * all of a range the store is not asked. Spans and traces in memory may satisfy a predicate or not: whoever asks holds
 * them against the whole query, as it does those of the store.
 */

type Request = NsRange & { readonly predicate: SpanPredicate; readonly limit: number };

/** What of a range the store has to be asked; undefined when nothing. */
function belowFloor<T extends NsRange>({ recent }: TraceStore, range: T): T | undefined {
  const floorNs = recent?.floorOf(range);
  if (floorNs === undefined || range.endNs <= floorNs) return range;
  return range.startNs >= floorNs ? undefined : { ...range, endNs: floorNs };
}

const keyOf = ({ traceId, spanId, kind }: StoredSpan): string => traceId + spanId + kind;

/** Spans of a range that may satisfy a predicate, each once, in no order; about `limit` at most. Throws StoreError. */
export async function* matchingSpans(
  store: TraceStore,
  request: Request & { readonly eventsAndLinks: boolean },
  options: QueryOptions,
): AsyncGenerator<StoredSpan> {
  const seen = new Set<string>();
  for (const { slice, row } of store.recent?.matching(request, request.predicate) ?? []) {
    if (seen.size >= request.limit) return;
    const span = spanAt(slice, row);
    const key = keyOf(span);
    if (seen.has(key)) continue;
    seen.add(key);
    yield span;
  }
  const stored = belowFloor(store, request);
  if (stored === undefined) return;
  for await (const span of readMatchingSpans(store.reader, stored, options)) {
    if (seen.size === 0 || !seen.has(keyOf(span))) yield span;
  }
}

/** Ids of the traces with a span in a range that may satisfy a predicate, in no order. Throws StoreError. */
export async function matchingTraceIds(
  store: TraceStore,
  request: Request,
  options: QueryOptions,
): Promise<readonly string[]> {
  const ids = new Set<string>();
  for (const { slice, row } of store.recent?.matching(request, request.predicate) ?? []) {
    ids.add(traceIdAt(slice, row));
    if (ids.size >= request.limit) return [...ids];
  }
  const stored = belowFloor(store, request);
  if (stored === undefined) return [...ids];
  const found = await readMatchingTraceIds(store.reader, stored, options);
  return [...ids, ...found.filter((id) => !ids.has(id))].slice(0, request.limit);
}

/** Traces with a span that may match, those with the newest such span first. Throws StoreError. */
export async function newestTraces(
  store: TraceStore,
  request: Request,
  options: QueryOptions,
): Promise<readonly FoundTrace[]> {
  const newest = new Map<string, bigint>();
  const note = (traceId: string, newestNs: bigint): void => {
    const known = newest.get(traceId);
    if (known === undefined || newestNs > known) newest.set(traceId, newestNs);
  };
  for (const { slice, row } of store.recent?.matching(request, request.predicate) ?? [])
    note(traceIdAt(slice, row), slice.startNs(row));
  const stored = belowFloor(store, request);
  if (stored !== undefined && (newest.size < request.limit || stored.endNs > floorOfNewest(newest, request.limit)))
    for (const { traceId, newestNs } of await findTraces(store.reader, stored, options)) note(traceId, newestNs);
  return [...newest]
    .map(([traceId, newestNs]) => ({ traceId, newestNs }))
    .sort((a, b) => (a.newestNs === b.newestNs ? 0 : a.newestNs > b.newestNs ? -1 : 1))
    .slice(0, request.limit);
}

/** The time that a further trace has to be newer than to be among the first `limit`. */
function floorOfNewest(newest: ReadonlyMap<string, bigint>, limit: number): bigint {
  const times = [...newest.values()].sort((a, b) => (a === b ? 0 : a > b ? -1 : 1));
  return times[limit - 1] ?? 0n;
}
