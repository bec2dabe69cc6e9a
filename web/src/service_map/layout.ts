/** Where nodes and edges of a directed graph are drawn, px; nothing overlaps. */
export interface Placed {
  /** Centres of nodes by id. */
  readonly nodes: ReadonlyMap<string, Point>;
  /** For each edge, in the order given: the points it bends at between its ends. */
  readonly bends: readonly (readonly Point[])[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Link {
  readonly from: string;
  readonly to: string;
}

export const layouts = ['right', 'down', 'ring'] as const;
export type Layout = (typeof layouts)[number];

export const nodeWidth = 188;
export const nodeHeight = 46;
const layerGapPx = 150;
const layerGapDownPx = 76;
const ringGapPx = 130;
const sideGapPx = 18;
/** A long edge passes a layer in a lane of its own. */
const laneShare = 0.35;
const orderSweeps = 12;
const placeSweeps = 8;

interface Cell {
  readonly id: string;
  readonly layer: number;
  readonly isNode: boolean;
  readonly before: number[];
  readonly after: number[];
  /** Its place across the layer. */
  at: number;
}

/**
 * Draws a graph in layers (Sugiyama, Tagawa, Toda 1981): edges against the flow are turned, each node comes a layer behind its
 * callers, layers are ordered by the barycentre of neighbours, and nodes move towards them as far as their order lets them.
 */
export function layered(ids: readonly string[], links: readonly Link[], direction: 'right' | 'down'): Placed {
  const known = new Set(ids);
  const drawn = links.map(({ from, to }) => known.has(from) && known.has(to) && from !== to);
  const turned = turnedLinks(ids, links, drawn);
  const layerOf = layersOf(ids, links, drawn, turned);
  const { cells, chains } = cellsOf(ids, links, drawn, turned, layerOf);
  const layers = orderLayers(cells);
  placeAcross(cells, layers, direction === 'right' ? nodeHeight + sideGapPx : nodeWidth + sideGapPx);
  const along = direction === 'right' ? nodeWidth + layerGapPx : nodeHeight + layerGapDownPx;
  const point = ({ layer, at }: Cell): Point =>
    direction === 'right' ? { x: layer * along, y: at } : { x: at, y: layer * along };
  const nodes = new Map(cells.filter((cell) => cell.isNode).map((cell) => [cell.id, point(cell)]));
  const bends = chains.map((chain, link) => {
    const points = chain.flatMap((index) => {
      const cell = cells[index];
      return cell === undefined ? [] : [point(cell)];
    });
    return turned[link] === true ? points.reverse() : points;
  });
  return { nodes, bends };
}

/** Which links run against the flow: those that close a cycle in a walk that begins where nobody calls. */
function turnedLinks(ids: readonly string[], links: readonly Link[], drawn: readonly boolean[]): boolean[] {
  const turned = links.map(() => false);
  const out = new Map<string, number[]>(ids.map((id) => [id, []]));
  const callers = new Map<string, number>(ids.map((id) => [id, 0]));
  links.forEach(({ from, to }, link) => {
    if (drawn[link] !== true) return;
    out.get(from)?.push(link);
    callers.set(to, (callers.get(to) ?? 0) + 1);
  });
  const state = new Map<string, 'open' | 'done'>();
  const walk = (start: string): void => {
    const path: { readonly id: string; next: number }[] = [{ id: start, next: 0 }];
    state.set(start, 'open');
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const link = out.get(top.id)?.[top.next];
      top.next += 1;
      if (link === undefined) {
        state.set(top.id, 'done');
        path.pop();
        continue;
      }
      const to = links[link]?.to ?? '';
      if (state.get(to) === 'open') turned[link] = true;
      else if (state.get(to) === undefined) {
        state.set(to, 'open');
        path.push({ id: to, next: 0 });
      }
    }
  };
  const roots = ids.toSorted((a, b) => (callers.get(a) ?? 0) - (callers.get(b) ?? 0));
  for (const id of roots) if (state.get(id) === undefined) walk(id);
  return turned;
}

/** The layer of each node: one behind the last of its callers. */
function layersOf(
  ids: readonly string[],
  links: readonly Link[],
  drawn: readonly boolean[],
  turned: readonly boolean[],
): ReadonlyMap<string, number> {
  const layer = new Map<string, number>(ids.map((id) => [id, 0]));
  const waiting = new Map<string, number>(ids.map((id) => [id, 0]));
  const next = new Map<string, string[]>();
  links.forEach(({ from, to }, link) => {
    if (drawn[link] !== true) return;
    const [a, b] = turned[link] === true ? [to, from] : [from, to];
    next.set(a, [...(next.get(a) ?? []), b]);
    waiting.set(b, (waiting.get(b) ?? 0) + 1);
  });
  const ready = ids.filter((id) => waiting.get(id) === 0);
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    for (const to of next.get(id) ?? []) {
      layer.set(to, Math.max(layer.get(to) ?? 0, (layer.get(id) ?? 0) + 1));
      const left = (waiting.get(to) ?? 1) - 1;
      waiting.set(to, left);
      if (left === 0) ready.push(to);
    }
  }
  return layer;
}

