import { randomInt } from 'node:crypto';
import { resized } from './tagged_texts.ts';

/** Random per process, so that a sender cannot choose ids that all fall into one slot. */
const HASH_SEED = randomInt(1, 0x7fff_ffff);
const ID_WORDS = 4;

/** Traces by id, numbered in order of first appearance, each with the row of its span that came last. */
export class TraceTable {
  size = 0;
  /** The 128 bits of each id in four words, the first digits first. */
  ids = new Uint32Array(64 * ID_WORDS);
  lastRows = new Uint32Array(64);
  #slots = new Int32Array(128).fill(-1);

  /** Memory held, bytes. */
  get capacity(): number {
    return this.ids.byteLength + this.lastRows.byteLength + this.#slots.byteLength;
  }

  /** The number of the trace whose id is at `at`, or -1. */
  find(words: Uint32Array, at: number): number {
    return this.#slots[this.#slot(words, at)] as number;
  }

  /** The number of the trace whose id is at `at`: `size` before the call when it was not known. */
  add(words: Uint32Array, at: number): number {
    const slot = this.#slot(words, at);
    const known = this.#slots[slot] as number;
    if (known >= 0) return known;
    const trace = this.size++;
    if (trace >= this.lastRows.length) {
      this.ids = resized(this.ids, trace * 2 * ID_WORDS);
      this.lastRows = resized(this.lastRows, trace * 2);
    }
    for (let i = 0; i < ID_WORDS; i++) this.ids[trace * ID_WORDS + i] = words[at + i] as number;
    this.#slots[slot] = trace;
    if (this.size * 2 > this.#slots.length) this.#rehash();
    return trace;
  }

  /** Gives back what nothing is in. */
  trim(): void {
    this.ids = resized(this.ids, this.size * ID_WORDS);
    this.lastRows = resized(this.lastRows, this.size);
  }

  #slot(words: Uint32Array, at: number): number {
    const { ids } = this;
    const mask = this.#slots.length - 1;
    let slot = hashOf(words, at) & mask;
    for (;;) {
      const trace = this.#slots[slot] as number;
      if (trace < 0) return slot;
      const from = trace * ID_WORDS;
      if (
        ids[from] === words[at] &&
        ids[from + 1] === words[at + 1] &&
        ids[from + 2] === words[at + 2] &&
        ids[from + 3] === words[at + 3]
      )
        return slot;
      slot = (slot + 1) & mask;
    }
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (let trace = 0; trace < this.size; trace++) {
      let slot = hashOf(this.ids, trace * ID_WORDS) & mask;
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & mask;
      slots[slot] = trace;
    }
    this.#slots = slots;
  }
}

function hashOf(words: Uint32Array, at: number): number {
  let hash = HASH_SEED;
  for (let i = 0; i < ID_WORDS; i++) {
    hash = Math.imul(hash ^ (words[at + i] as number), 0x85eb_ca6b);
    hash ^= hash >>> 13;
  }
  hash = Math.imul(hash, 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}
