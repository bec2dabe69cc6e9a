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

export interface Folds {
  /** The fold of each row, -1 without one. */
  readonly of: Int32Array;
  readonly all: readonly Fold[];
}

/**
 * Repeats of a table: children of one span of the same service, operation and kind that call the same services. Clients name
 * their spans after the method alone (`POST`), so calls of different services share a name and are no repeat of one another.
 */
export function foldsOf(table: SpanTable, fewest = fewestRepeats): Folds {
  const of = new Int32Array(table.count).fill(-1);
  const all: Fold[] = [];
  const groups = new Map<string, number[]>();
  const names = table.operations.length;
  const calledBy = calledServices(table);
  const seal = (): void => {
    for (const rows of groups.values()) {
      if (rows.length < fewest) continue;
      for (const row of rows) of[row] = all.length;
      all.push(foldOf(table, rows, all.length));
    }
    groups.clear();
  };
  for (let above = 0; above < table.count; above += 1) {
    const end = above + (table.below[above] ?? 0) + 1;
    if (end - above <= fewest) continue;
    for (let row = above + 1; row < end; row += (table.below[row] ?? 0) + 1) {
      const does = ((table.service[row] ?? 0) * names + (table.operation[row] ?? 0)) * 8 + (table.kind[row] ?? 0);
      const key = `${does} ${calledBy(row)}`;
      const own = groups.get(key);
      if (own === undefined) groups.set(key, [row]);
      else own.push(row);
    }
    seal();
  }
  return { of, all };
}

/** The services of a row's children other than its own, as text; the same text for the same services. */
function calledServices(table: SpanTable): (row: number) => string {
  return (row) => {
    const end = row + (table.below[row] ?? 0) + 1;
    const called = new Set<number>();
    for (let child = row + 1; child < end; child += (table.below[child] ?? 0) + 1)
      if (table.service[child] !== table.service[row]) called.add(table.service[child] ?? 0);
    return [...called].sort((a, b) => a - b).join();
  };
}

function foldOf(table: SpanTable, rows: readonly number[], place: number): Fold {
  const first = rows[0] ?? 0;
  let [failures, totalNs, toNs] = [0, 0, 0];
  for (const row of rows) {
    failures += table.failed[row] ?? 0;
    totalNs += table.duration[row] ?? 0;
    toNs = Math.max(toNs, (table.start[row] ?? 0) + (table.duration[row] ?? 0));
  }
  const fromNs = table.start[first] ?? 0;
  return { place, parent: table.parent[first] ?? -1, first, spans: rows.length, failures, totalNs, fromNs, toNs };
}
