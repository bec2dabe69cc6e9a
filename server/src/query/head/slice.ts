import { RecentSamples } from './recent.ts';
import { SampleBuffer } from './sample_buffer.ts';
import type { SealedSamples } from './sealed.ts';
import { SealedBuilder } from './sealed_builder.ts';

/** Samples being brought to rest. */
interface Sealing {
  readonly before: SealedSamples | undefined;
  readonly rows: RecentSamples;
  readonly series: Uint32Array;
  readonly builder: SealedBuilder;
  next: number;
}

const LAST_OFFSET = 0xffff_ffff;
/** Series between two looks at the clock. */
const SERIES_A_LOOK = 32;
const scratch = new SampleBuffer();

/**
 * The samples of a stretch of time, [startMs, endMs), in three layers: at rest, on their way there, as they came in. Where
 * times are equal the later layer counts.
 */
export class HeadSlice {
  readonly startMs: number;
  /** Infinity for the newest slice. */
  endMs: number;
  /** Whether everything acknowledged of this stretch is here; otherwise the store has to be asked. */
  complete: boolean;
  #sealed: SealedSamples | undefined;
  #sealing: Sealing | undefined;
  #recent = new RecentSamples();
  #newestMs = Number.NEGATIVE_INFINITY;

  constructor(startMs: number, endMs: number, complete: boolean) {
    this.startMs = startMs;
    this.endMs = endMs;
    this.complete = complete;
  }

  get bytes(): number {
    return (this.#sealed?.bytes ?? 0) + (this.#sealing?.rows.bytes ?? 0) + this.#recent.bytes;
  }

  get rows(): number {
    return (this.#sealed?.rows ?? 0) + (this.#sealing?.rows.rows ?? 0) + this.#recent.rows;
  }

  /** Rows that are not at rest, and how many series they belong to. */
  get recentRows(): number {
    return this.#recent.rows;
  }
  get recentSeries(): number {
    return this.#recent.series;
  }

  get isSealing(): boolean {
    return this.#sealing !== undefined;
  }

  /** The latest time of any sample, ms since the epoch; minus infinity without samples. */
  get newestMs(): number {
    return Math.max(this.#newestMs, this.#sealed?.newestMs ?? Number.NEGATIVE_INFINITY);
  }

  /** Whether the slice can end at a time: samples at rest are not moved. */
  canEndAt(atMs: number): boolean {
    return this.#sealing === undefined && (this.#sealed === undefined || this.#sealed.newestMs < atMs);
  }

  append(series: number, timeMs: number, values: Float64Array, words: Uint32Array, at: number): void {
    this.#recent.append(series, timeMs - this.startMs, values, words, at);
    if (timeMs > this.#newestMs) this.#newestMs = timeMs;
  }

  /** Takes what the store had of this stretch: older than anything that came in. */
  fill(stored: SealedSamples): void {
    this.#sealed = stored.rows === 0 ? undefined : stored;
    this.complete = true;
  }

  /** The layers as they are now, for readers that read later. */
  view(): SliceView {
    return new SliceView(this.startMs, this.#sealed, this.#sealing?.rows, this.#recent);
  }

  /** Moves samples at or after a time to a slice of their own; this slice ends there. */
  cut(atMs: number): HeadSlice {
    const later = new HeadSlice(atMs, this.endMs, this.complete);
    this.endMs = atMs;
    const offset = atMs - this.startMs;
    const moved = this.#recent.references.filter((series) => this.#recent.largest(series) >= offset);
    if (moved.length === 0) return later;
    const kept = new RecentSamples();
    const moving = new Set(moved);
    for (const series of this.#recent.references) {
      scratch.clear();
      this.#recent.read(series, this.#recent.count(series), 0, LAST_OFFSET, this.startMs, scratch);
      for (let row = 0; row < scratch.count; row++) {
        const time = scratch.times[row] as number;
        if (time < atMs) kept.append(series, time - this.startMs, scratch.values, scratch.words, row);
        else if (moving.has(series)) later.append(series, time, scratch.values, scratch.words, row);
      }
    }
    this.#recent = kept;
    this.#newestMs = Math.min(this.#newestMs, atMs - 1);
    return later;
  }

  /** Brings samples that came in to rest until `due` says stop; true when there is nothing left to do. */
  seal(due: () => boolean): boolean {
    if (this.#sealing === undefined) {
      if (this.#recent.rows === 0) return true;
      const series = new Set<number>(this.#recent.references);
      for (const one of this.#sealed?.references ?? []) series.add(one);
      this.#sealing = {
        before: this.#sealed,
        rows: this.#recent,
        series: Uint32Array.from(series).sort(),
        builder: new SealedBuilder(this.startMs),
        next: 0,
      };
      this.#recent = new RecentSamples();
    }
    const job = this.#sealing;
    while (job.next < job.series.length) {
      if (job.next % SERIES_A_LOOK === 0 && job.next > 0 && due()) {
        job.next++;
        this.#sealOne(job, job.next - 1);
        return false;
      }
      this.#sealOne(job, job.next++);
    }
    this.#sealed = job.builder.done();
    this.#sealing = undefined;
    return this.#recent.rows === 0;
  }

  #sealOne({ before, rows, series, builder }: Sealing, at: number): void {
    const one = series[at] as number;
    scratch.clear();
    before?.read(one, 0, LAST_OFFSET, this.startMs, scratch);
    rows.read(one, rows.count(one), 0, LAST_OFFSET, this.startMs, scratch);
    scratch.settle(0);
    builder.add(one, scratch);
  }
}

/** A slice at one moment. Layers only grow at their ends, so remembering counts is enough. */
export class SliceView {
  readonly startMs: number;
  readonly #sealed: SealedSamples | undefined;
  readonly #sealing: RecentSamples | undefined;
  readonly #recent: RecentSamples;
  #counts: Uint32Array | undefined;

  constructor(
    startMs: number,
    sealed: SealedSamples | undefined,
    sealing: RecentSamples | undefined,
    recent: RecentSamples,
  ) {
    this.startMs = startMs;
    this.#sealed = sealed;
    this.#sealing = sealing;
    this.#recent = recent;
  }

  /** Remembers how many rows there are of each series, so that rows added later are not read. */
  freeze(series: Uint32Array): void {
    if (this.#recent.rows > 0) this.#counts = Uint32Array.from(series, (one) => this.#recent.count(one));
  }

  /** At most how many rows there are of a series. @param at its place among those given to `freeze` */
  count(series: number, at: number): number {
    const recent = this.#counts === undefined ? 0 : (this.#counts[at] as number);
    return (this.#sealed?.count(series) ?? 0) + (this.#sealing?.count(series) ?? 0) + recent;
  }

  /** Adds the rows of a series in [fromMs, toMs] to a buffer, ordered by time, each time once. */
  read(series: number, at: number, fromMs: number, toMs: number, out: SampleBuffer): void {
    const from = Math.max(0, fromMs - this.startMs);
    const to = Math.min(LAST_OFFSET, toMs - this.startMs);
    const row = out.count;
    this.#sealed?.read(series, from, to, this.startMs, out);
    const recent = this.#counts === undefined ? 0 : (this.#counts[at] as number);
    const sealing = this.#sealing?.count(series) ?? 0;
    if (sealing > 0) this.#sealing?.read(series, sealing, from, to, this.startMs, out);
    if (recent > 0) this.#recent.read(series, recent, from, to, this.startMs, out);
    if (sealing + recent > 0) out.settle(row);
  }
}
