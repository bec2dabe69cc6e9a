import { type Folds, fewestRepeats } from './folds.ts';
import { HIDDEN, isSeen, MATCHES, type Sifted, THROUGH } from './spanFilter.ts';
import type { SpanTable } from './spanTable.ts';

export const SPAN_ROW = 0;
export const FOLD_ROW = 1;
export const LOG_ROW = 2;

/** The visible rows: what each is, and of what: the span's row, the place of the fold, or of the log line. */
export interface WaterfallRows {
  readonly count: number;
  readonly kinds: Uint8Array;
  readonly refs: Int32Array;
}

/** Log lines by the row they belong to: places of lines, those of a row from `offsets[row]` to `offsets[row + 1]`. */
export interface LogPlaces {
  readonly offsets: Int32Array;
  readonly places: Int32Array;
}

interface RowsInput {
  readonly table: SpanTable;
  /** Rows whose subtree is hidden. */
  readonly collapsed: ReadonlySet<number>;
  readonly sifted: Sifted | null;
  /** Null when repeats are not folded. */
  readonly folds: Folds | null;
  readonly openFolds: ReadonlySet<number>;
  /** Null when log lines are not shown. */
  readonly logs: LogPlaces | null;
}

/** How many spans of each fold pass the filter. */
function visibleRepeats({ of, all }: Folds, sifted: Sifted | null): Int32Array {
  if (sifted === null) return Int32Array.from(all, (fold) => fold.spans);
  const visible = new Int32Array(all.length);
  for (let row = 0; row < of.length; row += 1) {
    const fold = of[row] ?? -1;
    if (fold >= 0 && isSeen(sifted, row)) visible[fold] = (visible[fold] ?? 0) + 1;
  }
  return visible;
}

/**
 * The visible rows. A filter hides spans that neither match nor lead to a match; a collapsed span hides what is below
 * it; a closed fold stands where the first of its spans would.
 */
export function waterfallRows({ table, collapsed, sifted, folds, openFolds, logs }: RowsInput): WaterfallRows {
  const most = table.count + (folds?.all.length ?? 0) + (logs?.places.length ?? 0);
  const kinds = new Uint8Array(most);
  const refs = new Int32Array(most);
  const repeats = folds === null ? null : visibleRepeats(folds, sifted);
  const told = new Uint8Array(folds?.all.length ?? 0);
  let count = 0;
  const add = (kind: number, ref: number): void => {
    kinds[count] = kind;
    refs[count] = ref;
    count += 1;
  };
  for (let row = 0; row < table.count; ) {
    const after = row + (table.below[row] ?? 0) + 1;
    if (sifted !== null && sifted.states[row] === HIDDEN) {
      row = after;
      continue;
    }
    if (sifted !== null && sifted.states[row] === THROUGH) {
      row += 1;
      continue;
    }
    const fold = folds?.of[row] ?? -1;
    if (fold >= 0 && (repeats?.[fold] ?? 0) >= fewestRepeats) {
      if (told[fold] === 0) add(FOLD_ROW, fold);
      told[fold] = 1;
      if (!openFolds.has(fold)) {
        row = after;
        continue;
      }
    }
    add(SPAN_ROW, row);
    if (collapsed.has(row)) {
      row = after;
      continue;
    }
    if (logs !== null && (sifted === null || sifted.states[row] === MATCHES)) {
      for (let at = logs.offsets[row] ?? 0; at < (logs.offsets[row + 1] ?? 0); at += 1) {
        add(LOG_ROW, logs.places[at] ?? 0);
      }
    }
    row += 1;
  }
  return { count, kinds: kinds.subarray(0, count), refs: refs.subarray(0, count) };
}

/** Where a span stands among the visible rows, -1 when it is not seen. */
export function placeOf(rows: WaterfallRows, row: number): number {
  for (let at = 0; at < rows.count; at += 1) if (rows.kinds[at] === SPAN_ROW && rows.refs[at] === row) return at;
  return -1;
}

/** The next visible span from a place on, in steps of 1 or -1, that is wanted; -1 when there is none. */
export function stepTo(rows: WaterfallRows, from: number, by: 1 | -1, wanted: (row: number) => boolean): number {
  for (let at = from + by; at >= 0 && at < rows.count; at += by) {
    const row = rows.refs[at] ?? -1;
    if (rows.kinds[at] === SPAN_ROW && wanted(row)) return row;
  }
  return -1;
}

/** Every span from a depth on that has something below: collapsed, the tree shows so many levels. */
export function collapsedFrom(table: SpanTable, levels: number): ReadonlySet<number> {
  const out = new Set<number>();
  for (let row = 0; row < table.count; row += 1) {
    if ((table.below[row] ?? 0) > 0 && (table.depth[row] ?? 0) >= levels) out.add(row);
  }
  return out;
}

/** The deepest level that shows nothing collapsed. */
export function deepest({ depth }: SpanTable): number {
  let most = 0;
  for (const one of depth) most = Math.max(most, one);
  return most;
}
