import type { TraceSpan } from '@trilith/contract';

/** A span in its place. Nodes come depth first, children by start. */
export interface TreeNode {
  readonly span: TraceSpan;
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** Place of the parent among the nodes, -1 for a root and for a span whose parent never arrived. */
  readonly parent: number;
  /** 0 for roots. */
  readonly depth: number;
  /** Whether it is the last child of its parent. */
  readonly last: boolean;
  readonly parentMissing: boolean;
}

interface Linked {
  readonly span: TraceSpan;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly parentMissing: boolean;
  readonly children: Linked[];
}

/** The tree of a trace's spans, flattened. A cycle of parents is cut, so that every span comes once. */
export function treeOf(spans: readonly TraceSpan[]): TreeNode[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const linked = spans.map((span): Linked => {
    const startNs = BigInt(span.startNs);
    const { parentSpanId } = span;
    const parentMissing = parentSpanId !== null && !ids.has(parentSpanId);
    return { span, startNs, endNs: startNs + BigInt(span.durationNs), parentMissing, children: [] };
  });
  // Both sides of a call may share an id (B3): the first one takes the children.
  const byId = new Map(linked.toReversed().map((one) => [one.span.spanId, one]));
  const roots: Linked[] = [];
  for (const one of linked) {
    const parent = one.span.parentSpanId === null ? undefined : byId.get(one.span.parentSpanId);
    if (parent === undefined || parent === one) roots.push(one);
    else parent.children.push(one);
  }
  const nodes: TreeNode[] = [];
  const reached = new Set<Linked>();
  const flatten = (root: Linked): void => {
    const stack: { readonly one: Linked; readonly parent: number; readonly depth: number; readonly last: boolean }[] = [
      { one: root, parent: -1, depth: 0, last: true },
    ];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { one, parent, depth, last } = next;
      if (reached.has(one)) continue;
      reached.add(one);
      const place = nodes.length;
      const { span, startNs, endNs, parentMissing } = one;
      nodes.push({ span, startNs, endNs, parentMissing, parent, depth, last });
      const children = one.children.toSorted(byStart);
      for (const [at, child] of [...children.entries()].reverse())
        stack.push({ one: child, parent: place, depth: depth + 1, last: at === children.length - 1 });
    }
  };
  for (const root of roots.sort(byStart)) flatten(root);
  for (const one of linked) if (!reached.has(one)) flatten(one);
  return nodes;
}

function byStart(a: Linked, b: Linked): number {
  if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1;
  return a.endNs === b.endNs ? 0 : a.endNs > b.endNs ? -1 : 1;
}

/** From the earliest start to the latest end, ns; zero without nodes. */
export function extentOf(nodes: readonly TreeNode[]): { readonly startNs: bigint; readonly endNs: bigint } {
  let startNs = nodes[0]?.startNs ?? 0n;
  let endNs = nodes[0]?.endNs ?? 0n;
  for (const node of nodes) {
    if (node.startNs < startNs) startNs = node.startNs;
    if (node.endNs > endNs) endNs = node.endNs;
  }
  return { startNs, endNs };
}

/**
 * Places of the spans that decide how long the trace takes, by Jaeger's algorithm (jaeger-ui, TraceTimelineViewer,
 * criticalPath) told by whole spans: from the end of the root that ends last backwards, always the child that ended last
 * before the moment reached. A child that outlives its parent counts up to its parent's end, one that began later not at all.
 */
export function criticalSpans(nodes: readonly TreeNode[]): ReadonlySet<number> {
  const children = Map.groupBy(nodes.keys(), (place) => nodes[place]?.parent ?? -1);
  const endOf = (place: number): bigint => nodes[place]?.endNs ?? 0n;
  const startOf = (place: number): bigint => nodes[place]?.startNs ?? 0n;
  const lastFirst = (places: readonly number[]): number[] =>
    places.toSorted((a, b) => (endOf(a) === endOf(b) ? 0 : endOf(a) > endOf(b) ? -1 : 1));
  const path = new Set<number>();
  const stack = lastFirst(children.get(-1) ?? []).slice(0, 1);
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    path.add(place);
    const parentEndNs = endOf(place);
    let untilNs = parentEndNs;
    for (const child of lastFirst(children.get(place) ?? [])) {
      // biome-ignore lint/complexity/useMathMinMax: Math.min takes no bigint
      const endNs = endOf(child) < parentEndNs ? endOf(child) : parentEndNs;
      if (startOf(child) >= parentEndNs || endNs > untilNs) continue;
      stack.push(child);
      untilNs = startOf(child);
    }
  }
  return path;
}

/** Places of the nodes that satisfy a condition, and of all above them. */
export function withAncestors(
  nodes: readonly TreeNode[],
  wanted: (node: TreeNode, place: number) => boolean,
): Set<number> {
  const kept = new Set<number>();
  for (const [place, node] of nodes.entries()) {
    if (!wanted(node, place)) continue;
    for (let at = place; at >= 0 && !kept.has(at); at = nodes[at]?.parent ?? -1) kept.add(at);
  }
  return kept;
}
