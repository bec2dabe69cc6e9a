import type { Section } from '../../model/section.ts';
import { type LogRows, readLogLines, readLogSection, readLogTimes } from '../../store/index.ts';
import { KnownWords, type Stretch } from './known_words.ts';
import type { WordSketch } from './word_sketch.ts';

/** Records that came in together. */
export interface LogArrival {
  /** Counts up as they come. */
  readonly place: number;
  readonly rows: number;
  /** Of the latest, ns since the epoch. */
  readonly newestNs: bigint;
  /** Of the earliest. */
  readonly oldestNs: bigint;
  readonly records: () => LogRows;
  /** What stands in the lines of these records, and of others that came about the same time. */
  readonly words: WordSketch;
}

interface Kept extends LogArrival {
  readonly stretch: Stretch;
  readonly cameMs: number;
  readonly bytes: number;
}

/** Records not loaded yet may go over the budget by this factor before they are let go all the same. */
const STRETCH = 1.5;
/** What is known of lines longer than they are kept may take this part of the budget besides. */
const WORDS_SHARE = 1 / 4;
/** What a record takes beside its columns once somebody has asked, bytes: where its texts begin. */
const ROW_BYTES = 64;

/**
 * The log records of a tenant that came in last, as the columns they came in, within a budget of memory. From `floorNs` on
 * every record that was acknowledged is here, so that above it the store need not be asked.
 */
export class RecentLogs {
  readonly #budgetBytes: () => number;
  /** What stands in the lines, also of those that were let go of. */
  readonly words: KnownWords;
  /** In the order they came. */
  #arrivals: Kept[] = [];
  #bytes = 0;
  #came = 0;
  #floorNs: bigint | undefined;
  /** The latest of the records that were let go, ns. */
  #letGoNs = -1n;
  /** Everything that came before this is in the store, ms since the epoch. */
  #loadedMs = Number.NEGATIVE_INFINITY;
  /** How often records were let go that the store may not have had yet. */
  forcedEvictions = 0;

  /**
   * @param budgetBytes memory this may take; asked whenever records come
   * @param linesOfAStretch how many lines {@link KnownWords} knows together
   */
  constructor(budgetBytes: () => number, linesOfAStretch?: number) {
    this.#budgetBytes = budgetBytes;
    this.words = new KnownWords(() => budgetBytes() * WORDS_SHARE, linesOfAStretch);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Every record of this time or later is here, ns since the epoch; undefined while that is not known of any. */
  get floorNs(): bigint | undefined {
    return this.#floorNs;
  }

  /** Takes an acknowledged section of `otel_logs`. @param cameMs wall clock when it was handed over */
  append(section: Section, cameMs: number): void {
    const times = readLogTimes(section);
    if (times.length === 0) return;
    let newestNs = times[0] as bigint;
    let oldestNs = newestNs;
    for (const time of times) {
      if (time > newestNs) newestNs = time;
      if (time < oldestNs) oldestNs = time;
    }
    let decoded: LogRows | undefined;
    const records = (): LogRows => {
      decoded ??= readLogSection(section);
      return decoded;
    };
    const bytes = section.block.length + times.length * ROW_BYTES;
    const lines = readLogLines(section);
    const stretch = this.words.add(lines.bytes, lines.offsets, oldestNs, newestNs);
    const { words } = stretch;
    this.#arrivals.push({
      place: this.#came++,
      rows: times.length,
      newestNs,
      oldestNs,
      records,
      words,
      stretch,
      cameMs,
      bytes,
    });
    this.#bytes += bytes;
    this.#limit();
  }

  /** Everything handed over before this wall-clock time is in the store. */
  loadedBefore(cameMs: number): void {
    this.#loadedMs = cameMs;
    this.#limit();
  }

  /**
   * What came before this memory is in the store.
   * @param _sinceMs wall clock before which records may have come that were not handed over
   * @param newestNs the latest record of the store, undefined when it has none
   */
  attach(_sinceMs: number, newestNs: bigint | undefined): void {
    const newest = newestNs ?? -1n;
    this.#floorNs = (newest > this.#letGoNs ? newest : this.#letGoNs) + 1n;
    this.words.attach(newest + 1n);
  }

  /** Forgets everything; it has to be attached again. */
  reset(): void {
    this.#arrivals = [];
    this.#bytes = 0;
    this.#floorNs = undefined;
    this.#letGoNs = -1n;
    this.words.reset();
  }

  /** What is here of a time or later, that with the latest record first. */
  newestFirst(fromNs: bigint): readonly LogArrival[] {
    return this.#arrivals
      .filter(({ newestNs }) => newestNs >= fromNs)
      .sort((a, b) => (a.newestNs < b.newestNs ? 1 : a.newestNs > b.newestNs ? -1 : 0));
  }

  /** Lets go of what came first until the budget is kept. */
  #limit(): void {
    const budget = this.#budgetBytes();
    let kept = 0;
    while (kept < this.#arrivals.length && this.#bytes > budget) {
      const { cameMs, newestNs, bytes, stretch } = this.#arrivals[kept] as Kept;
      const isLoaded = cameMs < this.#loadedMs;
      if (!isLoaded && this.#bytes <= budget * STRETCH) break;
      if (!isLoaded) this.forcedEvictions++;
      if (newestNs > this.#letGoNs) this.#letGoNs = newestNs;
      if (this.#floorNs !== undefined && newestNs >= this.#floorNs) this.#floorNs = newestNs + 1n;
      this.#bytes -= bytes;
      this.words.letGo(stretch, newestNs);
      kept++;
    }
    if (kept > 0) this.#arrivals = this.#arrivals.slice(kept);
  }
}
