import type { SampleBuffer } from './sample_buffer.ts';

/** How the values of a series are held: value = (base + small) / 10^places exactly, or as doubles. */
const CONSTANT = 0;
const SMALL = 1;
const WIDE = 2;
const DOUBLE = 3;

const MOST_PLACES = 6;
const POWERS = Float64Array.from({ length: MOST_PLACES + 1 }, (_, power) => 10 ** power);
const EXACT = 2 ** 53;
const IRREGULAR = 0xffff_ffff;
/** ms between samples that is still held as a step. */
const LONGEST_STEP = IRREGULAR - 1;

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
    this.#references = columns.references.done(Uint32Array);
    let span = 0;
    for (const reference of this.#references) if (reference >= span) span = reference + 1;
    this.#placeOf = new Uint32Array(span);
    this.#references.forEach((reference, place) => {
      this.#placeOf[reference] = place + 1;
    });
    this.#counts = columns.counts.done(Uint32Array);
    this.#starts = columns.starts.done(Uint32Array);
    this.#steps = columns.steps.done(Uint32Array);
    this.#timesAt = columns.timesAt.done(Uint32Array);
    this.#kinds = columns.kinds.done(Uint8Array);
    this.#places = columns.places.done(Uint8Array);
    this.#bases = columns.bases.done(Float64Array);
    this.#valuesAt = columns.valuesAt.done(Uint32Array);
    this.#times = columns.times.done(Uint32Array);
    this.#small = columns.small.done(Int16Array);
    this.#wide = columns.wide.done(Int32Array);
    this.#words = columns.words.done(Uint32Array);
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

type Numbers = Uint32Array | Uint8Array | Int16Array | Int32Array | Float64Array;

