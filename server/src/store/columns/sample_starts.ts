import type { Interner } from '../../model/ingest.ts';
import type { Section } from '../../model/section.ts';
import { encodeBlock } from '../native/encode.ts';
import { TABLES } from '../tables.ts';
import { splitByDay } from './days.ts';
import { timePairs } from './samples.ts';
import { idPairs } from './series.ts';

const MS_PER_DAY = 86_400_000;
/** In the place of the first time of a run: the series never had a start, or the next sample in order begins a run anew. */
const NEVER = 0;
const NO_RUN = -1;

const dayNumber = (timeMs: number): number => Math.floor(timeMs / MS_PER_DAY);

/**
 * Rows of the `sample_starts` table in the making: start timestamps as runs (see its schema). One per interner, since it
 * remembers the run of each series. Costs nothing as long as nobody tells a start timestamp.
 */
export class StartColumns {
  readonly #interner: Interner;
  readonly #references: number[] = [];
  readonly #times: number[] = [];
  readonly #starts: number[] = [];
  readonly #singles: number[] = [];
  /** By reference, of series that ever had a start: time of the last sample, first time of the run, its start. */
  #last: Float64Array<ArrayBuffer> = new Float64Array(0);
  #since: Float64Array<ArrayBuffer> = new Float64Array(0);
  #start: Float64Array<ArrayBuffer> = new Float64Array(0);

  constructor(interner: Interner) {
    this.#interner = interner;
  }

  /** Whether any series ever had a start timestamp: as long as not, {@link note} is needed for those that have one only. */
  get used(): boolean {
    return this.#since.length > 0;
  }

  get rows(): number {
    return this.#references.length;
  }

  /** Forgets the rows beyond a count (0: all). */
  truncate(rows: number): void {
    // Rows taken back were never stored, so what they said cannot be counted on.
    for (let row = rows; row < this.#references.length; row++) this.#forget(this.#references[row] as number);
    for (const column of [this.#references, this.#times, this.#starts, this.#singles]) column.length = rows;
  }

  /** Forgets the rows because they are on their way to the store. */
  clear(): void {
    for (const column of [this.#references, this.#times, this.#starts, this.#singles]) column.length = 0;
  }

  /**
   * Says where the counter of an accepted sample or histogram began: call it beside `append` of the samples or histograms,
   * with 0 when the sender told none. Samples of a series should come in the order of time; others cost a row each.
   * @param startMs ms since the epoch; what cannot be a time counts as unknown
   */
  note(reference: number, timeMs: number, startMs: number): void {
    const since = this.#since[reference] ?? NEVER;
    const start = startMs > 0 && startMs <= Number.MAX_SAFE_INTEGER ? startMs : 0;
    if (since === NEVER) {
      if (start === 0) return;
      this.#reach(reference);
    } else if (timeMs <= (this.#last[reference] as number)) {
      // Out of order, or sent again because the store may not have it: what holds behind it has to be said once more.
      this.#since[reference] = NO_RUN;
      this.#push(reference, timeMs, start, 1);
      return;
    }
    this.#last[reference] = timeMs;
    if (since > NEVER && this.#start[reference] === start && dayNumber(since) === dayNumber(timeMs)) return;
    this.#since[reference] = Math.max(1, timeMs);
    this.#start[reference] = start;
    this.#push(reference, timeMs, start, 0);
  }

  /** The rows as sections, one a UTC day. */
  sections(): Section[] {
    return splitByDay(this.#times, this.rows).map(({ day, rows, count }) => ({
      table: 'sample_starts',
      partition: day,
      rows: count,
      block: this.#block(rows, count),
    }));
  }

  #forget(reference: number): void {
    if (this.#since[reference] !== NEVER) this.#since[reference] = NO_RUN;
  }

  #reach(reference: number): void {
    if (reference < this.#since.length) return;
    const length = Math.ceil((reference + 1) * 1.5);
    const grown = (from: Float64Array): Float64Array<ArrayBuffer> => {
      const to = new Float64Array(length);
      to.set(from);
      return to;
    };
    this.#last = grown(this.#last);
    this.#since = grown(this.#since);
    this.#start = grown(this.#start);
  }

  #push(reference: number, timeMs: number, start: number, single: number): void {
    this.#references.push(reference);
    this.#times.push(timeMs);
    this.#starts.push(start);
    this.#singles.push(single);
  }

  #block(rows: Uint32Array | null, count: number): Uint8Array<ArrayBuffer> {
    const references = rows === null ? this.#references : Array.from(rows, (row) => this.#references[row] as number);
    const singles = rows === null ? this.#singles : Array.from(rows, (row) => this.#singles[row] as number);
    return encodeBlock(
      TABLES.sample_starts,
      [
        { kind: 'number', values: idPairs(this.#interner, references) },
        { kind: 'number', values: timePairs(this.#times, rows, count) },
        { kind: 'number', values: timePairs(this.#starts, rows, count) },
        { kind: 'number', values: Uint8Array.from(singles) },
      ],
      count,
      { omitLast: true },
    );
  }
}
