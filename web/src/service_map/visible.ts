import type { MapEdge, MapNode, ServiceMapAnswer } from '@trilith/contract';

/** More nodes than this are not drawn at once unless asked for. */
const mostUnfocused = 40;
/** With fewer calls than this nothing is folded. */
const fewEdges = 40;
/** A call is rare that makes up less than this of the busiest call of both its ends. */
const rareShare = 0.01;

export interface MapChoice {
  /** The node in the middle; null for the whole map. */
  readonly focus: string | null;
  /** Steps from it. */
  readonly depth: number;
  readonly rare: boolean;
}

export interface VisibleMap {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
  /** Rare calls that are not drawn. */
  readonly folded: number;
}

/** What of a map is drawn: around the focus, without rare calls as long as every node keeps one. */
export function visibleMap(map: ServiceMapAnswer, { focus, depth, rare }: MapChoice): VisibleMap {
  const kept = focus === null ? null : reachable(map.edges, focus, depth);
  const nodes = map.nodes.filter(({ id }) => kept === null || kept.has(id));
  const ids = new Set(nodes.map(({ id }) => id));
  const edges = map.edges.filter(({ from, to }) => ids.has(from) && ids.has(to));
  if (rare || edges.length < fewEdges) return { nodes, edges, folded: 0 };
  const drawn = withoutRare(edges);
  return { nodes, edges: drawn, folded: edges.length - drawn.length };
}

/** The nodes at most so many steps away, along calls and against them. */
function reachable(edges: readonly MapEdge[], focus: string, depth: number): ReadonlySet<string> {
  const kept = new Set([focus]);
  for (let step = 0; step < depth; step += 1) {
    const before = new Set(kept);
    for (const { from, to } of edges) {
      if (before.has(from)) kept.add(to);
      if (before.has(to)) kept.add(from);
    }
  }
  return kept;
}

function withoutRare(edges: readonly MapEdge[]): readonly MapEdge[] {
  const busiest = new Map<string, number>();
  const degree = new Map<string, number>();
  for (const { from, to, rate } of edges)
    for (const id of [from, to]) {
      busiest.set(id, Math.max(busiest.get(id) ?? 0, rate));
      degree.set(id, (degree.get(id) ?? 0) + 1);
    }
  const isRare = ({ from, to, rate }: MapEdge): boolean =>
    rate < rareShare * Math.min(busiest.get(from) ?? 0, busiest.get(to) ?? 0);
  return edges.filter((edge) => {
    if (!isRare(edge)) return true;
    const [from, to] = [degree.get(edge.from) ?? 0, degree.get(edge.to) ?? 0];
    if (from < 2 || to < 2) return true;
    degree.set(edge.from, from - 1);
    degree.set(edge.to, to - 1);
    return false;
  });
}

/** The node a large map begins with: the header's service, else the busiest service. */
export function firstFocus({ nodes }: ServiceMapAnswer, scope: string): string | null {
  const scoped = nodes.find(({ id }) => id === scope);
  if (scoped !== undefined) return scoped.id;
  if (nodes.length <= mostUnfocused) return null;
  const services = nodes.filter(({ kind }) => kind === 'service').toSorted((a, b) => b.rate - a.rate);
  return services[0]?.id ?? null;
}

/** How bad a share of errors is, as the colours of the map say it. */
export function severityOf(errorRatio: number): 'error' | 'warning' | 'none' {
  if (errorRatio >= 0.05) return 'error';
  return errorRatio >= 0.01 ? 'warning' : 'none';
}