/** A column that grows. */
class Growing<T extends Numbers> {
  #data: T;
  readonly #make: new (
    length: number,
  ) => T;
  length = 0;

  constructor(make: new (length: number) => T) {
    this.#make = make;
    this.#data = new make(64);
  }

  get data(): T {
    return this.#data;
  }

  push(value: number): void {
    if (this.length === this.#data.length) this.reserve(1);
    this.#data[this.length++] = value;
  }

  reserve(more: number): void {
    if (this.length + more <= this.#data.length) return;
    const bigger = new this.#make(Math.max(this.length + more, Math.ceil(this.#data.length * 1.5)));
    bigger.set(this.#data);
    this.#data = bigger;
  }

  /** The column at its final length, in memory of its own. */
  done(_: new (length: number) => T): T {
    return this.#data.slice(0, this.length) as T;
  }
}

/** What {@link SealedBuilder} hands over. */
interface SealedColumns {
  readonly references: Growing<Uint32Array>;
  readonly counts: Growing<Uint32Array>;
  readonly starts: Growing<Uint32Array>;
  readonly steps: Growing<Uint32Array>;
  readonly timesAt: Growing<Uint32Array>;
  readonly kinds: Growing<Uint8Array>;
  readonly places: Growing<Uint8Array>;
  readonly bases: Growing<Float64Array>;
  readonly valuesAt: Growing<Uint32Array>;
  readonly times: Growing<Uint32Array>;
  readonly small: Growing<Int16Array>;
  readonly wide: Growing<Int32Array>;
  readonly words: Growing<Uint32Array>;
  readonly rows: number;
  readonly newestMs: number;
}

/** Builds {@link SealedSamples} series by series. */
export class SealedBuilder {
  readonly #startMs: number;
  readonly #columns: { -readonly [K in keyof SealedColumns]: SealedColumns[K] } = {
    references: new Growing(Uint32Array),
    counts: new Growing(Uint32Array),
    starts: new Growing(Uint32Array),
    steps: new Growing(Uint32Array),
    timesAt: new Growing(Uint32Array),
    kinds: new Growing(Uint8Array),
    places: new Growing(Uint8Array),
    bases: new Growing(Float64Array),
    valuesAt: new Growing(Uint32Array),
    times: new Growing(Uint32Array),
    small: new Growing(Int16Array),
    wide: new Growing(Int32Array),
    words: new Growing(Uint32Array),
    rows: 0,
    newestMs: Number.NEGATIVE_INFINITY,
  };
  #sharedAt = 0;
  #sharedCount = 0;

  /** @param startMs what times are held after */
  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  get rows(): number {
    return this.#columns.rows;
  }

  /** Adds a series that was not added before: the rows [from, count) of a settled buffer, stale markers included. */
  add(reference: number, buffer: SampleBuffer, from = 0): void {
    const columns = this.#columns;
    const count = buffer.count - from;
    if (count === 0) return;
    columns.references.push(reference);
    columns.counts.push(count);
    columns.rows += count;
    columns.newestMs = Math.max(columns.newestMs, buffer.times[buffer.count - 1] as number);
    columns.starts.push((buffer.times[from] as number) - this.#startMs);
    this.#addTimes(buffer, from, count);
    this.#addValues(buffer, from, count);
  }

  done(): SealedSamples {
    return new SealedSamples(this.#columns);
  }

  #addTimes({ times }: SampleBuffer, from: number, count: number): void {
    const columns = this.#columns;
    const step = count === 1 ? 0 : (times[from + 1] as number) - (times[from] as number);
    let regular = step <= LONGEST_STEP;
    for (let i = from + 2; regular && i < from + count; i++)
      regular = (times[i] as number) - (times[i - 1] as number) === step;
    columns.steps.push(regular ? step : IRREGULAR);
    if (regular) {
      columns.timesAt.push(0);
      return;
    }
    if (!this.#sharesTimes(times, from, count)) {
      this.#sharedAt = columns.times.length;
      this.#sharedCount = count;
      columns.times.reserve(count);
      for (let i = from; i < from + count; i++) columns.times.push((times[i] as number) - this.#startMs);
    }
    columns.timesAt.push(this.#sharedAt);
  }

  /** Whether the series irregularly timed before this one has the same times. */
  #sharesTimes(times: Float64Array, from: number, count: number): boolean {
    if (this.#sharedCount !== count) return false;
    const { data } = this.#columns.times;
    for (let i = 0; i < count; i++)
      if ((times[from + i] as number) - this.#startMs !== data[this.#sharedAt + i]) return false;
    return true;
  }

  #addValues(buffer: SampleBuffer, from: number, count: number): void {
    const columns = this.#columns;
    const { values } = buffer;
    const places = buffer.hasNaN ? -1 : exactPlaces(values, from, count);
    if (places < 0) {
      this.#addHeader(DOUBLE, 0, 0, columns.words.length / 2);
      columns.words.reserve(count * 2);
      columns.words.data.set(buffer.words.subarray(from * 2, (from + count) * 2), columns.words.length);
      columns.words.length += count * 2;
      return;
    }
    const power = POWERS[places] as number;
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    for (let i = from; i < from + count; i++) {
      const value = values[i] as number;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    const low = Math.round(least * power);
    const span = Math.round(most * power) - low;
    if (span === 0) {
      this.#addHeader(CONSTANT, places, low, 0);
      return;
    }
    const target = span < 0x1_0000 ? columns.small : columns.wide;
    const base = low + (span < 0x1_0000 ? 0x8000 : 0x8000_0000);
    this.#addHeader(span < 0x1_0000 ? SMALL : WIDE, places, base, target.length);
    target.reserve(count);
    const { data } = target;
    for (let i = 0; i < count; i++) data[target.length + i] = Math.round((values[from + i] as number) * power) - base;
    target.length += count;
  }

  #addHeader(kind: number, places: number, base: number, at: number): void {
    this.#columns.kinds.push(kind);
    this.#columns.places.push(places);
    this.#columns.bases.push(base);
    this.#columns.valuesAt.push(at);
  }
}

/**
 * The fewest decimal places at which all values are integers that decode to the same doubles, within 32 bits of one
 * another; -1 when there are none (or a negative zero, which an integer cannot be).
 */
function exactPlaces(values: Float64Array, from: number, count: number): number {
  let places = 0;
  let power = 1;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = from; i < from + count; i++) {
    const value = values[i] as number;
    if (value === 0 && 1 / value < 0) return -1;
    if (value < least) least = value;
    if (value > most) most = value;
    for (;;) {
      const integer = Math.round(value * power);
      if (!(integer < EXACT && integer > -EXACT)) return -1;
      if (integer / power === value) break;
      if (++places > MOST_PLACES) return -1;
      power = POWERS[places] as number;
      // Values before this one are exact at more places too, unless that makes them too large, which the end tells.
    }
  }
  const low = Math.round(least * power);
  const high = Math.round(most * power);
  if (low <= -EXACT || high >= EXACT || high - low > 0xffff_ffff) return -1;
  if (places > 0) {
    for (let i = from; i < from + count; i++) {
      const value = values[i] as number;
      if (Math.round(value * power) / power !== value) return -1;
    }
  }
  return places;
}
