import type { Target } from './target.ts';

/** Longer than the engine keeps what a merge has replaced, and than Tempo waits from one compaction to the next. */
const UNCHANGED_MS = 75_000;
const SETTLE_MS = 600_000;
/** A directory that changes by less is unchanged: figures made of spans are written as long as the server runs. */
const STILL = 0.01;
const LOOK_MS = 500;

/** What a set takes on a server's disk: when its load has ended, and when the server has tidied up. Sets before it lie in the same directory. */
export class DiskUse {
  readonly #target: Target;
  readonly #before: number | null;
  #loaded: number | null = null;
  #settled: number | null = null;
  #loadedAt = 0;
  #changedAt = 0;
  #isSettled = false;

  /** To be made before the set is loaded. */
  constructor(target: Target) {
    this.#target = target;
    this.#before = target.diskBytes();
  }

  /**
   * To be called after the load, and again before the figures are told: waits until merges are done and what they replaced is
   * gone, that is until the directory has hardly changed for a while, or ten minutes. Returns the processor time used until it
   * last grew, seconds: what comes after that is idling. Null when it is not known.
   */
  async settle(): Promise<number | null> {
    const target = this.#target;
    const started = performance.now();
    let last = target.diskBytes();
    let cpu = target.cpuSeconds();
    if (last === null) return cpu;
    if (this.#loaded === null) {
      this.#loaded = last;
      this.#loadedAt = this.#changedAt = started;
    } else if (Math.abs(last - (this.#settled ?? last)) > last * STILL) this.#changedAt = started;
    this.#isSettled = false;
    while (performance.now() - started < SETTLE_MS) {
      if (performance.now() - this.#changedAt >= UNCHANGED_MS) {
        this.#isSettled = true;
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      const bytes = target.diskBytes();
      if (bytes === null) break;
      if (Math.abs(bytes - last) <= last * STILL) continue;
      if (bytes > last) cpu = target.cpuSeconds();
      this.#changedAt = performance.now();
      last = bytes;
    }
    this.#settled = target.diskBytes();
    return cpu;
  }

  /** One line; null when the directory is not known. @param unit what a record is called */
  describe(records: number, unit: string): string | null {
    const [before, loaded, settled] = [this.#before, this.#loaded, this.#settled];
    if (before === null || loaded === null || settled === null) return null;
    const each = (bytes: number): string => ((bytes - before) / records).toFixed(2);
    const after = ((this.#changedAt - this.#loadedAt) / 1000).toFixed(0);
    const since = this.#isSettled ? `unchanged from ${after} s after it on` : `still changing ${after} s after it`;
    return `${this.#target.name}: ${each(loaded)} bytes on disk per ${unit} when the load ended, ${each(settled)} settled (${since}), indexes included`;
  }
}
