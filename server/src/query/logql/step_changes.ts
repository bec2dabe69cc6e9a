/** Rows lie together in pieces of about so many numbers: memory of its own for each would take longer than filling it. */
const PIECE_NUMBERS = 1_024;

/** Amounts of many series, each of which enters at one step and leaves at another. */
export class StepChanges {
  /** Amounts change at a step, or behind the last. */
  readonly #width: number;
  /** Rows of a piece, as a power of two. */
  readonly #shift: number;
  readonly #pieces: Float64Array[] = [];

  constructor(steps: number) {
    this.#width = steps + 1;
    this.#shift = Math.max(0, Math.floor(Math.log2(PIECE_NUMBERS / this.#width)));
  }

  /** Adds an amount to the steps [first, end) of a series; series are numbered as they come. */
  add(series: number, first: number, end: number, amount: number): void {
    const place = series >> this.#shift;
    while (place >= this.#pieces.length) this.#pieces.push(new Float64Array(this.#width << this.#shift));
    const piece = this.#pieces[place] as Float64Array;
    const start = this.#startOf(series);
    piece[start + first] = (piece[start + first] as number) + amount;
    piece[start + end] = (piece[start + end] as number) - amount;
  }

  /** By how much the amount of a series differs at a step from the one before. */
  at(series: number, step: number): number {
    return this.#pieces[series >> this.#shift]?.[this.#startOf(series) + step] ?? 0;
  }

  #startOf(series: number): number {
    return (series & ((1 << this.#shift) - 1)) * this.#width;
  }
}
