import { type NamedOperation, type NsRange, readOperations, readServiceNames } from '../../store/index.ts';
import { recentOperations, recentServiceNames } from '../recent_spans/recent_names.ts';
import { rangeParts } from './range_parts.ts';
import { serviceEdges } from './service_map.ts';
import { serviceSpans } from './service_spans.ts';
import type { TraceStore } from './trace.ts';

/** Services with spans in a range, by name. Throws StoreError. */
export async function spanServices(
  store: TraceStore,
  range: NsRange,
  limit: number,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const { recent, stored } = rangeParts(store, range);
  const names = recent === undefined ? [] : await recentServiceNames(recent.slices, recent, signal);
  const options = signal === undefined ? store.query : { ...store.query, signal };
  const others = stored === undefined ? [] : await readServiceNames(store.reader, { ...stored, limit }, options);
  return [...new Set([...names, ...others])].sort().slice(0, limit);
}

/** Operations with the kinds of their spans, of one service or (empty) all, of one kind or all. Throws StoreError. */
export async function spanOperations(
  store: TraceStore,
  request: NsRange & { readonly service: string; readonly kind: string; readonly limit: number },
  signal?: AbortSignal,
): Promise<readonly NamedOperation[]> {
  const { recent, stored } = rangeParts(store, request);
  const found = recent === undefined ? [] : await recentOperations(recent.slices, { ...request, ...recent }, signal);
  const options = signal === undefined ? store.query : { ...store.query, signal };
  const others = stored === undefined ? [] : await readOperations(store.reader, { ...request, ...stored }, options);
  const distinct = new Map([...found, ...others].map((one) => [JSON.stringify([one.name, one.kind]), one]));
  return [...distinct.values()].sort(byNameAndKind).slice(0, request.limit);
}

function byNameAndKind(a: NamedOperation, b: NamedOperation): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.kind < b.kind ? -1 : 1;
}

export interface ServiceCalls {
  readonly parent: string;
  readonly child: string;
  readonly calls: number;
}

/** How often services called one another in a range, busiest first. Throws StoreError. */
export async function serviceCalls(
  store: TraceStore,
  range: NsRange,
  signal?: AbortSignal,
): Promise<readonly ServiceCalls[]> {
  const options = signal === undefined ? store.query : { ...store.query, signal };
  const { edges, oneOf } = await serviceEdges(store, range, options);
  const isOutside = edges.some(({ kind }) => kind === 'external');
  const services = isOutside ? await serviceSpans(store, { ...range, byOperation: false }, options) : [];
  const known = new Set(services.map(({ service }) => service));
  const calls = new Map<string, ServiceCalls>();
  for (const { kind, from, to, requests } of edges) {
    // What a service calls under the name of another is that service: its spans were lost or not sampled.
    if (kind !== 'call' && !(kind === 'external' && known.has(to))) continue;
    const key = JSON.stringify([from, to]);
    calls.set(key, { parent: from, child: to, calls: (calls.get(key)?.calls ?? 0) + requests * oneOf });
  }
  return Array.from(calls.values(), (one) => ({ ...one, calls: Math.round(one.calls) })).sort(
    (a, b) => b.calls - a.calls,
  );
}
