import type { SampleBuffer } from './sample_buffer.ts';

/** How the values of a series are held: (base + small) / 10^places exactly, by 16 or 32 bits, or as doubles. */
export const CONSTANT = 0;
export const SMALL = 1;
export const WIDE = 2;
export const DOUBLE = 3;

export const MOST_PLACES = 6;
export const POWERS: Float64Array = Float64Array.from({ length: MOST_PLACES + 1 }, (_, power) => 10 ** power);
/** Stands for the step of times that have none. */
export const IRREGULAR = 0xffff_ffff;

/** One entry a series, and what the entries point into. */
export interface SealedColumns {
  readonly references: Uint32Array;
  readonly counts: Uint32Array;
  /** The first time, ms after the slice's start, and the distance of the others. */
  readonly starts: Uint32Array;
  readonly steps: Uint32Array;
  /** Where the times begin that have no common distance. */
  readonly timesAt: Uint32Array;
  readonly kinds: Uint8Array;
  readonly places: Uint8Array;
  readonly bases: Float64Array;
  /** Where the values begin, among those of their kind. */
  readonly valuesAt: Uint32Array;
  readonly times: Uint32Array;
  readonly small: Int16Array;
  readonly wide: Int32Array;
  /** The bits of doubles, low word first. */
  readonly words: Uint32Array<ArrayBuffer>;
  readonly rows: number;
  /** The latest time of any row, ms since the epoch. */
  readonly newestMs: number;
}

/**
 * Samples of many series at rest, ordered by time: regular times cost nothing, irregular ones are shared by series that
 * were sampled together, and values are small integers where that is exact. Never changed once built.
 */
export class SealedSamples {
  readonly #placeOf: Uint32Array;
  readonly #references: Uint32Array;
  readonly #counts: Uint32Array;
  readonly #starts: Uint32Array;
  readonly #steps: Uint32Array;
  readonly #timesAt: Uint32Array;
  readonly #kinds: Uint8Array;
  readonly #places: Uint8Array;
  readonly #bases: Float64Array;
  readonly #valuesAt: Uint32Array;
  readonly #times: Uint32Array;
  readonly #small: Int16Array;
  readonly #wide: Int32Array;
  readonly #doubles: Float64Array;
  readonly #words: Uint32Array;
  readonly rows: number;
  readonly bytes: number;
  /** The latest time of any row, ms since the epoch. */
  readonly newestMs: number;

  constructor(columns: SealedColumns) {
    this.#references = columns.references;
    let span = 0;
    for (const reference of this.#references) if (reference >= span) span = reference + 1;
    this.#placeOf = new Uint32Array(span);
    this.#references.forEach((reference, place) => {
      this.#placeOf[reference] = place + 1;
    });
    this.#counts = columns.counts;
    this.#starts = columns.starts;
    this.#steps = columns.steps;
    this.#timesAt = columns.timesAt;
    this.#kinds = columns.kinds;
    this.#places = columns.places;
    this.#bases = columns.bases;
    this.#valuesAt = columns.valuesAt;
    this.#times = columns.times;
    this.#small = columns.small;
    this.#wide = columns.wide;
    this.#words = columns.words;
    this.#doubles = new Float64Array(this.#words.buffer, 0, this.#words.length / 2);
    this.rows = columns.rows;
    this.newestMs = columns.newestMs;
    this.bytes =
      this.#placeOf.byteLength +
      this.#references.length * 34 +
      this.#times.byteLength +
      this.#small.byteLength +
      this.#wide.byteLength +
      this.#words.byteLength;
  }

  get references(): Uint32Array {
    return this.#references;
  }

  count(reference: number): number {
    const place = reference < this.#placeOf.length ? (this.#placeOf[reference] as number) : 0;
    return place === 0 ? 0 : (this.#counts[place - 1] as number);
  }

  /** Adds the rows of a series that lie in [from, to] (ms after the slice's start) to a buffer, in order. */
  read(reference: number, from: number, to: number, startMs: number, out: SampleBuffer): void {
    const place = reference < this.#placeOf.length ? (this.#placeOf[reference] as number) - 1 : -1;
    if (place < 0) return;
    const count = this.#counts[place] as number;
    const first = this.#starts[place] as number;
    const step = this.#steps[place] as number;
    const timesAt = this.#timesAt[place] as number;
    let low = 0;
    let high = count;
    if (step !== IRREGULAR) {
      if (from > first) low = step === 0 ? count : Math.min(count, Math.ceil((from - first) / step));
      if (to < first) high = 0;
      else if (step !== 0) high = Math.min(count, Math.floor((to - first) / step) + 1);
    } else {
      low = lowerBound(this.#times, timesAt, timesAt + count, from) - timesAt;
      high = lowerBound(this.#times, timesAt, timesAt + count, to + 1) - timesAt;
    }
    if (low >= high) return;
    out.reserve(high - low);
    const row = out.count;
    const { times } = out;
    if (step !== IRREGULAR) {
      let time = startMs + first + low * step;
      for (let i = row, end = row + high - low; i < end; i++, time += step) times[i] = time;
    } else {
      const source = this.#times;
      for (let i = row, at = timesAt + low, end = row + high - low; i < end; i++, at++)
        times[i] = startMs + (source[at] as number);
    }
    this.#readValues(place, low, high, out);
    out.count = row + high - low;
  }

  #readValues(place: number, low: number, high: number, out: SampleBuffer): void {
    const base = this.#bases[place] as number;
    const power = POWERS[this.#places[place] as number] as number;
    const at = this.#valuesAt[place] as number;
    const { values, words, count: row } = out;
    const rows = high - low;
    switch (this.#kinds[place]) {
      case CONSTANT:
        values.fill(base / power, row, row + rows);
        return;
      case SMALL:
        decode(this.#small, at + low, rows, base, power, values, row);
        return;
      case WIDE:
        decode(this.#wide, at + low, rows, base, power, values, row);
        return;
      default:
        words.set(this.#words.subarray((at + low) * 2, (at + high) * 2), row * 2);
        for (let i = at + low; i < at + high; i++) {
          if (Number.isNaN(this.#doubles[i] as number)) out.hasNaN = true;
        }
    }
  }
}

function decode(
  source: Int16Array | Int32Array,
  at: number,
  rows: number,
  base: number,
  power: number,
  values: Float64Array,
  row: number,
): void {
  if (power === 1) for (let i = 0; i < rows; i++) values[row + i] = base + (source[at + i] as number);
  else for (let i = 0; i < rows; i++) values[row + i] = (base + (source[at + i] as number)) / power;
}

function lowerBound(times: Uint32Array, from: number, to: number, wanted: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
