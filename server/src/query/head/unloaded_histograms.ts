import type { HistogramRows } from '../../store/index.ts';

/** Rows kept at most; beyond them the oldest wait for the store. */
const MOST_ROWS = 100_000;

/** Native histograms that were acknowledged and that the store may not have yet. */
export class UnloadedHistograms {
  #batches: { readonly feedMs: number; readonly rows: HistogramRows }[] = [];
  #count = 0;

  /** @param feedMs wall clock when they were handed over */
  add(rows: HistogramRows, feedMs: number): void {
    this.#batches.push({ feedMs, rows });
    this.#count += rows.rows;
    while (this.#count > MOST_ROWS && this.#batches.length > 0) this.#count -= this.#batches.shift()?.rows.rows ?? 0;
  }

  /** Everything handed over before a moment is in the store. */
  loadedBefore(feedMs: number): void {
    this.#batches = this.#batches.filter((batch) => batch.feedMs >= feedMs);
    this.#count = this.#batches.reduce((sum, { rows }) => sum + rows.rows, 0);
  }

  clear(): void {
    this.#batches = [];
    this.#count = 0;
  }

  /** The batches in the order they came; within one, rows come in any order. */
  get all(): readonly HistogramRows[] {
    return this.#batches.map(({ rows }) => rows);
  }
}
