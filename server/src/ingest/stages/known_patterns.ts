/** Ids of patterns, by the halves of 64 bits; 0 is none. A table with open addressing: a look-up makes no object. */
export class KnownPatterns {
  size = 0;
  #halves = new Uint32Array(512);

  has(low: number, high: number): boolean {
    const halves = this.#halves;
    const at = slotOf(halves, low, high);
    return halves[at] === low && halves[at + 1] === high;
  }

  /** Adds an id that is not known. */
  add(low: number, high: number): void {
    if (this.size * 4 >= this.#halves.length) this.#grow();
    const at = slotOf(this.#halves, low, high);
    this.#halves[at] = low;
    this.#halves[at + 1] = high;
    this.size++;
  }

  #grow(): void {
    const before = this.#halves;
    const halves = new Uint32Array(before.length * 2);
    for (let i = 0; i < before.length; i += 2) {
      const low = before[i] as number;
      const high = before[i + 1] as number;
      if (low === 0 && high === 0) continue;
      const at = slotOf(halves, low, high);
      halves[at] = low;
      halves[at + 1] = high;
    }
    this.#halves = halves;
  }
}

/** Where an id stands, or the empty slot it belongs into. */
function slotOf(halves: Uint32Array, low: number, high: number): number {
  const mask = halves.length - 2;
  let at = ((low ^ (high >>> 7)) << 1) & mask;
  while ((halves[at] !== low || halves[at + 1] !== high) && (halves[at] !== 0 || halves[at + 1] !== 0))
    at = (at + 2) & mask;
  return at;
}
