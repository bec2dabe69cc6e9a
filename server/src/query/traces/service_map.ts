import {
  countStoredSpans,
  type NsRange,
  type QueryOptions,
  readServiceEdges,
  type ServiceEdge,
} from '../../store/index.ts';
import { recentServiceEdges } from '../recent_spans/service_edges.ts';
import { wholeInMemory } from './range_parts.ts';
import { serviceSpans } from './service_spans.ts';
import type { TraceStore } from './trace.ts';

/** Spans joined at most; of a longer range whole traces are sampled and the figures scaled up. */
const MOST_SPANS = 2_000_000;

export interface ServiceMapNode {
  readonly id: string;
  readonly name: string;
  readonly kind: 'service' | 'database' | 'queue' | 'external';
  readonly system: string;
  /** Requests a second. */
  readonly rate: number;
  readonly errorRatio: number;
  readonly p95Ms: number | undefined;
}

export interface ServiceMapEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: 'call' | 'message' | 'database';
  readonly rate: number;
  readonly errorRatio: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

export interface ServiceMap {
  readonly nodes: readonly ServiceMapNode[];
  /** Busiest first. */
  readonly edges: readonly ServiceMapEdge[];
  /** The share of traces counted. */
  readonly sampled: number;
}

/** Services, databases, queues and outside systems of a range, and who calls whom. Throws StoreError. */
export async function serviceMap(store: TraceStore, range: NsRange, signal?: AbortSignal): Promise<ServiceMap> {
  const options = signal === undefined ? store.query : { ...store.query, signal };
  const [{ edges: found, oneOf }, services] = await Promise.all([
    serviceEdges(store, range, options),
    serviceSpans(store, { ...range, byOperation: false }, options),
  ]);
  const seconds = Number(range.endNs - range.startNs) / 1e9;
  const nodes = new Map<string, ServiceMapNode>();
  for (const row of services)
    if (row.service !== '')
      nodes.set(row.service, {
        id: row.service,
        name: row.service,
        kind: 'service',
        system: '',
        rate: row.requests / seconds,
        errorRatio: row.requests === 0 ? 0 : row.errors / row.requests,
        p95Ms: row.p95Ms,
      });
  const edges = found.map((edge): ServiceMapEdge => {
    const ends = endsOf(edge, nodes);
    return {
      from: ends.from,
      to: ends.to,
      kind: edge.kind === 'database' ? 'database' : ends.queue === undefined ? 'call' : 'message',
      rate: (edge.requests * oneOf) / seconds,
      errorRatio: edge.requests === 0 ? 0 : edge.errors / edge.requests,
      p50Ms: edge.p50Ms,
      p95Ms: edge.p95Ms,
    };
  });
  addCalled(nodes, found, edges);
  return { nodes: [...nodes.values()], edges: edges.sort((a, b) => b.rate - a.rate), sampled: 1 / oneOf };
}

/** From memory where it has all of the range; of the store's spans those of one in `oneOf` traces. Throws StoreError. */
export async function serviceEdges(
  store: TraceStore,
  range: NsRange,
  options: QueryOptions,
): Promise<{ readonly edges: readonly ServiceEdge[]; readonly oneOf: number }> {
  const recent = wholeInMemory(store, range);
  const edges = recent === undefined ? undefined : await recentServiceEdges(recent.slices, range, options.signal);
  if (edges !== undefined) return { edges, oneOf: 1 };
  const oneOf = Math.max(1, Math.ceil((await countStoredSpans(store.reader, range, options)) / MOST_SPANS));
  return { edges: await readServiceEdges(store.reader, { ...range, oneOf }, options), oneOf };
}

/** An outside system of a known service's name is that service: its spans were lost or not sampled. */
function endsOf(
  { kind, from, to, system }: ServiceEdge,
  services: ReadonlyMap<string, ServiceMapNode>,
): { readonly from: string; readonly to: string; readonly queue: string | undefined } {
  switch (kind) {
    case 'call':
      return { from, to, queue: undefined };
    case 'produce':
      return { from, to: nodeId('queue', system, to), queue: to };
    case 'consume':
      return { from: nodeId('queue', system, from), to, queue: from };
    case 'database':
      return { from, to: nodeId('database', system, to), queue: undefined };
    case 'external':
      return { from, to: services.get(to)?.kind === 'service' ? to : nodeId('external', '', to), queue: undefined };
  }
}

function nodeId(kind: 'queue' | 'database' | 'external', system: string, name: string): string {
  return `${kind}:${system}:${name}`;
}

/** Nodes that only edges tell of: services without requests of their own, queues, databases, outside systems. */
function addCalled(
  nodes: Map<string, ServiceMapNode>,
  found: readonly ServiceEdge[],
  edges: readonly ServiceMapEdge[],
): void {
  const names = new Map<string, Pick<ServiceMapNode, 'name' | 'kind' | 'system'>>();
  found.forEach((edge, at) => {
    const ends = edges[at];
    if (ends === undefined) return;
    const service = (name: string) => ({ name, kind: 'service', system: '' }) as const;
    const queue = (name: string) => ({ name, kind: 'queue', system: edge.system }) as const;
    names.set(ends.from, edge.kind === 'consume' ? queue(edge.from) : service(edge.from));
    if (edge.kind === 'produce') names.set(ends.to, queue(edge.to));
    else if (edge.kind === 'database') names.set(ends.to, { name: edge.to, kind: 'database', system: edge.system });
    else if (edge.kind === 'external' && ends.to !== edge.to)
      names.set(ends.to, { name: edge.to, kind: 'external', system: '' });
    else names.set(ends.to, service(edge.to));
  });
  for (const [id, node] of names) {
    if (nodes.has(id)) continue;
    const into = edges.filter(({ to }) => to === id);
    // Of a queue whose producers send no spans, what is taken from it tells its rate.
    const counted = into.length > 0 ? into : edges.filter(({ from }) => from === id);
    const rate = counted.reduce((sum, one) => sum + one.rate, 0);
    const errors = counted.reduce((sum, one) => sum + one.rate * one.errorRatio, 0);
    nodes.set(id, {
      id,
      ...node,
      rate,
      errorRatio: rate === 0 ? 0 : Math.min(1, errors / rate),
      p95Ms: counted.length === 0 ? undefined : Math.max(...counted.map(({ p95Ms }) => p95Ms)),
    });
  }
}