/** Nodes, and for links over several layers a cell in each layer between, joined to their neighbours. */
function cellsOf(
  ids: readonly string[],
  links: readonly Link[],
  drawn: readonly boolean[],
  turned: readonly boolean[],
  layerOf: ReadonlyMap<string, number>,
): { readonly cells: readonly Cell[]; readonly chains: readonly (readonly number[])[] } {
  const cells: Cell[] = ids.map((id) => ({
    id,
    layer: layerOf.get(id) ?? 0,
    isNode: true,
    before: [],
    after: [],
    at: 0,
  }));
  const indexOf = new Map(ids.map((id, index) => [id, index]));
  const join = (a: number, b: number): void => {
    cells[a]?.after.push(b);
    cells[b]?.before.push(a);
  };
  const chains = links.map(({ from, to }, link) => {
    if (drawn[link] !== true) return [];
    const [first, last] = turned[link] === true ? [to, from] : [from, to];
    const end = indexOf.get(last) ?? 0;
    const chain: number[] = [];
    let previous = indexOf.get(first) ?? 0;
    for (let layer = (layerOf.get(first) ?? 0) + 1; layer < (layerOf.get(last) ?? 0); layer += 1) {
      const index = cells.push({ id: '', layer, isNode: false, before: [], after: [], at: 0 }) - 1;
      join(previous, index);
      chain.push(index);
      previous = index;
    }
    join(previous, end);
    return chain;
  });
  return { cells, chains };
}

/** Cells by layer, ordered so that few edges cross: each layer by the barycentre of the one before it, then of the one behind. */
function orderLayers(cells: readonly Cell[]): readonly number[][] {
  const layers: number[][] = [];
  cells.forEach((cell, index) => {
    while (layers.length <= cell.layer) layers.push([]);
    layers[cell.layer]?.push(index);
  });
  const rank = new Float64Array(cells.length);
  const settle = (layer: readonly number[]): void => {
    layer.forEach((index, at) => {
      rank[index] = at / Math.max(1, layer.length);
    });
  };
  for (const layer of layers) settle(layer);
  for (let sweep = 0; sweep < orderSweeps; sweep += 1) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : layers.toReversed()) {
      const weight = new Map(
        layer.map((index) => {
          const cell = cells[index];
          const near = (down ? cell?.before : cell?.after) ?? [];
          const sum = near.reduce((total, other) => total + (rank[other] ?? 0), 0);
          return [index, near.length === 0 ? (rank[index] ?? 0) : sum / near.length];
        }),
      );
      layer.sort((a, b) => (weight.get(a) ?? 0) - (weight.get(b) ?? 0) || a - b);
      settle(layer);
    }
  }
  return layers;
}

