import type { Labels } from '../model/labels.ts';
import type { SeriesIndex } from './series_index.ts';

/** Rows of `series` or `log_streams`; `labels(row)` is only asked for ids that are not known yet. */
export interface IndexRows {
  readonly rows: number;
  /** UInt64 ids as word pairs, low first. */
  readonly ids: Uint32Array;
  /** UTC days since the epoch. */
  readonly firstDays: Uint16Array;
  readonly lastDays: Uint16Array;
  /** ms since the epoch. */
  readonly created: Float64Array;
  /** Absent: ids that are not known yet are left for the next look. */
  readonly labels?: (row: number) => Labels;
}

export interface IndexFeedOptions {
  readonly index: SeriesIndex;
  /** Streams the rows created at or after a time (ms since the epoch). */
  readonly load: (sinceMs: number, signal?: AbortSignal) => AsyncIterable<IndexRows>;
  /** Monotonic or wall clock, ms. */
  readonly now: () => number;
  /**
   * Not 0 while every label set that is not in the table yet is added to the index by another way ({@link absorb}) as soon
   * as it is acknowledged: then the whole table is loaded once more, and not asked again until the number changes.
   */
  readonly attachment?: () => number;
}

/** Keeps an index abreast of its table. */
export interface IndexFeed {
  /**
   * Resolves when everything visible in the table up to 250 ms ago is in the index. Calls in between share one poll; the
   * first call loads the whole table. Rejects with the store's error, and the next call tries again.
   */
  refresh(): Promise<void>;
  /** Whether there is nothing to refresh: the index is fed and the table was loaded whole. */
  isComplete(): boolean;
}

const SHORTEST_PAUSE_MS = 250;
/**
 * Rows become visible after they were created: usually within a second, much later when the engine was down and its log
 * is replayed. So every poll looks back a little, some look back further, few look back a day.
 */
const LOOK_BACKS = [
  { everyMs: 0, overlapMs: 10_000 },
  { everyMs: 30_000, overlapMs: 15 * 60_000 },
  { everyMs: 600_000, overlapMs: 24 * 3_600_000 },
] as const;

export function createIndexFeed({ index, load, now, attachment = () => 0 }: IndexFeedOptions): IndexFeed {
  let newest = Number.NEGATIVE_INFINITY;
  let polledAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;
  let completeFor = 0;
  const lookedBack = LOOK_BACKS.map(() => Number.NEGATIVE_INFINITY);

  async function poll(): Promise<void> {
    const started = now();
    const fed = attachment();
    let overlap = 0;
    const due = LOOK_BACKS.map(({ everyMs, overlapMs }, i) => {
      const isDue = started - (lookedBack[i] as number) >= everyMs;
      if (isDue) overlap = Math.max(overlap, overlapMs);
      return isDue;
    });
    const since = fed > 0 || newest === Number.NEGATIVE_INFINITY ? 0 : Math.max(0, newest - overlap);
    for await (const rows of load(since)) newest = Math.max(newest, absorb(index, rows));
    due.forEach((isDue, i) => {
      if (isDue) lookedBack[i] = started;
    });
    polledAt = started;
    completeFor = fed;
  }

  const isComplete = (): boolean => completeFor > 0 && completeFor === attachment();
  return {
    isComplete,
    async refresh() {
      if (isComplete()) return;
      if (now() - polledAt < SHORTEST_PAUSE_MS) return;
      running ??= poll().finally(() => {
        running = undefined;
      });
      await running;
    },
  };
}

/** Adds rows to an index; returns when the newest of them was created, ms since the epoch. */
export function absorb(index: SeriesIndex, rows: IndexRows): number {
  let newest = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < rows.rows; row++) {
    const low = rows.ids[row * 2] as number;
    const high = rows.ids[row * 2 + 1] as number;
    const firstDay = rows.firstDays[row] as number;
    const lastDay = rows.lastDays[row] as number;
    const known = index.find(high, low);
    if (known >= 0) index.touch(known, firstDay, lastDay);
    else if (rows.labels !== undefined) index.add(high, low, firstDay, lastDay, rows.labels(row));
    newest = Math.max(newest, rows.created[row] as number);
  }
  return newest;
}
