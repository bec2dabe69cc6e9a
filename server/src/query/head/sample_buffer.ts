const STALE_LOW = 0x0000_0002;
const STALE_HIGH = 0x7ff0_0000;

/**
 * Samples of one series being put together: columns that grow and are used again. Values keep their bits as long as only
 * {@link put} and whole-column copies touch them, so that stale markers can be told from other NaN.
 */
export class SampleBuffer {
  times: Float64Array<ArrayBuffer>;
  values: Float64Array<ArrayBuffer>;
  /** The bits of `values`, low word first. */
  words: Uint32Array<ArrayBuffer>;
  count = 0;
  /** Whether any value since {@link clear} was NaN: only then stale markers need to be looked for. */
  hasNaN = false;
  #order: Uint32Array<ArrayBuffer> | undefined;

  constructor(capacity = 1024) {
    this.times = new Float64Array(capacity);
    this.values = new Float64Array(capacity);
    this.words = new Uint32Array(this.values.buffer);
  }

  clear(): void {
    this.count = 0;
    this.hasNaN = false;
  }

  /** Makes room for `more` rows behind those there are. */
  reserve(more: number): void {
    const needed = this.count + more;
    if (needed <= this.times.length) return;
    const capacity = Math.max(needed, this.times.length * 2);
    const times = new Float64Array(capacity);
    const words = new Uint32Array(capacity * 2);
    times.set(this.times.subarray(0, this.count));
    words.set(this.words.subarray(0, this.count * 2));
    this.times = times;
    this.words = words;
    this.values = new Float64Array(words.buffer);
  }

  /** Adds a row; room must have been reserved. `words` are the bits of the columns `values` is one of. */
  put(time: number, values: Float64Array, words: Uint32Array, at: number): void {
    const row = this.count++;
    const value = values[at] as number;
    this.times[row] = time;
    this.values[row] = value;
    if (Number.isNaN(value)) this.#keepBits(row, words, at);
  }

  #keepBits(row: number, words: Uint32Array, at: number): void {
    this.words[row * 2] = words[at * 2] as number;
    this.words[row * 2 + 1] = words[at * 2 + 1] as number;
    this.hasNaN = true;
  }

  /** Orders rows [from, count) by time; of equal times only the one put last stays. */
  settle(from: number): void {
    const { times, values, words } = this;
    const rows = this.count - from;
    let sorted = true;
    for (let row = from + 1; row < this.count; row++) {
      if ((times[row] as number) <= (times[row - 1] as number)) {
        sorted = false;
        break;
      }
    }
    if (sorted) return;
    if (this.#order === undefined || this.#order.length < rows) this.#order = new Uint32Array(rows * 2);
    const order = this.#order.subarray(0, rows);
    for (let i = 0; i < rows; i++) order[i] = from + i;
    order.sort((a, b) => (times[a] as number) - (times[b] as number) || a - b);
    const oldTimes = times.slice(from, this.count);
    const oldWords = words.slice(from * 2, this.count * 2);
    const oldValues = new Float64Array(oldWords.buffer);
    let kept = from;
    for (let i = 0; i < rows; i++) {
      const row = (order[i] as number) - from;
      const time = oldTimes[row] as number;
      if (i + 1 < rows && oldTimes[(order[i + 1] as number) - from] === time) continue;
      times[kept] = time;
      values[kept] = oldValues[row] as number;
      words[kept * 2] = oldWords[row * 2] as number;
      words[kept * 2 + 1] = oldWords[row * 2 + 1] as number;
      kept++;
    }
    this.count = kept;
  }

  /** Takes stale markers out of rows [from, count) and gives their times, or undefined when there are none. */
  takeStale(from: number): Float64Array | undefined {
    if (!this.hasNaN) return undefined;
    const { times, values, words } = this;
    const markers: number[] = [];
    let kept = from;
    for (let row = from; row < this.count; row++) {
      const time = times[row] as number;
      if (words[row * 2] === STALE_LOW && words[row * 2 + 1] === STALE_HIGH) {
        markers.push(time);
        continue;
      }
      times[kept] = time;
      values[kept] = values[row] as number;
      kept++;
    }
    this.count = kept;
    return markers.length === 0 ? undefined : Float64Array.from(markers);
  }
}
