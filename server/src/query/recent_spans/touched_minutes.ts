import type { Asked } from './known_ranges.ts';

const NS_PER_MINUTE = 60_000_000_000;
const WORD = 2 ** 32;
/** More different minutes than this count as all of them. */
const MOST_MINUTES = 100_000;

/**
 * When spans last came for each minute of their own time: tells whoever remembers an answer whether it still is one. Remembers
 * as long as answers live.
 */
export class TouchedMinutes {
  readonly #lifetimeMs: number;
  /** Minute since the epoch: wall clock of the last spans that began in it, ms. */
  readonly #touched = new Map<number, number>();
  /** Wall clock of the last spans that may be of any minute, ms. */
  #allMs = Number.NEGATIVE_INFINITY;
  #checked: Asked = { atMs: Number.NEGATIVE_INFINITY, loadedMs: Number.NEGATIVE_INFINITY };

  /** @param lifetimeMs how long answers are remembered */
  constructor(lifetimeMs: number) {
    this.#lifetimeMs = lifetimeMs;
  }

  /** Notes spans by their starts, ns since the epoch. @param now when they came, and what was loaded by then */
  note(starts: BigInt64Array | BigUint64Array, now: Asked): void {
    this.#forget(now);
    const words = new Uint32Array(starts.buffer, starts.byteOffset, starts.length * 2);
    let last = Number.NaN;
    for (let i = 0; i < words.length; i += 2) {
      const minute = Math.floor(((words[i + 1] as number) * WORD + (words[i] as number)) / NS_PER_MINUTE);
      if (minute === last) continue;
      last = minute;
      this.#touched.set(minute, now.atMs);
    }
    if (this.#touched.size <= MOST_MINUTES) return;
    this.#touched.clear();
    this.#allMs = now.atMs;
  }

  /** Whether the store may have spans of a range (ns, both ends counted) that it had not when it was asked. */
  since(startNs: bigint, endNs: bigint, { loadedMs }: Asked): boolean {
    if (this.#allMs >= loadedMs) return true;
    const first = Math.floor(Number(startNs) / NS_PER_MINUTE);
    const last = Math.floor(Number(endNs) / NS_PER_MINUTE);
    const isTouched = (cameMs: number | undefined): boolean => cameMs !== undefined && cameMs >= loadedMs;
    if (last - first < this.#touched.size) {
      for (let minute = first; minute <= last; minute++) if (isTouched(this.#touched.get(minute))) return true;
      return false;
    }
    for (const [minute, cameMs] of this.#touched)
      if (minute >= first && minute <= last && isTouched(cameMs)) return true;
    return false;
  }

  clear(): void {
    this.#touched.clear();
  }

  /** What was in the store before the oldest answer that still counts was asked for changes none. */
  #forget(now: Asked): void {
    if (now.atMs - this.#checked.atMs <= this.#lifetimeMs) return;
    const { loadedMs } = this.#checked;
    for (const [minute, cameMs] of this.#touched) if (cameMs < loadedMs) this.#touched.delete(minute);
    this.#checked = now;
  }
}
