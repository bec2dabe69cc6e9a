import { type QueryOptions, readServiceSpans, type ServiceSpans } from '../../store/index.ts';
import { recentServiceSpans, type ServiceSpansRequest } from '../recent_spans/service_requests.ts';
import { wholeInMemory } from './range_parts.ts';
import type { TraceStore } from './trace.ts';

/** Requests that services answered, busiest first: from memory where it has all of the range. Throws StoreError. */
export async function serviceSpans(
  store: TraceStore,
  request: ServiceSpansRequest,
  options: QueryOptions,
): Promise<readonly ServiceSpans[]> {
  const recent = wholeInMemory(store, request);
  if (recent !== undefined) return recentServiceSpans(recent.slices, request, options.signal);
  return readServiceSpans(store.reader, request, options);
}
