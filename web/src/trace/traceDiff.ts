import { kindOf, operationOf, type SpanTable, serviceOf } from './spanTable.ts';

/** The spans of one trace at one place of the tree. */
export interface DiffSide {
  readonly spans: number;
  readonly failures: number;
  /** Their durations and own times together, ns. */
  readonly totalNs: number;
  readonly selfNs: number;
}

export type DiffVerdict = 'added' | 'removed' | 'slower' | 'faster' | 'same';

/** A place in the tree of operations: what is called by the same operations down from the root is one place. */
export interface DiffNode {
  readonly service: string;
  readonly operation: string;
  readonly depth: number;
  readonly parent: number;
  /** How many places are below. */
  readonly below: number;
  /** Null where the trace has no such span. */
  readonly before: DiffSide | null;
  readonly after: DiffSide | null;
  readonly verdict: DiffVerdict;
}

/** A change of less than this share, or of less than this time, is none. */
const smallestShare = 0.1;
const smallestNs = 100_000;

interface Draft {
  readonly service: string;
  readonly operation: string;
  readonly children: number[];
  before: MutableSide | null;
  after: MutableSide | null;
}
type MutableSide = { -readonly [key in keyof DiffSide]: DiffSide[key] };

/** Puts the spans of a trace into the places, making those that are new. */
function place(
  drafts: Draft[],
  places: Map<string, number>,
  roots: number[],
  table: SpanTable,
  side: 'before' | 'after',
): void {
  const placed = new Int32Array(table.count);
  for (let row = 0; row < table.count; row += 1) {
    const above = table.parent[row] ?? -1;
    const parent = above < 0 ? -1 : (placed[above] ?? -1);
    const [service, operation] = [serviceOf(table, row), operationOf(table, row)];
    const key = `${parent}\u0000${service}\u0000${operation}\u0000${kindOf(table, row)}`;
    let at = places.get(key);
    if (at === undefined) {
      at = drafts.push({ service, operation, children: [], before: null, after: null }) - 1;
      places.set(key, at);
      (drafts[parent]?.children ?? roots).push(at);
    }
    placed[row] = at;
    const draft = drafts[at];
    if (draft === undefined) continue;
    draft[side] ??= { spans: 0, failures: 0, totalNs: 0, selfNs: 0 };
    const own = draft[side];
    own.spans += 1;
    own.failures += table.failed[row] ?? 0;
    own.totalNs += table.duration[row] ?? 0;
    own.selfNs += table.self[row] ?? 0;
  }
}

function verdictOf({ before, after }: Draft): DiffVerdict {
  if (before === null) return 'added';
  if (after === null) return 'removed';
  const change = after.totalNs - before.totalNs;
  if (Math.abs(change) < Math.max(smallestNs, before.totalNs * smallestShare)) return 'same';
  return change > 0 ? 'slower' : 'faster';
}

/** Two traces as one tree of operations, depth first in the order of the first trace. */
export function traceDiff(before: SpanTable, after: SpanTable): readonly DiffNode[] {
  const drafts: Draft[] = [];
  const places = new Map<string, number>();
  const roots: number[] = [];
  place(drafts, places, roots, before, 'before');
  place(drafts, places, roots, after, 'after');
  const nodes: { -readonly [key in keyof DiffNode]: DiffNode[key] }[] = [];
  const stack = roots.toReversed().map((at) => ({ at, parent: -1, depth: 0 }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const draft = drafts[next.at];
    if (draft === undefined) continue;
    const { service, operation } = draft;
    const own = nodes.length;
    nodes.push({
      service,
      operation,
      depth: next.depth,
      parent: next.parent,
      below: 0,
      before: draft.before,
      after: draft.after,
      verdict: verdictOf(draft),
    });
    for (const child of draft.children.toReversed()) stack.push({ at: child, parent: own, depth: next.depth + 1 });
  }
  for (let at = nodes.length - 1; at >= 0; at -= 1) {
    const node = nodes[at];
    const parent = nodes[node?.parent ?? -1];
    if (node !== undefined && parent !== undefined) parent.below += node.below + 1;
  }
  return nodes;
}

/** The places that differ, and those that lead to them. */
export function differing(nodes: readonly DiffNode[]): readonly DiffNode[] {
  const shown = new Set<number>();
  nodes.forEach((node, at) => {
    if (node.verdict === 'same') return;
    for (let up = at; up >= 0 && !shown.has(up); up = nodes[up]?.parent ?? -1) shown.add(up);
  });
  return nodes.filter((_, at) => shown.has(at));
}
