import type { MapNode, MapNodeKind, ServiceMapAnswer } from '@trilith/contract';

export interface MapFilter {
  /** Part of a name, in any case. */
  readonly text: string;
  /** Null for every kind. */
  readonly kind: MapNodeKind | null;
  /** Only what failed in the range. */
  readonly failing: boolean;
}

/**
 * The part of a map that a filter lets through: nodes that match, calls that end at one, and what is at their other
 * end. The same map when the filter is open.
 */
export function filteredMap(map: ServiceMapAnswer, { text, kind, failing }: MapFilter): ServiceMapAnswer {
  const words = text.trim().toLowerCase();
  if (words === '' && kind === null && !failing) return map;
  const matches = (node: MapNode): boolean =>
    node.name.toLowerCase().includes(words) && (kind === null || node.kind === kind);
  const matching = map.nodes.filter(matches);
  const ids = new Set(matching.map(({ id }) => id));
  const edges = map.edges.filter(
    ({ from, to, errorRatio }) => (ids.has(from) || ids.has(to)) && (!failing || errorRatio > 0),
  );
  const kept = new Set(matching.filter(({ errorRatio }) => !failing || errorRatio > 0).map(({ id }) => id));
  for (const { from, to } of edges) kept.add(from).add(to);
  return { ...map, nodes: map.nodes.filter(({ id }) => kept.has(id)), edges };
}
