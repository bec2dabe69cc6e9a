import type { SpanSeriesRow } from '../../store/index.ts';
import type { Asked } from './known_ranges.ts';
import { RememberedStretches } from './remembered_stretches.ts';
import { TouchedMinutes } from './touched_minutes.ts';

/** Others may write into a cluster without this process hearing of it: after so long the store is asked again, ms. */
const LIFETIME_MS = 60_000;
const MOST_SERIES_BYTES = 16 * 1024 * 1024;
const MOST_NAME_BYTES = 2 * 1024 * 1024;
/** What a row takes beside its texts, bytes. */
const ROW_BYTES = 160;
const NAME_BYTES = 48;

/** What the store answered about spans by stretches of time, for as long as no others came for them. */
export class SpanAnswers {
  /** Counts of spans by fields. */
  readonly series: RememberedStretches<SpanSeriesRow>;
  /** Names of attributes. */
  readonly names: RememberedStretches<string>;
  readonly #touched = new TouchedMinutes(LIFETIME_MS);
  /** Spans that came before this were not all handed over, wall clock, ms; undefined while that is not known of any. */
  #sinceMs: number | undefined;
  #loadedMs = Number.NEGATIVE_INFINITY;

  /** @param nowMs wall clock, ms */
  constructor(nowMs: () => number) {
    const freshness = {
      lifetimeMs: LIFETIME_MS,
      asking: (): Asked | undefined =>
        this.#sinceMs === undefined ? undefined : { atMs: nowMs(), loadedMs: this.#loadedMs },
      isFresh: (asked: Asked, startNs: bigint, endNs: bigint): boolean =>
        this.#sinceMs !== undefined &&
        asked.atMs > this.#sinceMs &&
        nowMs() - asked.atMs <= LIFETIME_MS &&
        !this.#touched.since(startNs, endNs, asked),
    };
    this.series = new RememberedStretches({
      ...freshness,
      mostBytes: MOST_SERIES_BYTES,
      bytesOf: ({ by }) => by.reduce((sum, [, text]) => sum + text.length, ROW_BYTES),
    });
    this.names = new RememberedStretches({
      ...freshness,
      mostBytes: MOST_NAME_BYTES,
      bytesOf: (name) => name.length + NAME_BYTES,
    });
  }

  get bytes(): number {
    return this.series.bytes + this.names.bytes;
  }

  /** Takes the starts of spans that came, ns since the epoch. @param cameMs wall clock */
  note(starts: BigInt64Array | BigUint64Array, cameMs: number): void {
    this.#touched.note(starts, { atMs: cameMs, loadedMs: this.#loadedMs });
  }

  /** Everything handed over before this wall-clock time is in the store. */
  loadedBefore(cameMs: number): void {
    this.#loadedMs = cameMs;
  }

  /** From this wall-clock time on all spans are handed over, ms. */
  attach(sinceMs: number): void {
    this.#sinceMs = sinceMs;
  }

  /** Forgets everything; it has to be attached again. */
  reset(): void {
    this.#sinceMs = undefined;
    this.#touched.clear();
    this.series.clear();
    this.names.clear();
  }
}
