/**
 * How many lines of each pattern there were, by time, service and level: columns of `size` values, found through a table with
 * open addressing whose slots hold numbers of entries from 1, 0 is empty. Used again after `clear`. Services and levels are
 * numbers that whoever counts gives them.
 */
export class PatternCountTable {
  size = 0;
  /** Seconds since the epoch. */
  times = new Uint32Array(2048);
  services = new Uint32Array(2048);
  levels = new Uint32Array(2048);
  /** Halves of the pattern's id: low, high. */
  patterns = new Uint32Array(2 * 2048);
  lines = new Uint32Array(2048);
  marked = new Uint32Array(2048);
  #slots = new Uint32Array(4096);

  clear(): void {
    if (this.size > 0) this.#slots.fill(0);
    this.size = 0;
  }

  /** Counts more lines of a pattern, `marked` of which may be repetitions. */
  add(time: number, service: number, level: number, low: number, high: number, lines: number, marked: number): void {
    const entry = this.#entryOf(time, service, level, low, high);
    this.lines[entry] = (this.lines[entry] as number) + lines;
    this.marked[entry] = (this.marked[entry] as number) + marked;
  }

  /** The number of the entry, which is made when there is none. */
  #entryOf(time: number, service: number, level: number, low: number, high: number): number {
    const { times, services, levels, patterns, size } = this;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hashOf(time, service, level, low) & mask;
    for (let number = slots[slot] as number; number !== 0; number = slots[slot] as number) {
      const entry = number - 1;
      if (
        patterns[entry * 2] === low &&
        patterns[entry * 2 + 1] === high &&
        times[entry] === time &&
        services[entry] === service &&
        levels[entry] === level
      )
        return entry;
      slot = (slot + 1) & mask;
    }
    if (size >= times.length) {
      this.#grow();
      return this.#entryOf(time, service, level, low, high);
    }
    slots[slot] = ++this.size;
    times[size] = time;
    services[size] = service;
    levels[size] = level;
    patterns[size * 2] = low;
    patterns[size * 2 + 1] = high;
    this.lines[size] = 0;
    this.marked[size] = 0;
    return size;
  }

  /** Doubles the table. */
  #grow(): void {
    this.times = doubled(this.times);
    this.services = doubled(this.services);
    this.levels = doubled(this.levels);
    this.patterns = doubled(this.patterns);
    this.lines = doubled(this.lines);
    this.marked = doubled(this.marked);
    const { times, services, levels, patterns, size } = this;
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let entry = 0; entry < size; entry++) {
      const hash = hashOf(
        times[entry] as number,
        services[entry] as number,
        levels[entry] as number,
        patterns[entry * 2] as number,
      );
      let slot = hash & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = entry + 1;
    }
    this.#slots = slots;
  }
}

function hashOf(time: number, service: number, level: number, low: number): number {
  const hash = low ^ Math.imul(time, 0x9e37_79b1) ^ Math.imul(service * 8 + level, 0x85eb_ca6b);
  return hash ^ (hash >>> 15);
}

function doubled(values: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const next = new Uint32Array(values.length * 2);
  next.set(values);
  return next;
}
