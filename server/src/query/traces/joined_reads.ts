import {
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

/** What of a range the store has to be asked, to be found out in one step with what memory has; undefined when nothing. */
export function belowFloor<T extends NsRange>({ recent }: TraceStore, range: T): T | undefined {
  const floorNs = recent?.floorNs;
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
  const stored = belowFloor(store, request);
  const seen = new Set<string>();
  for (const { slice, row } of store.recent?.matching(request, request.predicate) ?? []) {
    if (seen.size >= request.limit) return;
    const span = spanAt(slice, row);
    const key = keyOf(span);
    if (seen.has(key)) continue;
    seen.add(key);
    yield span;
  }
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
  const stored = belowFloor(store, request);
  const ids = new Set<string>();
  for (const { slice, row } of store.recent?.matching(request, request.predicate) ?? []) {
    ids.add(traceIdAt(slice, row));
    if (ids.size >= request.limit) return [...ids];
  }
  if (stored === undefined) return [...ids];
  const found = await readMatchingTraceIds(store.reader, stored, options);
  return [...ids, ...found.filter((id) => !ids.has(id))].slice(0, request.limit);
}
