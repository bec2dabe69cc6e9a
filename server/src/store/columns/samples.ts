import type { Interner } from '../../model/ingest.ts';
import type { Section } from '../../model/section.ts';
import { encodeBlock } from '../native/encode.ts';
import { TABLES } from '../tables.ts';
import { splitByDay } from './days.ts';
import { encodeDecimal, encodeRaw } from './decimal.ts';

const TWO_32 = 4_294_967_296;
const SMALLEST = 4096;

/**
 * Rows of the `samples` table in the making: columns that grow, reused from request to request. One per interner, since it
 * remembers each series' decimal places (see decimal.ts).
 */
export class SampleColumns {
  readonly #interner: Interner;
  #capacity = SMALLEST;
  #rows = 0;
  #series: Uint32Array<ArrayBuffer> = new Uint32Array(SMALLEST * 2);
  #times: Float64Array<ArrayBuffer> = new Float64Array(SMALLEST);
  #places: Uint8Array<ArrayBuffer> = new Uint8Array(SMALLEST);
  mantissas: Uint32Array<ArrayBuffer> = new Uint32Array(SMALLEST * 2);
  exponents: Int8Array<ArrayBuffer> = new Int8Array(SMALLEST);

  constructor(interner: Interner) {
    this.#interner = interner;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Forgets the rows beyond a count (0: all), keeping what is known of the series. */
  truncate(rows: number): void {
    this.#rows = rows;
  }

  /** Adds a sample. NaN must come through {@link appendRaw}, which keeps its payload. */
  append(reference: number, timeMs: number, value: number): void {
    const row = this.#place(reference, timeMs);
    const places = this.#places;
    const before = places[reference] as number;
    const after = encodeDecimal(value, this, row, before);
    if (after !== before) places[reference] = after;
  }

  /** Adds a sample given as the two words of its IEEE-754 bits (stale markers). */
  appendRaw(reference: number, timeMs: number, low: number, high: number): void {
    encodeRaw(low, high, this, this.#place(reference, timeMs));
  }

  /** The rows as sections, one a UTC day. */
  sections(): Section[] {
    return splitByDay(this.#times, this.#rows).map(({ day, rows, count }) => ({
      table: 'samples',
      partition: day,
      rows: count,
      block: this.#block(rows, count),
    }));
  }

  #place(reference: number, timeMs: number): number {
    const row = this.#rows++;
    if (row >= this.#capacity) this.#grow();
    if (reference >= this.#places.length) {
      this.#places = copied(this.#places, new Uint8Array(Math.ceil((reference + 1) * 1.5)));
    }
    this.#series[row * 2] = this.#interner.idLow[reference] as number;
    this.#series[row * 2 + 1] = this.#interner.idHigh[reference] as number;
    this.#times[row] = timeMs;
    return row;
  }

  #grow(): void {
    this.#capacity *= 2;
    this.#series = copied(this.#series, new Uint32Array(this.#capacity * 2));
    this.#times = copied(this.#times, new Float64Array(this.#capacity));
    this.mantissas = copied(this.mantissas, new Uint32Array(this.#capacity * 2));
    this.exponents = copied(this.exponents, new Int8Array(this.#capacity));
  }

  #block(rows: Uint32Array | null, count: number): Uint8Array<ArrayBuffer> {
    const series = rows === null ? this.#series.subarray(0, count * 2) : pickPairs(this.#series, rows);
    const mantissas = rows === null ? this.mantissas.subarray(0, count * 2) : pickPairs(this.mantissas, rows);
    const exponents =
      rows === null ? this.exponents.subarray(0, count) : Int8Array.from(rows, (row) => this.exponents[row] as number);
    return encodeBlock(
      TABLES.samples,
      [
        { kind: 'number', values: series },
        { kind: 'number', values: timePairs(this.#times, rows, count) },
        { kind: 'number', values: mantissas },
        { kind: 'number', values: exponents },
      ],
      count,
      { omitLast: true },
    );
  }
}

/** Int64 values as word pairs of times in whole units (|time| < 2^53). */
export function timePairs(times: ArrayLike<number>, rows: Uint32Array | null, count: number): Uint32Array<ArrayBuffer> {
  const pairs = new Uint32Array(count * 2);
  for (let i = 0; i < count; i++) {
    const time = times[rows === null ? i : (rows[i] as number)] as number;
    pairs[i * 2] = time >>> 0;
    pairs[i * 2 + 1] = Math.floor(time / TWO_32);
  }
  return pairs;
}

function pickPairs(pairs: Uint32Array, rows: Uint32Array): Uint32Array<ArrayBuffer> {
  const picked = new Uint32Array(rows.length * 2);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    picked[i * 2] = pairs[row * 2] as number;
    picked[i * 2 + 1] = pairs[row * 2 + 1] as number;
  }
  return picked;
}

function copied<
  T extends Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Int8Array<ArrayBuffer> | Uint8Array<ArrayBuffer>,
>(from: T, to: T): T {
  to.set(from);
  return to;
}
