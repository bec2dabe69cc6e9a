import type { Section } from '../../model/section.ts';
import {
  type NsRange,
  readSpanColumns,
  type SpanBlock,
  type SpanPredicate,
  type SpanShapes,
  type StoredSpan,
  type TraceRange,
} from '../../store/index.ts';
import { KeptSlice, later } from './kept_slice.ts';
import { type Asked, KnownRanges } from './known_ranges.ts';
import { NEVER } from './row_tests.ts';
import { addShapesOf } from './slice_shapes.ts';
import { spanAt } from './slice_spans.ts';
import { compileTest, isRoot } from './slice_test.ts';
import { SpanAnswers } from './span_answers.ts';
import { traceIdWords } from './span_ids.ts';
import type { SpanSlice } from './span_slice.ts';
import { TraceFilter } from './trace_filter.ts';
import type { TraceJoin } from './trace_join.ts';

/** The spans of a trace that are in memory, in the order they came. */
export interface RecentTrace {
  readonly spans: readonly StoredSpan[];
  /** Whether the store has none but these. */
  readonly isWhole: boolean;
}

/** A stretch of time to be read from the store into memory. */
export interface FillTask extends NsRange {
  /** Beyond so many the stretch is too long. */
  readonly maxRows: number;
  /** False when the stretch takes more memory than there is room for: it is too long. */
  add(block: SpanBlock): boolean;
  /** All of the stretch was added: memory reaches back to its start. */
  finish(): void;
}

/** Rows of one trace in a slice, in the order they came. */
interface TraceRows {
  readonly kept: KeptSlice;
  readonly rows: Int32Array;
}

/** Spans not loaded yet may go over the budget by this factor before they are let go all the same. */
const STRETCH = 1.5;
/** The share of the budget that what is read from the store may fill. */
const FILLED_SHARE = 0.6;
/** How far clocks of senders are apart at the most: a trace that began so long after a moment has no span from before it. */
const CLOCKS_APART_NS = 60_000_000_000n;
/** Of the budget for what is known of traces that were let go of, twice. */
const FILTER_SHARE = 32;
const SLICES = 16;
const LEAST_SLICE_BYTES = 64 * 1024;
/** What a span takes, roughly, bytes. */
const ROW_BYTES = 150;
const MOST_FILLED_ROWS = 50_000;

/**
 * The recent spans of a tenant as columns, within a budget of memory: what queries see before the store has it, and mostly
 * without asking it. From `floorNs` on every span that was acknowledged is here, so for a range above it the store need not
 * be asked; below it both are, and a span that both have is one.
 */
export class RecentSpans {
  readonly #budgetBytes: () => number;
  /** Those read from the store first, by time; then those that were handed over, in the order they came. */
  #kept: KeptSlice[] = [];
  #open: KeptSlice | undefined;
  #closedBytes = 0;
  #left: TraceFilter;
  readonly #ranges = new KnownRanges();
  /** Spans that were acknowledged before this are in the store only, ms since the epoch; undefined while not known. */
  #sinceMs: number | undefined;
  #floorNs: bigint | undefined;
  /** When the latest of the spans that were let go began, ns. */
  #letGoNs = -1n;
  /** How many slices were let go. */
  #lettings = 0;
  /** Everything that came before this is in the store, ms since the epoch. */
  #loadedMs = Number.NEGATIVE_INFINITY;
  /** How often spans were let go that the store may not have had yet. */
  forcedEvictions = 0;
  /** What the store answered about spans of stretches for which none came since. */
  readonly answers: SpanAnswers;

  /**
   * @param budgetBytes memory that spans may take; asked whenever some come
   * @param nowMs wall clock, ms
   */
  constructor(budgetBytes: () => number, nowMs: () => number = Date.now) {
    this.#budgetBytes = budgetBytes;
    this.answers = new SpanAnswers(nowMs);
    this.#left = this.#newFilter();
  }

