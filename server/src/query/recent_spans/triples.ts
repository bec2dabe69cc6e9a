import { grown } from '../id_table.ts';

const WORDS = 3;
const NONE = -1;

/** Combinations of three whole numbers below 2^32, numbered in the order they are met. */
export class Triples {
  #size = 0;
  #keys: Uint32Array<ArrayBuffer> = new Uint32Array(256 * WORDS);
  #slots = new Int32Array(1024).fill(NONE);

  codeOf(first: number, second: number, third: number): number {
    const slot = this.#slot(first, second, third);
    const known = this.#slots[slot] as number;
    if (known !== NONE) return known;
    const code = this.#size++;
    if (this.#size * WORDS > this.#keys.length) this.#keys = grown(this.#keys);
    this.#keys[code * WORDS] = first;
    this.#keys[code * WORDS + 1] = second;
    this.#keys[code * WORDS + 2] = third;
    this.#slots[slot] = code;
    if (this.#size * 2 > this.#slots.length) this.#rehash();
    return code;
  }

  partsOf(code: number): readonly [first: number, second: number, third: number] {
    const [first = 0, second = 0, third = 0] = this.#keys.subarray(code * WORDS, code * WORDS + WORDS);
    return [first, second, third];
  }

  #slot(first: number, second: number, third: number): number {
    const keys = this.#keys;
    const mask = this.#slots.length - 1;
    let hash = Math.imul(first ^ Math.imul(second, 0x85eb_ca6b) ^ Math.imul(third, 0x9e37_79b1), 0xc2b2_ae35);
    hash ^= hash >>> 15;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const code = this.#slots[slot] as number;
      if (code === NONE) return slot;
      const at = code * WORDS;
      if (keys[at] === first && keys[at + 1] === second && keys[at + 2] === third) return slot;
    }
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(NONE);
    for (let code = 0; code < this.#size; code++) this.#slots[this.#slot(...this.partsOf(code))] = code;
  }
}
