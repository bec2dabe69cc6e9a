/** What has changed since a watch began. */
export interface Watch {
  /** The oldest time of any sample that came since, ms since the epoch; infinite while none did. */
  readonly changedMs: number;
  release(): void;
}

interface Watching extends Watch {
  changedMs: number;
  readonly metrics: readonly number[] | undefined;
}

/** Upper 16 bits of a stored series id: those of one metric have them in common (so may those of another). */
export const metricOfId = (idHigh: number): number => idHigh >>> 16;

/**
 * Tells whoever remembers answers which of them may not be true any more: a sample at a time changes nothing before it, and
 * nothing of other metrics.
 */
export class Changes {
  readonly #watches = new Set<Watching>();
  readonly #oldest = new Float64Array(65_536).fill(Number.POSITIVE_INFINITY);
  /** Counts everything noted. */
  version = 0;

  /** @param metrics see {@link metricOfId}; undefined for all */
  watch(metrics: readonly number[] | undefined): Watch {
    const watch: Watching = {
      changedMs: Number.POSITIVE_INFINITY,
      metrics,
      release: () => {
        this.#watches.delete(watch);
      },
    };
    this.#watches.add(watch);
    return watch;
  }

  /** Notes samples that came in. @param ids word pairs, low first */
  note(ids: Uint32Array, times: Float64Array, rows: number): void {
    this.version++;
    if (this.#watches.size === 0) return;
    const oldest = this.#oldest;
    const touched: number[] = [];
    let least = Number.POSITIVE_INFINITY;
    for (let row = 0; row < rows; row++) {
      const metric = metricOfId(ids[row * 2 + 1] as number);
      const time = times[row] as number;
      const before = oldest[metric] as number;
      if (before === Number.POSITIVE_INFINITY) touched.push(metric);
      if (time < before) oldest[metric] = time;
      if (time < least) least = time;
    }
    for (const watch of this.#watches) {
      if (watch.metrics === undefined) watch.changedMs = Math.min(watch.changedMs, least);
      else for (const metric of watch.metrics) watch.changedMs = Math.min(watch.changedMs, oldest[metric] as number);
    }
    for (const metric of touched) oldest[metric] = Number.POSITIVE_INFINITY;
  }

  /** Notes that anything at or after a time may have changed. */
  noteAll(oldestMs: number): void {
    this.version++;
    for (const watch of this.#watches) watch.changedMs = Math.min(watch.changedMs, oldestMs);
  }
}
