import type { SampleBuffer } from './sample_buffer.ts';

/** Samples of a block: small, as with a million series every one of them has a block that is half empty. */
const BLOCK = 16;
const BLOCK_BITS = 4;
const SLAB_BLOCKS = 256;
const SLAB_ROWS = SLAB_BLOCKS * BLOCK;
const SLAB_BITS = 12;
const SLAB_BYTES = SLAB_ROWS * 12;

interface Slab {
  /** ms after the slice's start. */
  readonly offsets: Uint32Array;
  readonly values: Float64Array;
  readonly words: Uint32Array;
}

/**
 * Samples as they came in, by series: lists of blocks in slabs, twelve bytes a sample. Rows are only ever added, so the
 * first n rows of a series stay what they are; a reader that remembers n sees one moment.
 */
export class RecentSamples {
  /** Place of a series reference plus one; 0 for none. */
  #placeOf = new Uint32Array(0);
  #references = new Uint32Array(16);
  #first = new Uint32Array(16);
  /** Where the next row of the series goes; a multiple of BLOCK when it needs a new block. */
  #next = new Uint32Array(16);
  #counts = new Uint32Array(16);
  #largest = new Uint32Array(16);
  #following = new Uint32Array(64);
  readonly #slabs: Slab[] = [];
  #places = 0;
  #blocks = 0;
  rows = 0;

  get series(): number {
    return this.#places;
  }

  get bytes(): number {
    return this.#slabs.length * SLAB_BYTES + this.#placeOf.byteLength + this.#references.length * 20;
  }

  /** References of the series there are, in the order of their first rows. */
  get references(): Uint32Array {
    return this.#references.subarray(0, this.#places);
  }

  count(reference: number): number {
    const place = reference < this.#placeOf.length ? (this.#placeOf[reference] as number) : 0;
    return place === 0 ? 0 : (this.#counts[place - 1] as number);
  }

  /** The latest time of a series, ms after the slice's start; only of series that have rows. */
  largest(reference: number): number {
    return this.#largest[(this.#placeOf[reference] as number) - 1] as number;
  }

  /** Adds a row: row `at` of columns. */
  append(reference: number, offset: number, values: Float64Array, words: Uint32Array, at: number): void {
    let place = reference < this.#placeOf.length ? (this.#placeOf[reference] as number) : 0;
    if (place === 0) place = this.#begin(reference);
    place--;
    let row = this.#next[place] as number;
    if ((row & (BLOCK - 1)) === 0) row = this.#extend(place);
    const slab = this.#slabs[row >>> SLAB_BITS] as Slab;
    const i = row & (SLAB_ROWS - 1);
    const value = values[at] as number;
    slab.offsets[i] = offset;
    slab.values[i] = value;
    if (Number.isNaN(value)) {
      slab.words[i * 2] = words[at * 2] as number;
      slab.words[i * 2 + 1] = words[at * 2 + 1] as number;
    }
    this.#next[place] = row + 1;
    this.#counts[place]!++;
    if (offset > (this.#largest[place] as number)) this.#largest[place] = offset;
    this.rows++;
  }

  /** Adds the first `limit` rows of a series that lie in [from, to] (ms after the slice's start) to a buffer. */
  read(reference: number, limit: number, from: number, to: number, startMs: number, out: SampleBuffer): void {
    const place = reference < this.#placeOf.length ? (this.#placeOf[reference] as number) - 1 : -1;
    if (place < 0) return;
    out.reserve(limit);
    let block = this.#first[place] as number;
    for (let left = limit; left > 0; left -= BLOCK) {
      const slab = this.#slabs[block >>> (SLAB_BITS - BLOCK_BITS)] as Slab;
      const start = (block & (SLAB_BLOCKS - 1)) << BLOCK_BITS;
      const end = start + Math.min(left, BLOCK);
      for (let i = start; i < end; i++) {
        const offset = slab.offsets[i] as number;
        if (offset >= from && offset <= to) out.put(startMs + offset, slab.values, slab.words, i);
      }
      block = this.#following[block] as number;
    }
  }

  #begin(reference: number): number {
    if (reference >= this.#placeOf.length) {
      const bigger = new Uint32Array(Math.max(reference + 1, Math.ceil(this.#placeOf.length * 1.25)));
      bigger.set(this.#placeOf);
      this.#placeOf = bigger;
    }
    const place = this.#places++;
    if (place >= this.#references.length) {
      this.#references = longer(this.#references);
      this.#first = longer(this.#first);
      this.#next = longer(this.#next);
      this.#counts = longer(this.#counts);
      this.#largest = longer(this.#largest);
    }
    this.#references[place] = reference;
    this.#placeOf[reference] = place + 1;
    return place + 1;
  }

  /** Gives a series a new block; returns its first row. */
  #extend(place: number): number {
    const block = this.#blocks++;
    if ((block & (SLAB_BLOCKS - 1)) === 0) {
      const values = new Float64Array(SLAB_ROWS);
      this.#slabs.push({ offsets: new Uint32Array(SLAB_ROWS), values, words: new Uint32Array(values.buffer) });
    }
    if (block >= this.#following.length) this.#following = longer(this.#following);
    if (this.#counts[place] === 0) this.#first[place] = block;
    else this.#following[((this.#next[place] as number) - 1) >>> BLOCK_BITS] = block;
    return block << BLOCK_BITS;
  }
}

function longer(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const bigger = new Uint32Array(Math.ceil(array.length * 1.5));
  bigger.set(array);
  return bigger;
}
