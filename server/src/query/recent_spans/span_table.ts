/** The end of a list, and what is not found. */
const NONE = -1;

/**
 * Spans by trace (a number) and id (two words), numbered in the order they are met. Of an id that several spans have, the
 * services of all are kept, as numbers.
 */
export class SpanTable {
  readonly #mask: number;
  readonly #slots: Int32Array;
  readonly #traces: Uint32Array;
  readonly #ids: Uint32Array;
  readonly #services: Int32Array;
  /** Services of an id after the first. */
  readonly #others = new Map<number, number[]>();
  size = 0;

  /** @param rows spans at most */
  constructor(rows: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, rows * 2)));
    this.#mask = slots - 1;
    this.#slots = new Int32Array(slots).fill(NONE);
    this.#traces = new Uint32Array(rows);
    this.#ids = new Uint32Array(rows * 2);
    this.#services = new Int32Array(rows);
  }

  add(trace: number, high: number, low: number, service: number): void {
    const slot = this.#slot(trace, high, low);
    const known = this.#slots[slot] as number;
    if (known !== NONE) {
      if (this.#services[known] === service) return;
      const others = this.#others.get(known);
      if (others === undefined) this.#others.set(known, [service]);
      else if (!others.includes(service)) others.push(service);
      return;
    }
    const span = this.size++;
    this.#slots[slot] = span;
    this.#traces[span] = trace;
    this.#ids[span * 2] = high;
    this.#ids[span * 2 + 1] = low;
    this.#services[span] = service;
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

  #slot(trace: number, high: number, low: number): number {
    let hash = Math.imul(trace ^ 0x9e37_79b9, 0x85eb_ca6b);
    hash = Math.imul(hash ^ (hash >>> 15) ^ high, 0xc2b2_ae35);
    hash = Math.imul(hash ^ (hash >>> 13) ^ low, 0x27d4_eb2f);
    let slot = (hash ^ (hash >>> 16)) & this.#mask;
    for (;;) {
      const span = this.#slots[slot] as number;
      if (span === NONE) return slot;
      if (this.#traces[span] === trace && this.#ids[span * 2] === high && this.#ids[span * 2 + 1] === low) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }
}
