/** Upper bounds of the buckets, ms. */
const LATENCY_BOUNDS_MS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] as const;

/** A histogram of durations; `counts` has one more entry than there are bounds. */
export interface LatencySnapshot {
  readonly counts: readonly number[];
  readonly sumMs: number;
  readonly count: number;
}

export class LatencyHistogram {
  readonly #counts = new Array<number>(LATENCY_BOUNDS_MS.length + 1).fill(0);
  #sum = 0;
  #count = 0;

  record(milliseconds: number): void {
    let bucket = 0;
    while (bucket < LATENCY_BOUNDS_MS.length && milliseconds > (LATENCY_BOUNDS_MS[bucket] as number)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += milliseconds;
    this.#count++;
  }

  snapshot(): LatencySnapshot {
    return { counts: [...this.#counts], sumMs: this.#sum, count: this.#count };
  }
}