/** Gives every cell its place across its layer: near its neighbours, at least a gap from the next. */
function placeAcross(cells: readonly Cell[], layers: readonly number[][], gapPx: number): void {
  const room = (index: number): number => (cells[index]?.isNode === true ? gapPx : gapPx * laneShare);
  const gap = (a: number, b: number): number => (room(a) + room(b)) / 2;
  for (const layer of layers) {
    let at = 0;
    layer.forEach((index, order) => {
      const previous = layer[order - 1];
      at += previous === undefined ? 0 : gap(previous, index);
      const cell = cells[index];
      if (cell !== undefined) cell.at = at;
    });
    for (const index of layer) {
      const cell = cells[index];
      if (cell !== undefined) cell.at -= at / 2;
    }
  }
  for (let sweep = 0; sweep < placeSweeps; sweep += 1) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : layers.toReversed()) {
      const wanted = layer.map((index) => {
        const cell = cells[index];
        const near = (down ? cell?.before : cell?.after) ?? [];
        if (near.length === 0) return cell?.at ?? 0;
        return near.reduce((sum, other) => sum + (cells[other]?.at ?? 0), 0) / near.length;
      });
      spread(layer, wanted, gap).forEach((at, order) => {
        const cell = cells[layer[order] ?? -1];
        if (cell !== undefined) cell.at = at;
      });
    }
  }
}

/** Places in the given order, each near the wanted one and a gap from the next: groups that would overlap share their mean. */
function spread(
  layer: readonly number[],
  wanted: readonly number[],
  gap: (a: number, b: number) => number,
): readonly number[] {
  const groups: { sum: number; readonly members: number[]; readonly offsets: number[] }[] = [];
  const startOf = (group: { sum: number; members: number[] }): number => group.sum / group.members.length;
  layer.forEach((index, order) => {
    groups.push({ sum: wanted[order] ?? 0, members: [index], offsets: [0] });
    for (;;) {
      const last = groups.at(-1);
      const before = groups.at(-2);
      if (last === undefined || before === undefined) break;
      const step = (before.offsets.at(-1) ?? 0) + gap(before.members.at(-1) ?? 0, last.members[0] ?? 0);
      if (startOf(last) >= startOf(before) + step) break;
      before.sum += last.sum - step * last.members.length;
      before.offsets.push(...last.offsets.map((offset) => offset + step));
      before.members.push(...last.members);
      groups.pop();
    }
  });
  return groups.flatMap((group) => group.offsets.map((offset) => startOf(group) + offset));
}

/** Draws nodes on rings around one, by the steps it takes to reach them; a ring is as wide as its nodes need. */
export function ringed(ids: readonly string[], links: readonly Link[], centre: string): Placed {
  const near = new Map<string, Set<string>>(ids.map((id) => [id, new Set<string>()]));
  for (const { from, to } of links) {
    if (!near.has(from) || !near.has(to)) continue;
    near.get(from)?.add(to);
    near.get(to)?.add(from);
  }
  const rings: string[][] = [[centre]];
  const seen = new Set([centre]);
  for (let ring = rings[0]; ring !== undefined && ring.length > 0; ring = rings.at(-1)) {
    const next = ring.flatMap((id) => [...(near.get(id) ?? [])]).filter((id) => !seen.has(id));
    for (const id of next) seen.add(id);
    if (next.length === 0) break;
    rings.push([...new Set(next)]);
  }
  const apart = ids.filter((id) => !seen.has(id));
  if (apart.length > 0) rings.push(apart);
  const nodes = new Map<string, Point>();
  let radius = 0;
  rings.forEach((ring, at) => {
    if (at > 0)
      radius = Math.max(radius + nodeWidth + ringGapPx, (ring.length * (nodeWidth + sideGapPx)) / (2 * Math.PI));
    ring.forEach((id, place) => {
      const angle = (place / ring.length) * 2 * Math.PI - Math.PI / 2;
      nodes.set(id, { x: Math.cos(angle) * radius, y: Math.sin(angle) * radius });
    });
  });
  return { nodes, bends: links.map(() => []) };
}
