import { IdTable } from '../id_table.ts';
import type { SampleBuffer } from './sample_buffer.ts';
import { SealedBuilder } from './sealed_builder.ts';
import { HeadSlice, type SliceView } from './slice.ts';

/** Samples in columns; values are told by their bits where they are NaN. */
export interface SampleColumns {
  readonly rows: number;
  /** UInt64 series ids as word pairs, low first. */
  readonly ids: Uint32Array;
  /** ms since the epoch. */
  readonly times: Float64Array;
  readonly values: Float64Array<ArrayBuffer>;
}

/** First and last time of the samples the store holds, ms since the epoch; null when it holds none. */
export type StoredRange = { readonly fromMs: number; readonly toMs: number } | null;

/** Some series of a head at one moment. */
export interface HeadView {
  /** About how many samples there are of all of them. */
  expected(): number;
  /** Adds the samples of series `i` to a buffer, stale markers among them, ordered by time. */
  read(i: number, out: SampleBuffer): void;
}

/** A slice is closed when it has this share of the budget … */
const SLICE_SHARE = 1 / 16;
/** … unless its series have fewer samples than this each; a slice is never larger than the larger share. */
const SAMPLES_A_SERIES = 32;
const LARGE_SHARE = 1 / 3;
const LONGEST_SLICE_MS = 3_600_000;
/** A slice older than this before the newest samples is brought to rest: stragglers have come by then. */
const REST_AFTER_MS = 15_000;
/** Slices that are made for samples older than all others start at a multiple of this. */
const ALIGN_MS = 600_000;
/** Unloaded samples may go over the budget by this factor before they are let go all the same. */
const STRETCH = 1.5;

/** Fills stop when this share of the budget is taken, so that what comes in has room. */
const FILL_SHARE = 0.6;
const FIRST_FILL_MS = 600_000;
const SHORTEST_FILL_MS = 60_000;
const UNLOADED_GRAIN_MS = 250;
/** What a sample at rest takes at the least, on the whole. */
const LEAST_ROW_BYTES = 3;

/** Samples handed over between two moments of the wall clock that may not be in the store yet. */
interface Unloaded {
  readonly sinceMs: number;
  untilMs: number;
  /** The oldest of them. */
  oldestMs: number;
}

/** A stretch to be read from the store. */
export interface FillTask {
  /** ms since the epoch, both ends included; `toMs` may be infinite. */
  readonly fromMs: number;
  readonly toMs: number;
  /** More rows than this are not worth their memory: abandon. */
  readonly maxRows: number;
  /** Takes all rows of a series at once, in the order of the store. */
  add(high: number, low: number, rows: SampleBuffer): void;
  finish(): void;
  /** @param forGood the stretch is let go; otherwise it is asked for again */
  abandon(forGood: boolean): void;
}

/**
 * The recent samples of a tenant in memory. From `floorMs` on everything acknowledged is here, so nothing at or after it
 * needs to be read from the store. Time is cut into slices; letting go of memory is dropping the oldest, which raises the
 * floor. Samples of one series and time: the one that came last counts, as in the store.
 */
export class Head {
  #budgetBytes: number;
  #ids = new IdTable();
  #lastNumber = -1;
  /** Ascending in time, without gaps. */
  #slices: HeadSlice[] = [];
  /** Older samples are not kept: their stretch has been let go. */
  #keptFromMs = Number.NEGATIVE_INFINITY;
  /** Undefined until what was acknowledged before this head was there is known to be in the store. */
  #stored: StoredRange | undefined;
  #unloaded: Unloaded[] = [];
  #filling: HeadSlice | undefined;
  #frontierMs = Number.NEGATIVE_INFINITY;
  /** How often samples were let go that the store may not have had yet. */
  forcedEvictions = 0;

