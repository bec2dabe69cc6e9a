import { spanKinds } from '@trilith/contract';
import type { SpanTable } from './spanTable.ts';

/** The critical path: those of a row stand from `offsets[row]` to `offsets[row + 1]`, latest first, ns after the start. */
export interface CriticalPath {
  /** 1 where a span has a section. */
  readonly on: Uint8Array;
  readonly offsets: Int32Array;
  readonly from: Float64Array;
  readonly to: Float64Array;
  /** Time of the path's sections, ns. */
  readonly totalNs: number;
}

/** A path without a section. */
export function noPath({ count }: SpanTable): CriticalPath {
  const none = new Float64Array(0);
  return { on: new Uint8Array(count), offsets: new Int32Array(count + 1), from: none, to: none, totalNs: 0 };
}

interface Bounds {
  readonly from: Float64Array;
  readonly to: Float64Array;
  /** 1 for spans that no path leads through. */
  readonly left: Uint8Array;
}

const producer = spanKinds.indexOf('producer');
const consumer = spanKinds.indexOf('consumer');

/**
 * Spans cut to where their parents are. One that lies outside is left, with everything below; so is what is sent or
 * received by a queue, because the one above does not wait for it.
 */
function boundsOf({ count, parent, start, duration, kind }: SpanTable): Bounds {
  const bounds = { from: start.slice(), to: new Float64Array(count), left: new Uint8Array(count) };
  for (let row = 0; row < count; row += 1) {
    const end = (start[row] ?? 0) + (duration[row] ?? 0);
    bounds.to[row] = end;
    const above = parent[row] ?? -1;
    if (above < 0) continue;
    const from = bounds.from[above] ?? 0;
    const to = bounds.to[above] ?? 0;
    const outside = (start[row] ?? 0) >= to || ((start[row] ?? 0) < from && end <= from);
    const waitsForNobody = kind[row] === producer || kind[row] === consumer;
    if (bounds.left[above] === 1 || outside || waitsForNobody) bounds.left[row] = 1;
    bounds.from[row] = Math.max(from, start[row] ?? 0);
    bounds.to[row] = Math.min(to, end);
  }
  return bounds;
}

/** For each span its first child and for each child the next one, those that end last first. */
function childrenByEnd(table: SpanTable, { to, left }: Bounds): { first: Int32Array; next: Int32Array } {
  const { count, below } = table;
  const first = new Int32Array(count).fill(-1);
  const next = new Int32Array(count).fill(-1);
  const byEnd = (a: number, b: number): number => (to[a] ?? 0) - (to[b] ?? 0) || b - a;
  const children: number[] = [];
  for (let above = 0; above < count; above += 1) {
    const end = above + (below[above] ?? 0) + 1;
    if (end === above + 1) continue;
    children.length = 0;
    let inOrder = true;
    for (let row = above + 1; row < end; row += (below[row] ?? 0) + 1) {
      if (left[row] === 1) continue;
      const before = children.at(-1);
      inOrder &&= before === undefined || (to[row] ?? 0) > (to[before] ?? 0);
      children.push(row);
    }
    // They come by start: most often they end in the same order.
    if (!inOrder) children.sort(byEnd);
    for (const row of children) {
      next[row] = first[above] ?? -1;
      first[above] = row;
    }
  }
  return { first, next };
}

/**
 * What decides how long the trace takes, by Jaeger's algorithm: from each root's end backwards, always into the child
 * that ended last, and from its start on into the one that ended last before that. Unlike Jaeger's, a child may end at
 * the very moment the next one starts.
 */
export function criticalPath(table: SpanTable): CriticalPath {
  const bounds = boundsOf(table);
  const { first, next } = childrenByEnd(table, bounds);
  const rows: number[] = [];
  const froms: number[] = [];
  const tos: number[] = [];
  const section = (row: number, from: number, to: number): void => {
    if (to <= from) return;
    rows.push(row);
    froms.push(from);
    tos.push(to);
  };
  for (let root = 0; root < table.count; root += (table.below[root] ?? 0) + 1) {
    let row = root;
    let until = bounds.to[root] ?? 0;
    while (row >= 0) {
      let child = first[row] ?? -1;
      while (child >= 0 && (bounds.to[child] ?? 0) > until) child = next[child] ?? -1;
      if (child >= 0) {
        section(row, bounds.to[child] ?? 0, until);
        // What is left of the children when the path comes back.
        first[row] = next[child] ?? -1;
        until = bounds.to[child] ?? 0;
        row = child;
      } else {
        section(row, bounds.from[row] ?? 0, until);
        until = Math.min(until, bounds.from[row] ?? 0);
        row = table.parent[row] ?? -1;
      }
    }
  }
  return byRow(table.count, rows, froms, tos);
}

function byRow(count: number, rows: readonly number[], froms: readonly number[], tos: readonly number[]): CriticalPath {
  const on = new Uint8Array(count);
  const offsets = new Int32Array(count + 1);
  for (const row of rows) {
    on[row] = 1;
    offsets[row + 1] = (offsets[row + 1] ?? 0) + 1;
  }
  for (let row = 0; row < count; row += 1) offsets[row + 1] = (offsets[row + 1] ?? 0) + (offsets[row] ?? 0);
  const next = offsets.slice();
  const path = { from: new Float64Array(rows.length), to: new Float64Array(rows.length) };
  let totalNs = 0;
  rows.forEach((row, at) => {
    const place = next[row] ?? 0;
    next[row] = place + 1;
    path.from[place] = froms[at] ?? 0;
    path.to[place] = tos[at] ?? 0;
    totalNs += (tos[at] ?? 0) - (froms[at] ?? 0);
  });
  return { on, offsets, ...path, totalNs };
}

/** Time of a row on the path, ns. */
export function criticalTimeOf({ offsets, from, to }: CriticalPath, row: number): number {
  let total = 0;
  for (let at = offsets[row] ?? 0; at < (offsets[row + 1] ?? 0); at += 1) total += (to[at] ?? 0) - (from[at] ?? 0);
  return total;
}
