import type { SpanBlock } from '../../store/index.ts';
import { SpanAppender } from './span_appender.ts';
import { SpanRepeats } from './span_repeats.ts';
import { nsOfWords, SpanSlice } from './span_slice.ts';

/** Rows added before it is looked whether the slice is full. */
const ROWS_AT_ONCE = 512;
/** A slice and when its spans came and began. */
export class KeptSlice {
  readonly slice = new SpanSlice();
  /** When its latest span began, ns. */
  newestNs = -1n;
  oldestNs = 1n << 64n;
  /** When rows came: those from `#firstRows[i]` on at `#cameMs[i]`, ms. */
  readonly #firstRows: number[] = [];
  readonly #cameMs: number[] = [];
  #repeats: SpanRepeats | undefined;

  /** @param others the other slices that are kept; without, repeats are looked for by `findRepeats` */
  constructor(others?: () => readonly SpanSlice[]) {
    if (others !== undefined) this.#repeats = new SpanRepeats(this.slice, others);
  }

  get bytes(): number {
    return this.slice.bytes + this.#firstRows.length * 16;
  }

  /** When the last row came, wall clock in ms. */
  get lastMs(): number {
    return this.#cameMs.at(-1) ?? Number.NEGATIVE_INFINITY;
  }

  /**
   * Adds rows of a block from one on until the slice is full.
   * @param cameMs wall clock; minus infinity of what was read from the store
   * @returns the first row that was not added
   */
  append(block: SpanBlock, first: number, cameMs: number, mostBytes: number): number {
    const { slice } = this;
    const appender = new SpanAppender(slice, block);
    this.#repeats?.begin();
    this.#firstRows.push(slice.rows);
    this.#cameMs.push(cameMs);
    let [newestLow, newestHigh, oldestLow, oldestHigh] = [0, -1, 0, Number.POSITIVE_INFINITY];
    let row = first;
    while (row < block.rows && !slice.isFull(mostBytes)) {
      const end = Math.min(block.rows, row + ROWS_AT_ONCE);
      for (; row < end; row++) {
        const low = block.starts[row * 2] as number;
        const high = block.starts[row * 2 + 1] as number;
        if (high > newestHigh || (high === newestHigh && low > newestLow)) [newestLow, newestHigh] = [low, high];
        if (high < oldestHigh || (high === oldestHigh && low < oldestLow)) [oldestLow, oldestHigh] = [low, high];
        appender.append(row);
        this.#repeats?.look(slice.rows - 1);
      }
    }
    if (newestHigh >= 0) this.newestNs = later(this.newestNs, nsOfWords(newestLow, newestHigh));
    if (Number.isFinite(oldestHigh)) this.oldestNs = earlier(this.oldestNs, nsOfWords(oldestLow, oldestHigh));
    return row;
  }

  /** To be called when others were added to those that are kept, with rows from before this slice's. */
  lookAgain(others: () => readonly SpanSlice[]): void {
    this.#repeats = new SpanRepeats(this.slice, others);
  }

  /** No row is added any more. */
  seal(): void {
    this.slice.seal();
    this.#repeats = undefined;
  }

  /** Marks the rows whose span is in other slices, or twice in this one. */
  findRepeats(others: () => readonly SpanSlice[]): void {
    const repeats = new SpanRepeats(this.slice, others);
    repeats.begin();
    for (let row = 0; row < this.slice.rows; row++) repeats.look(row);
  }

  /** When a row came, wall clock in ms. */
  cameMs(row: number): number {
    let [low, high] = [0, this.#firstRows.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#firstRows[middle] as number) <= row) low = middle;
      else high = middle - 1;
    }
    return this.#cameMs[low] ?? Number.NEGATIVE_INFINITY;
  }
}

export const later = (a: bigint, b: bigint): bigint => (a > b ? a : b);
export const earlier = (a: bigint, b: bigint): bigint => (a < b ? a : b);
