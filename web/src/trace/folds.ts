import { spanKinds } from '@trilith/contract';
import type { SpanTable } from './spanTable.ts';

/** So many siblings of one name are shown as one row. */
export const fewestRepeats = 5;

/** Siblings that do the same: one query a hundred times where one would do. */
export interface Fold {
  readonly place: number;
  readonly parent: number;
  /** The first of them in time. */
  readonly first: number;
  readonly spans: number;
  readonly failures: number;
  /** Their durations together, and where they lie; ns. */
  readonly totalNs: number;
  readonly fromNs: number;
  readonly toNs: number;
}

type GrowingFold = { -readonly [key in keyof Fold]: Fold[key] };

export interface Folds {
  /** The fold of each row, -1 without one. */
  readonly of: Int32Array;
  readonly all: readonly Fold[];
}

/** Nothing folded. */
export const noFolds: Folds = { of: new Int32Array(0), all: [] };

/**
 * Repeats of a table: children of one span of the same service, operation and kind that call the same services. Clients name
 * their spans after the method alone (`POST`), so calls of different services share a name and are no repeat of one another.
 */
export function foldsOf(table: SpanTable, fewest = fewestRepeats): Folds {
  const { count, below } = table;
  const of = new Int32Array(count).fill(-1);
  const all: GrowingFold[] = [];
  const doing = doings(table);
  const does = new Int32Array(count);
  // By what is done: the parent whose children were counted last, how many of them do it, and their fold.
  const countedOf = new Int32Array(count).fill(-1);
  const repeats = new Int32Array(count);
  const foldAt = new Int32Array(count);
  for (let above = 0; above < count; above += 1) {
    const end = above + (below[above] ?? 0) + 1;
    if (end - above <= fewest) continue;
    let most = 0;
    for (let row = above + 1; row < end; row += (below[row] ?? 0) + 1) {
      const what = doing(row);
      does[row] = what;
      if (countedOf[what] !== above) repeats[what] = 0;
      countedOf[what] = above;
      repeats[what] = (repeats[what] ?? 0) + 1;
      foldAt[what] = -1;
      most = Math.max(most, repeats[what] ?? 0);
    }
    if (most < fewest) continue;
    for (let row = above + 1; row < end; row += (below[row] ?? 0) + 1) {
      const what = does[row] ?? 0;
      if ((repeats[what] ?? 0) < fewest) continue;
      if ((foldAt[what] ?? -1) < 0) foldAt[what] = all.push(emptyFold(table, row, all.length)) - 1;
      const fold = all[foldAt[what] ?? 0];
      if (fold !== undefined) addTo(fold, table, row);
      of[row] = foldAt[what] ?? -1;
    }
  }
  return { of, all };
}

/** Numbers from 0 for what a row does: its service, operation and kind, and the services its children call, its own aside. */
function doings({ below, service, operation, kind, operations }: SpanTable): (row: number) => number {
  const numbers = new Map<number | string, number>();
  return (row) => {
    const own = service[row] ?? 0;
    const does = (own * operations.length + (operation[row] ?? 0)) * spanKinds.length + (kind[row] ?? 0);
    const end = row + (below[row] ?? 0) + 1;
    let called: Set<number> | undefined;
    let last = own;
    for (let child = row + 1; child < end; child += (below[child] ?? 0) + 1) {
      const other = service[child] ?? 0;
      if (other === own || other === last) continue;
      called ??= new Set();
      called.add(other);
      last = other;
    }
    const key = called === undefined ? does : `${does} ${[...called].sort((a, b) => a - b).join()}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, numbers.size);
    return numbers.size - 1;
  };
}

function emptyFold(table: SpanTable, first: number, place: number): GrowingFold {
  const parent = table.parent[first] ?? -1;
  return { place, parent, first, spans: 0, failures: 0, totalNs: 0, fromNs: table.start[first] ?? 0, toNs: 0 };
}

function addTo(fold: GrowingFold, { start, duration, failed }: SpanTable, row: number): void {
  fold.spans += 1;
  fold.failures += failed[row] ?? 0;
  fold.totalNs += duration[row] ?? 0;
  fold.toNs = Math.max(fold.toNs, (start[row] ?? 0) + (duration[row] ?? 0));
}
