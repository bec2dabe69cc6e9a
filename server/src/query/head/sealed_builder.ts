import type { SampleBuffer } from './sample_buffer.ts';
import { CONSTANT, DOUBLE, IRREGULAR, MOST_PLACES, POWERS, SealedSamples, SMALL, WIDE } from './sealed.ts';

const EXACT = 2 ** 53;
/** ms between samples that is still held as a step. */
const LONGEST_STEP = IRREGULAR - 1;

type Numbers =
  | Uint32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

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
  done(): T {
    return this.#data.slice(0, this.length) as T;
  }
}

/** Builds {@link SealedSamples} series by series. */
export class SealedBuilder {
  readonly #startMs: number;
  readonly #columns = {
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
  };
  #rows = 0;
  #newestMs = Number.NEGATIVE_INFINITY;
  #sharedAt = 0;
  #sharedCount = 0;

  /** @param startMs what times are held after */
  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  /** Adds a series that was not added before: the rows [from, count) of a settled buffer, stale markers included. */
  add(reference: number, buffer: SampleBuffer, from = 0): void {
    const columns = this.#columns;
    const count = buffer.count - from;
    if (count === 0) return;
    columns.references.push(reference);
    columns.counts.push(count);
    this.#rows += count;
    this.#newestMs = Math.max(this.#newestMs, buffer.times[buffer.count - 1] as number);
    columns.starts.push((buffer.times[from] as number) - this.#startMs);
    this.#addTimes(buffer, from, count);
    this.#addValues(buffer, from, count);
  }

  done(): SealedSamples {
    const columns = this.#columns;
    return new SealedSamples({
      references: columns.references.done(),
      counts: columns.counts.done(),
      starts: columns.starts.done(),
      steps: columns.steps.done(),
      timesAt: columns.timesAt.done(),
      kinds: columns.kinds.done(),
      places: columns.places.done(),
      bases: columns.bases.done(),
      valuesAt: columns.valuesAt.done(),
      times: columns.times.done(),
      small: columns.small.done(),
      wide: columns.wide.done(),
      words: columns.words.done(),
      rows: this.#rows,
      newestMs: this.#newestMs,
    });
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