  /** @param budgetBytes memory this head may take, overhead included */
  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  get bytes(): number {
    let bytes = this.#ids.size * 16;
    for (const slice of this.#slices) bytes += slice.bytes;
    return bytes;
  }

  /** Memory this head may take from now on. */
  set budgetBytes(bytes: number) {
    this.#budgetBytes = bytes;
    this.#limit();
  }

  get rows(): number {
    return this.#slices.reduce((sum, slice) => sum + slice.rows, 0);
  }

  /** From here on nothing but memory has to be read, ms since the epoch. */
  get floorMs(): number {
    if (this.#stored === undefined) return Number.POSITIVE_INFINITY;
    let lowest = Number.POSITIVE_INFINITY;
    for (let i = this.#slices.length - 1; i >= 0; i--) {
      const slice = this.#slices[i] as HeadSlice;
      if (!slice.complete) return lowest;
      lowest = slice.startMs;
    }
    return this.#isComplete(this.#keptFromMs, lowest) ? this.#keptFromMs : lowest;
  }

  /** Takes acknowledged samples. @param feedMs wall clock when they were handed over */
  append({ rows, ids, times, values }: SampleColumns, feedMs: number): void {
    const words = new Uint32Array(values.buffer, values.byteOffset, rows * 2);
    let slice: HeadSlice | undefined;
    let oldest = Number.POSITIVE_INFINITY;
    for (let row = 0; row < rows; row++) {
      const time = times[row] as number;
      if (time < this.#keptFromMs) continue;
      if (time < oldest) oldest = time;
      if (slice === undefined || time < slice.startMs || time >= slice.endMs) slice = this.#sliceOf(time);
      slice.append(this.#numberOf(ids[row * 2 + 1] as number, ids[row * 2] as number), time, values, words, row);
    }
    if (oldest === Number.POSITIVE_INFINITY) return;
    this.#noteUnloaded(feedMs, oldest);
    this.#frontierMs = Math.max(this.#frontierMs, middle(times, rows));
    this.#limit();
  }

  /** Everything handed over before this wall-clock time is in the store. */
  loadedBefore(feedMs: number): void {
    this.#unloaded = this.#unloaded.filter((entry) => entry.untilMs >= feedMs);
    this.#limit();
  }

  /** What came before this head is in the store, in this range: where it has nothing, nothing has to be read. */
  attach(stored: StoredRange): void {
    this.#stored = stored;
    for (const slice of this.#slices) slice.complete ||= this.#isComplete(slice.startMs, slice.endMs);
  }

  get attached(): boolean {
    return this.#stored !== undefined;
  }

  /** Forgets everything; the head has to be attached again. For deletes, and when the feed has a gap. */
  reset(): void {
    this.#slices = [];
    this.#ids = new IdTable();
    this.#keptFromMs = Number.NEGATIVE_INFINITY;
    this.#stored = undefined;
    this.#unloaded = [];
    this.#filling = undefined;
    this.#frontierMs = Number.NEGATIVE_INFINITY;
  }

  /** Lets go of everything before a time. */
  dropBefore(timeMs: number): void {
    while (this.#slices.length > 0 && (this.#slices[0] as HeadSlice).endMs <= timeMs) this.#dropOldest();
  }

  /** A view of some series, by id, in [fromMs, toMs]. */
  view(ids: { readonly high: Uint32Array; readonly low: Uint32Array }, fromMs: number, toMs: number): HeadView {
    const numbers = new Uint32Array(ids.high.length);
    for (let i = 0; i < numbers.length; i++)
      numbers[i] = this.#ids.find(ids.high[i] as number, ids.low[i] as number) >>> 0;
    const views: SliceView[] = [];
    const shares: number[] = [];
    for (const slice of this.#slices) {
      if (slice.endMs <= fromMs || slice.startMs > toMs || slice.rows === 0) continue;
      const view = slice.view();
      view.freeze(numbers);
      views.push(view);
      const sinceMs = Math.max(fromMs, slice.startMs);
      shares.push(Math.min(1, (Math.min(toMs, slice.newestMs) - sinceMs + 1) / (slice.newestMs - slice.startMs + 1)));
    }
    return {
      expected() {
        let expected = 0;
        views.forEach((view, at) => {
          let rows = 0;
          for (let i = 0; i < numbers.length; i++) rows += view.count(numbers[i] as number, i);
          expected += rows * Math.max(0, shares[at] as number);
        });
        return Math.ceil(expected);
      },
      read(i, out) {
        for (const view of views) view.read(numbers[i] as number, i, fromMs, toMs, out);
      },
    };
  }

  /**
   * The next stretch to read from the store, newest first, or undefined. Goes back before what there is as long as there
   * is memory and the store has more. `finish` takes the rows and is called once, or `abandon`.
   */
  nextFill(): FillTask | undefined {
    if (this.#stored === undefined || this.#stored === null || this.#filling !== undefined) return undefined;
    const slice = this.#newestIncomplete() ?? this.#olderSlice(this.#stored.fromMs, this.#stored.toMs);
    if (slice === undefined) return undefined;
    this.#filling = slice;
    const builder = new SealedBuilder(slice.startMs);
    return {
      fromMs: slice.startMs,
      toMs: slice.endMs - 1,
      maxRows: Math.max(0, (this.#budgetBytes - this.bytes) / LEAST_ROW_BYTES),
      add: (high, low, rows) => {
        rows.settle(0);
        builder.add(this.#numberOf(high, low), rows);
      },
      finish: () => {
        if (this.#filling !== slice) return;
        this.#filling = undefined;
        slice.fill(builder.done());
        this.#limit();
      },
      abandon: (forGood) => {
        if (this.#filling !== slice) return;
        this.#filling = undefined;
        if (forGood) this.dropBefore(slice.endMs);
      },
    };
  }

  /** Brings slices nobody writes to any more to rest until `due` says stop; true when there is nothing left to do. */
  rest(due: () => boolean): boolean {
    for (const slice of this.#slices) {
      if (!slice.complete || slice.endMs > this.#frontierMs - REST_AFTER_MS) continue;
      const worth = slice.recentRows > 0 && slice.recentRows * 4 >= slice.rows;
      if ((worth || slice.isSealing) && !slice.seal(due) && slice.isSealing) return false;
    }
    return true;
  }

  #numberOf(high: number, low: number): number {
    // Senders repeat their series in one order, which is the order of numbers.
    const next = this.#lastNumber + 1;
    if (next < this.#ids.size && this.#ids.idLow[next] === low && this.#ids.idHigh[next] === high) {
      this.#lastNumber = next;
      return next;
    }
    const known = this.#ids.find(high, low);
    this.#lastNumber = known >= 0 ? known : this.#ids.add(high, low);
    return this.#lastNumber;
  }

  #sliceOf(timeMs: number): HeadSlice {
    for (let i = this.#slices.length - 1; i >= 0; i--) {
      const slice = this.#slices[i] as HeadSlice;
      if (timeMs >= slice.startMs) return slice;
    }
    const endMs = this.#slices[0]?.startMs ?? Number.POSITIVE_INFINITY;
    const startMs = Math.max(this.#keptFromMs, Math.floor(timeMs / ALIGN_MS) * ALIGN_MS);
    const slice = new HeadSlice(startMs, endMs, this.#isComplete(startMs, endMs));
    this.#slices.unshift(slice);
    return slice;
  }

  /** Whether the store has nothing of a stretch that was not handed over here too. */
  #isComplete(startMs: number, endMs: number): boolean {
    if (this.#stored === undefined) return false;
    return this.#stored === null || endMs <= this.#stored.fromMs || startMs > this.#stored.toMs;
  }

  #newestIncomplete(): HeadSlice | undefined {
    return this.#slices.findLast((slice) => !slice.complete);
  }

  /** A new slice before all others, or undefined when there is no memory or nothing older. */
  #olderSlice(fromMs: number, toMs: number): HeadSlice | undefined {
    const [oldest] = this.#slices;
    if (this.#keptFromMs > Number.NEGATIVE_INFINITY || this.bytes > this.#budgetBytes * FILL_SHARE) return undefined;
    const endMs = oldest?.startMs ?? Number.POSITIVE_INFINITY;
    if (endMs <= fromMs) return undefined;
    const slice = new HeadSlice(Math.min(endMs, toMs + 1) - this.#fillSpan(), endMs, false);
    this.#slices.unshift(slice);
    return slice;
  }

  /** How long a stretch fits into half of what is left of the budget, judged by what is there. */
  #fillSpan(): number {
    const known = this.#slices.filter((slice) => Number.isFinite(slice.endMs));
    const [first, last] = [known[0], known.at(-1)];
    if (first === undefined || last === undefined) return FIRST_FILL_MS;
    const perMs = known.reduce((sum, slice) => sum + slice.bytes, 0) / (last.endMs - first.startMs);
    const room = (this.#budgetBytes - this.bytes) / 2;
    return Math.ceil(Math.max(SHORTEST_FILL_MS, Math.min(LONGEST_SLICE_MS, room / perMs)));
  }

  #noteUnloaded(feedMs: number, oldestMs: number): void {
    const last = this.#unloaded.at(-1);
    if (last === undefined || feedMs - last.sinceMs > UNLOADED_GRAIN_MS)
      this.#unloaded.push({ sinceMs: feedMs, untilMs: feedMs, oldestMs });
    else {
      last.oldestMs = Math.min(last.oldestMs, oldestMs);
      last.untilMs = Math.max(last.untilMs, feedMs);
    }
  }

  /** Closes slices that are large or long, and drops the oldest until the budget is kept. */
  #limit(): void {
    this.#close();
    let bytes = this.bytes;
    while (bytes > this.#budgetBytes && this.#slices.length > 0) {
      const endMs = endOf(this.#slices[0] as HeadSlice);
      const loaded = this.#unloaded.every((entry) => entry.oldestMs >= endMs);
      if (!loaded && bytes <= this.#budgetBytes * STRETCH) return;
      if (!loaded) this.forcedEvictions++;
      this.#dropOldest();
      bytes = this.bytes;
    }
  }

  #close(): void {
    const at = this.#frontierMs + 1;
    const slice = this.#slices.findLast((one) => one.startMs < at);
    if (slice === undefined || at >= slice.endMs || slice === this.#filling || !slice.canEndAt(at)) return;
    const { bytes } = slice;
    const tooLarge =
      bytes > this.#budgetBytes * LARGE_SHARE ||
      (bytes > this.#budgetBytes * SLICE_SHARE && slice.recentRows >= slice.recentSeries * SAMPLES_A_SERIES);
    if (!tooLarge && at - slice.startMs < LONGEST_SLICE_MS) return;
    const later = slice.cut(at);
    later.complete ||= this.#isComplete(later.startMs, later.endMs);
    this.#slices.splice(this.#slices.indexOf(slice) + 1, 0, later);
  }

  #dropOldest(): void {
    const dropped = this.#slices.shift() as HeadSlice;
    if (dropped === this.#filling) this.#filling = undefined;
    this.#keptFromMs = Math.max(this.#keptFromMs, endOf(dropped));
  }
}

/** Where a slice's samples end: the newest slice has no end of its own. */
const endOf = (slice: HeadSlice): number => (Number.isFinite(slice.endMs) ? slice.endMs : slice.newestMs + 1);

/** The middle one of a few times, so that one sender with a wrong clock does not close slices. */
function middle(times: Float64Array, rows: number): number {
  const few = Float64Array.from({ length: Math.min(rows, 9) }, (_, i) => times[Math.floor((i * rows) / 9)] as number);
  return few.sort()[few.length >> 1] as number;
}
