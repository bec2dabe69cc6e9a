import { idOf, kindOf, operationOf, type SpanTable, serviceOf } from '../trace/spanTable.ts';

/** A span to look at. */
interface StructureExample {
  readonly traceId: string;
  readonly spanId: string;
}

/** A place in the tree of many traces: spans of one service, operation and kind below the same places up to the root. */
export interface StructureNode {
  readonly service: string;
  readonly operation: string;
  readonly depth: number;
  /** Place of the parent in the list; -1 for roots. */
  readonly parent: number;
  readonly spans: number;
  /** Traces that have such a span. */
  readonly traces: number;
  readonly failures: number;
  /** Failed spans below which none failed: errors start here. */
  readonly origins: number;
  /** Durations and own times of the spans together, ns. */
  readonly totalNs: number;
  readonly selfNs: number;
  /** The longest span where an error starts, else the longest that failed, else the longest. */
  readonly example: StructureExample;
}

export interface Structure {
  /** Depth first; among siblings the one with the most time first. */
  readonly nodes: readonly StructureNode[];
  readonly traces: number;
  readonly spans: number;
  /** Spans of places beyond the bound, which are in no node. */
  readonly leftOut: number;
}

/** Places that are told apart; a browser still walks them at once. */
const mostPlaces = 5000;
/** In place of a parent: there is none, or it has no place. */
const root = -1;
const outside = -2;

type Sums = Pick<StructureNode, 'spans' | 'traces' | 'failures' | 'origins' | 'totalNs' | 'selfNs'>;

interface Draft {
  readonly service: string;
  readonly operation: string;
  readonly children: number[];
  readonly sums: { -readonly [key in keyof Sums]: Sums[key] };
  /** The last trace counted in `sums`. */
  lastTrace: SpanTable | null;
  example: { readonly table: SpanTable; readonly row: number };
}

/** How much a span says about its place: where errors start before failures before the rest. */
function weightOf({ failed, failedBelow }: SpanTable, row: number): number {
  if (failed[row] !== 1) return 0;
  return failedBelow[row] === 1 ? 1 : 2;
}

function isBetter(table: SpanTable, row: number, than: Draft['example']): boolean {
  const weight = weightOf(table, row) - weightOf(than.table, than.row);
  return weight > 0 || (weight === 0 && (table.duration[row] ?? 0) > (than.table.duration[than.row] ?? 0));
}

function count(draft: Draft, table: SpanTable, row: number): void {
  const { sums } = draft;
  sums.spans += 1;
  sums.failures += table.failed[row] ?? 0;
  sums.origins += weightOf(table, row) === 2 ? 1 : 0;
  sums.totalNs += table.duration[row] ?? 0;
  sums.selfNs += table.self[row] ?? 0;
  if (draft.lastTrace !== table) sums.traces += 1;
  draft.lastTrace = table;
  if (isBetter(table, row, draft.example)) draft.example = { table, row };
}

interface Places {
  readonly drafts: Draft[];
  readonly roots: number[];
  readonly byPath: Map<string, number>;
  readonly most: number;
}

/** The place of a row below that of its parent, made when it is new; `outside` when there is no room for it. */
function placeOf({ drafts, roots, byPath, most }: Places, table: SpanTable, row: number, parent: number): number {
  if (parent === outside) return outside;
  const [service, operation] = [serviceOf(table, row), operationOf(table, row)];
  const path = `${parent}\u0000${service}\u0000${operation}\u0000${kindOf(table, row)}`;
  const known = byPath.get(path);
  if (known !== undefined) return known;
  if (drafts.length >= most) return outside;
  const sums = { spans: 0, traces: 0, failures: 0, origins: 0, totalNs: 0, selfNs: 0 };
  const draft: Draft = { service, operation, sums, children: [], lastTrace: null, example: { table, row } };
  const at = drafts.push(draft) - 1;
  byPath.set(path, at);
  (drafts[parent]?.children ?? roots).push(at);
  return at;
}

/** Puts the spans of a trace into their places; how many found none. */
function place(places: Places, table: SpanTable): number {
  const placed = new Int32Array(table.count);
  let leftOut = 0;
  for (let row = 0; row < table.count; row += 1) {
    const above = table.parent[row] ?? root;
    const at = placeOf(places, table, row, above < 0 ? root : (placed[above] ?? outside));
    placed[row] = at;
    const draft = places.drafts[at];
    if (draft === undefined) leftOut += 1;
    else count(draft, table, row);
  }
  return leftOut;
}

/** Many traces as one tree of what calls what, of `most` places. */
export function structureOf(tables: readonly SpanTable[], most = mostPlaces): Structure {
  const drafts: Draft[] = [];
  const places: Places = { drafts, roots: [], byPath: new Map(), most };
  const leftOut = tables.reduce((sum, table) => sum + place(places, table), 0);
  const nodes: StructureNode[] = [];
  const byTime = (a: number, b: number): number =>
    (drafts[a]?.sums.totalNs ?? 0) - (drafts[b]?.sums.totalNs ?? 0) || b - a;
  const stack = places.roots.toSorted(byTime).map((at) => ({ at, parent: root, depth: 0 }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const draft = drafts[next.at];
    if (draft === undefined) continue;
    const { service, operation, sums, example } = draft;
    const own = nodes.length;
    nodes.push({
      service,
      operation,
      depth: next.depth,
      parent: next.parent,
      ...sums,
      example: { traceId: example.table.traceId, spanId: idOf(example.table, example.row) },
    });
    for (const child of draft.children.toSorted(byTime)) stack.push({ at: child, parent: own, depth: next.depth + 1 });
  }
  const spans = tables.reduce((sum, table) => sum + table.count, 0);
  return { nodes, traces: tables.length, spans, leftOut };
}

/** Places where errors start, the most errors first. */
export function errorOrigins({ nodes }: Structure): readonly StructureNode[] {
  return nodes.filter(({ origins }) => origins > 0).sort((a, b) => b.origins - a.origins);
}

/** The places where errors start, and those that lead to them. */
export function leadingToErrors({ nodes }: Structure): readonly StructureNode[] {
  const shown = new Set<number>();
  nodes.forEach((node, at) => {
    if (node.origins === 0) return;
    for (let up = at; up >= 0 && !shown.has(up); up = nodes[up]?.parent ?? root) shown.add(up);
  });
  return nodes.filter((_, at) => shown.has(at));
}
