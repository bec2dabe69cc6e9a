import { randomInt } from 'node:crypto';

/** Random per process, so that a sender cannot choose ids that all fall into one slot. */
const HASH_SEED = randomInt(1, 0x7fff_ffff);
/** The end of a list, and what is not found. */
const NONE = -1;
const KEY_WORDS = 3;
const NEIGHBOURS = 16;

/**
 * Spans by trace (a number) and id (two words), numbered in the order they are met. Of an id that several spans have, the
 * services of all are kept, as numbers.
 */
export class SpanTable {
  readonly #mask: number;
  readonly #slots: Int32Array;
  /** Trace and id, KEY_WORDS a span. */
  readonly #keys: Uint32Array;
  readonly #services: Int32Array;
  /** Services of an id after the first. */
  readonly #others = new Map<number, number[]>();
  size = 0;

  /** @param rows spans at most */
  constructor(rows: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, rows * 2)));
    this.#mask = slots - 1;
    this.#slots = new Int32Array(slots).fill(NONE);
    this.#keys = new Uint32Array(rows * KEY_WORDS);
    this.#services = new Int32Array(rows);
  }

  /** Returns the number of the span. */
  add(trace: number, high: number, low: number, service: number): number {
    const slot = this.#slot(trace, high, low);
    const known = this.#slots[slot] as number;
    if (known !== NONE) {
      if (this.#services[known] === service) return known;
      const others = this.#others.get(known);
      if (others === undefined) this.#others.set(known, [service]);
      else if (!others.includes(service)) others.push(service);
      return known;
    }
    const span = this.size++;
    this.#slots[slot] = span;
    const at = span * KEY_WORDS;
    this.#keys[at] = trace;
    this.#keys[at + 1] = high;
    this.#keys[at + 2] = low;
    this.#services[span] = service;
    return span;
  }

  /** The number of a span, -1 when there is none of the id. */
  find(trace: number, high: number, low: number): number {
    return this.#slots[this.#slot(trace, high, low)] as number;
  }

  firstService(span: number): number {
    return this.#services[span] as number;
  }

  /** The services of an id after the first. */
  otherServices(span: number): readonly number[] | undefined {
    return this.#others.size === 0 ? undefined : this.#others.get(span);
  }

  /** Spans of a trace lie side by side, so that they are in the processor's cache together; of a large one, anywhere. */
  #slot(trace: number, high: number, low: number): number {
    let slot = (mixed(trace, HASH_SEED) + (low & (NEIGHBOURS - 1))) & this.#mask;
    for (let looks = 1; ; looks++) {
      const span = this.#slots[slot] as number;
      if (span === NONE) return slot;
      const at = span * KEY_WORDS;
      if (this.#keys[at + 1] === high && this.#keys[at + 2] === low && this.#keys[at] === trace) return slot;
      slot = (looks === NEIGHBOURS ? mixed(mixed(trace ^ HASH_SEED, high), low) : slot + 1) & this.#mask;
    }
  }
}

function mixed(a: number, b: number): number {
  const hash = Math.imul(a ^ (b >>> 15) ^ b, 0x85eb_ca6b);
  return Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35) >>> 7;
}
