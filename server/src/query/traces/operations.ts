import { type NamedOperation, type NsRange, readOperations, readServiceNames } from '../../store/index.ts';
import { serviceMap } from './service_map.ts';
import type { TraceStore } from './trace.ts';

/** Services with spans in a range, by name. Throws StoreError. */
export async function spanServices(
  store: TraceStore,
  range: NsRange,
  limit: number,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const options = signal === undefined ? store.query : { ...store.query, signal };
  return readServiceNames(store.reader, { ...range, limit }, options);
}

/** Operations with the kinds of their spans, of one service or (empty) all, of one kind or all. Throws StoreError. */
export async function spanOperations(
  store: TraceStore,
  request: NsRange & { readonly service: string; readonly kind: string; readonly limit: number },
  signal?: AbortSignal,
): Promise<readonly NamedOperation[]> {
  const options = signal === undefined ? store.query : { ...store.query, signal };
  return readOperations(store.reader, request, options);
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
  const { nodes, edges } = await serviceMap(store, range, signal);
  const services = new Set(nodes.flatMap(({ id, kind }) => (kind === 'service' ? [id] : [])));
  const seconds = Number(range.endNs - range.startNs) / 1e9;
  return edges.flatMap(({ from, to, rate }) =>
    services.has(from) && services.has(to) ? [{ parent: from, child: to, calls: Math.round(rate * seconds) }] : [],
  );
}
