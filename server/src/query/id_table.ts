/**
 * 64-bit ids to dense references without a bigint or a string per id: open addressing over the two halves. The halves
 * themselves live with the caller, so the table holds four bytes a slot.
 */
export class IdTable {
  #slots: Uint32Array<ArrayBuffer>;
  #count = 0;
  idHigh: Uint32Array<ArrayBuffer>;
  idLow: Uint32Array<ArrayBuffer>;

  /** @param expected how many ids there may be; it grows beyond */
  constructor(expected = 512) {
    // A power of two, half of it empty.
    this.#slots = new Uint32Array(2 ** (Math.ceil(Math.log2(Math.max(expected, 1))) + 1));
    this.idHigh = new Uint32Array(Math.max(expected, 1));
    this.idLow = new Uint32Array(Math.max(expected, 1));
  }

  get size(): number {
    return this.#count;
  }

  /** The reference of an id, or -1. */
  find(high: number, low: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash(high, low) & mask; ; slot = (slot + 1) & mask) {
      const reference = (this.#slots[slot] as number) - 1;
      if (reference === -1) return -1;
      if (this.idHigh[reference] === high && this.idLow[reference] === low) return reference;
    }
  }

  /** Adds an id that is not in the table; its reference is the number of ids before it. */
  add(high: number, low: number): number {
    const reference = this.#count++;
    if (reference >= this.idHigh.length) {
      this.idHigh = grown(this.idHigh);
      this.idLow = grown(this.idLow);
    }
    this.idHigh[reference] = high;
    this.idLow[reference] = low;
    if (this.#count * 2 > this.#slots.length) this.#rehash();
    else this.#place(reference);
    return reference;
  }

  #place(reference: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash(this.idHigh[reference] as number, this.idLow[reference] as number) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = reference + 1;
  }

  #rehash(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let reference = 0; reference < this.#count; reference++) this.#place(reference);
  }
}

function hash(high: number, low: number): number {
  let h = Math.imul(high ^ Math.imul(low, 0x85ebca6b), 0xc2b2ae35);
  h ^= h >>> 15;
  h = Math.imul(h, 0x27d4eb2f);
  return (h ^ (h >>> 13)) >>> 0;
}

/** A copy of twice the length. */
export function grown(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const bigger = new Uint32Array(array.length * 2);
  bigger.set(array);
  return bigger;
}
