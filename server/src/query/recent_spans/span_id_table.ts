import { randomInt } from 'node:crypto';

/** Random per process, so that a sender cannot choose ids that all fall into one slot. */
const HASH_SEED = randomInt(1, 0x7fff_ffff);
const NONE = -1;

/** Ids of spans (two words each), numbered in the order they are met. */
export class SpanIdTable {
  readonly #mask: number;
  readonly #slots: Int32Array;
  readonly #ids: Uint32Array;
  size = 0;

  /** @param most ids at most */
  constructor(most: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, most * 2)));
    this.#mask = slots - 1;
    this.#slots = new Int32Array(slots).fill(NONE);
    this.#ids = new Uint32Array(most * 2);
  }

  /** The number of an id: `size` before the call when it was not known. */
  add(high: number, low: number): number {
    const slot = this.#slot(high, low);
    const known = this.#slots[slot] as number;
    if (known !== NONE) return known;
    const id = this.size++;
    this.#slots[slot] = id;
    this.#ids[id * 2] = high;
    this.#ids[id * 2 + 1] = low;
    return id;
  }

  /** The number of an id, -1 when it is not known. */
  find(high: number, low: number): number {
    return this.#slots[this.#slot(high, low)] as number;
  }

  #slot(high: number, low: number): number {
    let slot = mixed(mixed(HASH_SEED, high), low) & this.#mask;
    for (;;) {
      const id = this.#slots[slot] as number;
      if (id === NONE || (this.#ids[id * 2 + 1] === low && this.#ids[id * 2] === high)) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }
}

function mixed(a: number, b: number): number {
  const hash = Math.imul(a ^ (b >>> 15) ^ b, 0x85eb_ca6b);
  return Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35) >>> 7;
}