  get bytes(): number {
    return this.#spanBytes + this.#left.bytes + this.answers.bytes;
  }

  get #spanBytes(): number {
    return this.#closedBytes + (this.#open?.bytes ?? 0);
  }

  get #sliceBytes(): number {
    return Math.max(LEAST_SLICE_BYTES, this.#budgetBytes() / SLICES);
  }

  get rows(): number {
    return this.#kept.reduce((sum, { slice }) => sum + slice.rows, 0);
  }

  /** Every span that begins at or after this is here, ns since the epoch; undefined while that is not known of any. */
  get floorNs(): bigint | undefined {
    return this.#floorNs;
  }

  /** Whether the store has nothing that is not here. */
  get hasAll(): boolean {
    return this.#floorNs === 0n;
  }

  /** Takes an acknowledged section of `otel_traces`. @param cameMs wall clock when it was handed over */
  append(section: Section, cameMs: number): void {
    const block = readSpanColumns(section);
    if (block.rows === 0) return;
    const { buffer, byteOffset } = block.starts;
    this.answers.note(new BigInt64Array(buffer, byteOffset, block.rows), cameMs);
    const sliceBytes = this.#sliceBytes;
    for (let row = 0; row < block.rows; ) {
      this.#open ??= this.#begin();
      row = this.#open.append(block, row, cameMs, sliceBytes);
      if (this.#open.slice.isFull(sliceBytes)) this.#close();
    }
    this.#limit();
  }

  /** Everything handed over before this wall-clock time is in the store. */
  loadedBefore(cameMs: number): void {
    this.#loadedMs = cameMs;
    this.answers.loadedBefore(cameMs);
    this.#limit();
  }

  /**
   * What came before this memory is in the store.
   * @param sinceMs wall clock before which spans may have come that were not handed over
   * @param newestNs when the latest span of the store began, undefined when it has none
   */
  attach(sinceMs: number, newestNs: bigint | undefined): void {
    this.#sinceMs = sinceMs;
    this.answers.attach(sinceMs);
    this.#floorNs = later(newestNs ?? -1n, this.#letGoNs) + 1n;
  }

  /** Forgets everything; it has to be attached again. */
  reset(): void {
    this.#kept = [];
    this.#open = undefined;
    this.#closedBytes = 0;
    this.#left = this.#newFilter();
    this.#sinceMs = undefined;
    this.#floorNs = undefined;
    this.#letGoNs = -1n;
    this.#ranges.clear();
    this.answers.reset();
  }

  /**
   * The stretch before the floor, to be read from the store; undefined when there is nothing to read or no room for it.
   * @param oldestNs when the first span of the store began
   */
  nextFill(widthNs: bigint, oldestNs: bigint): FillTask | undefined {
    const floorNs = this.#floorNs;
    const room = this.#budgetBytes() * FILLED_SHARE - this.#spanBytes - this.#left.bytes;
    if (floorNs === undefined || floorNs === 0n || room < ROW_BYTES) return undefined;
    // What was let go before the store had it would be missing in what is read.
    if (this.#letGoNs >= 0n) return undefined;
    const isLast = floorNs - widthNs <= oldestNs;
    const stretch: KeptSlice[] = [];
    const sliceBytes = this.#sliceBytes;
    const startNs = floorNs - widthNs;
    const lettings = this.#lettings;
    return {
      startNs,
      endNs: floorNs,
      maxRows: Math.min(MOST_FILLED_ROWS, Math.ceil(room / ROW_BYTES)),
      add: (block) => {
        for (let row = 0; row < block.rows; ) {
          let last = stretch.at(-1);
          if (last === undefined || last.slice.isFull(sliceBytes)) {
            last?.seal();
            last = new KeptSlice();
            stretch.push(last);
          }
          row = last.append(block, row, Number.NEGATIVE_INFINITY, sliceBytes);
        }
        return stretch.reduce((sum, { bytes }) => sum + bytes, 0) <= room;
      },
      finish: () => {
        // What was let go meanwhile may have been loaded into this stretch after it was read.
        if (this.#floorNs !== floorNs || this.#lettings !== lettings) return;
        for (const kept of stretch) {
          kept.seal();
          kept.findRepeats(() => this.slices());
          this.#kept.unshift(kept);
          this.#closedBytes += kept.bytes;
        }
        const open = this.#open;
        if (stretch.length > 0) open?.lookAgain(() => this.#othersOf(open));
        this.#floorNs = isLast ? 0n : startNs;
      },
    };
  }

  /** To be called before the store is asked where traces lie. @param nowMs wall clock */
  asking(nowMs: number): Asked {
    return { atMs: nowMs, loadedMs: this.#loadedMs };
  }

  /** Takes what the store answered. */
  noteRange(id: string, range: TraceRange, asked: Asked): void {
    this.#ranges.note(id, { ...asked, range });
  }

  /**
   * Where the store has a trace, as it was found before, when nothing that was loaded since can belong to it.
   * @param nowMs wall clock
   */
  rangeOf(id: string, nowMs: number): TraceRange | undefined {
    const known = this.#ranges.get(id, nowMs);
    if (known === undefined || this.#sinceMs === undefined || known.atMs <= this.#sinceMs) return undefined;
    const { range, loadedMs } = known;
    const words = traceIdWords(id);
    if (this.#left.mayHold(words, 0) || this.#left.forgottenMs >= loadedMs) return undefined;
    const cameSince = ({ kept, rows }: TraceRows): boolean => rows.some((row) => kept.cameMs(row) >= loadedMs);
    return this.#rowsOfTrace(words).some(cameSince) ? undefined : range;
  }

  /**
   * Puts the rows of a trace together; their slices are numbered as `slices()` has them. False where the store may have others,
   * and where a span is here twice.
   * @param id 32 hex digits
   */
  joinWhole(id: string, into: TraceJoin): boolean {
    const words = traceIdWords(id);
    const parts = this.#rowsOfTrace(words);
    if (parts.length === 0 || !this.#isWhole(words, parts)) return false;
    into.clear();
    for (const { kept, rows } of parts) {
      const { slice } = kept;
      const number = this.#kept.indexOf(kept);
      for (const row of rows) {
        if (slice.repeats.has(row)) return false;
        into.add(number, slice, row);
      }
    }
    into.join();
    return true;
  }

  /** Whether anything of a trace is here. @param id 32 hex digits */
  hasOf(id: string): boolean {
    const words = traceIdWords(id);
    return this.#kept.some(({ slice }) => slice.traces.find(words, 0) >= 0);
  }

  /** What is here of traces; ids of which nothing is here are left out. Ids are 32 hex digits. */
  traces(ids: readonly string[]): ReadonlyMap<string, RecentTrace> {
    const found = new Map<string, RecentTrace>();
    for (const id of ids) {
      const words = traceIdWords(id);
      const parts = this.#rowsOfTrace(words);
      if (parts.length === 0) continue;
      found.set(id, {
        spans: parts.flatMap(({ kept, rows }) => Array.from(rows, (row) => spanAt(kept.slice, row, id))),
        isWhole: this.#isWhole(words, parts),
      });
    }
    return found;
  }

  /**
   * Adds the spans of a trace that are here to shapes. True when these are the whole trace; of one whose beginning may not
   * be here, which the store has to be asked for anyway, what the store has is left out.
   */
  addShapes(shapes: SpanShapes, id: string): boolean {
    const words = traceIdWords(id);
    const parts = this.#rowsOfTrace(words);
    const isWhole = this.#isWhole(words, parts);
    for (const { kept, rows } of parts) {
      const wanted = isWhole ? rows : rows.filter((row) => kept.cameMs(row) >= this.#loadedMs);
      addShapesOf(shapes, kept.slice, wanted);
    }
    return isWhole;
  }

  /** Slices that may have spans of a range, in the order their spans came, each once: rows in `repeats` are there already. */
  slices(range?: NsRange): readonly SpanSlice[] {
    return this.#keptIn(range).map(({ slice }) => slice);
  }

  /** Spans of a range that satisfy a predicate, each once, those of the latest slices first. */
  *matching(range: NsRange, predicate: SpanPredicate): Generator<{ readonly slice: SpanSlice; readonly row: number }> {
    const within: SpanPredicate = { kind: 'within', ...range };
    for (const { slice } of this.#keptIn(range).toReversed()) {
      const { rows } = slice;
      const test = compileTest(slice, { kind: 'and', parts: [within, predicate] });
      if (test === NEVER) continue;
      for (let row = rows - 1; row >= 0; row--) if (test(row) && !slice.repeats.has(row)) yield { slice, row };
    }
  }

  #keptIn(range: NsRange | undefined): readonly KeptSlice[] {
    if (range === undefined) return this.#kept;
    const { startNs, endNs } = range;
    return this.#kept.filter(({ newestNs, oldestNs }) => newestNs >= startNs && oldestNs < endNs);
  }

  /** Rows of a trace in the order they came; repeats too. */
  #rowsOfTrace(words: Uint32Array): readonly TraceRows[] {
    return this.#kept.flatMap((kept) => {
      const trace = kept.slice.traces.find(words, 0);
      return trace < 0 ? [] : [{ kept, rows: kept.slice.rowsOfTrace(trace) }];
    });
  }

  /** Whether the store has nothing of a trace but these rows. */
  #isWhole(words: Uint32Array, parts: readonly TraceRows[]): boolean {
    const floorNs = this.#floorNs;
    if (floorNs === undefined || floorNs === 0n) return floorNs === 0n;
    if (this.#left.mayHold(words, 0)) return false;
    const fromNs = floorNs + CLOCKS_APART_NS;
    let roots = 0;
    for (const { kept, rows } of parts) {
      if (kept.oldestNs < fromNs && rows.some((row) => kept.slice.startNs(row) < fromNs)) return false;
      for (const row of rows) if (isRoot(kept.slice, row) && !kept.slice.repeats.has(row)) roots++;
    }
    return roots === 1;
  }

  #newFilter(): TraceFilter {
    return new TraceFilter(() => this.#budgetBytes() / FILTER_SHARE);
  }

  #begin(): KeptSlice {
    const kept: KeptSlice = new KeptSlice(() => this.#othersOf(kept));
    this.#kept.push(kept);
    return kept;
  }

  #othersOf(kept: KeptSlice): readonly SpanSlice[] {
    return this.#kept.flatMap((one) => (one === kept ? [] : [one.slice]));
  }

  #close(): void {
    if (this.#open === undefined) return;
    this.#open.seal();
    this.#closedBytes += this.#open.bytes;
    this.#open = undefined;
  }

  /** Lets go of the oldest slices until the budget is kept. */
  #limit(): void {
    const budget = this.#budgetBytes();
    while (this.#kept.length > 0 && this.#spanBytes + this.#left.bytes > budget) {
      const oldest = this.#kept[0] as KeptSlice;
      const isLoaded = oldest.lastMs < this.#loadedMs;
      if (!isLoaded && this.#spanBytes <= budget * STRETCH) break;
      if (!isLoaded) this.forcedEvictions++;
      if (oldest === this.#open) this.#close();
      this.#kept.shift();
      this.#letGo(oldest);
    }
  }

  #letGo(kept: KeptSlice): void {
    const { slice, lastMs, newestNs } = kept;
    for (let trace = 0; trace < slice.traces.size; trace++) this.#left.add(slice.traces.ids, trace * 4, lastMs);
    this.#lettings++;
    this.#letGoNs = later(this.#letGoNs, newestNs);
    if (this.#floorNs !== undefined && newestNs >= this.#floorNs) this.#floorNs = newestNs + 1n;
    this.#closedBytes -= kept.bytes;
  }
}
