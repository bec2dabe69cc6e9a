/**
 * The samples of one scrape before it is known to be whole: a scrape is stored as a whole or fails as a whole. Reused
 * from scrape to scrape; nothing in it is kept by others.
 */
export class StagedSamples {
  count = 0;
  references = new Int32Array(1024);
  values = new Float64Array(1024);
  timesMs = new Float64Array(1024);
  /** 1 where the sample came with a time of its own: such series get no staleness markers. */
  timed = new Uint8Array(1024);

  clear(): void {
    this.count = 0;
  }

  push(reference: number, value: number, timeMs: number, timed: boolean): void {
    const row = this.count++;
    if (row === this.references.length) this.grow();
    this.references[row] = reference;
    this.values[row] = value;
    this.timesMs[row] = timeMs;
    this.timed[row] = timed ? 1 : 0;
  }

  private grow(): void {
    const size = this.references.length * 2;
    const references = new Int32Array(size);
    references.set(this.references);
    this.references = references;
    const values = new Float64Array(size);
    values.set(this.values);
    this.values = values;
    const timesMs = new Float64Array(size);
    timesMs.set(this.timesMs);
    this.timesMs = timesMs;
    const timed = new Uint8Array(size);
    timed.set(this.timed);
    this.timed = timed;
  }

  get anyTimed(): boolean {
    return this.timed.subarray(0, this.count).includes(1);
  }

  /** A copy of the references of untimed samples, in order. */
  untimed(): Int32Array {
    const out = new Int32Array(this.count);
    let n = 0;
    for (let row = 0; row < this.count; row++) if (this.timed[row] === 0) out[n++] = this.references[row] as number;
    return out.subarray(0, n);
  }

  /**
   * Drops samples whose series and time came before in this scrape; the first one stands (as upstream).
   * @returns how many were dropped
   */
  dropDuplicates(): number {
    const seen = new Map<number, number | Set<number>>();
    let kept = 0;
    for (let row = 0; row < this.count; row++) {
      const reference = this.references[row] as number;
      const time = this.timesMs[row] as number;
      const before = seen.get(reference);
      if (before === undefined) seen.set(reference, time);
      else if (typeof before === 'number') {
        if (before === time) continue;
        seen.set(reference, new Set([before, time]));
      } else if (before.has(time)) continue;
      else before.add(time);
      if (kept !== row) {
        this.references[kept] = reference;
        this.values[kept] = this.values[row] as number;
        this.timesMs[kept] = time;
        this.timed[kept] = this.timed[row] as number;
      }
      kept++;
    }
    const dropped = this.count - kept;
    this.count = kept;
    return dropped;
  }
}
