import type { Section } from '../../model/section.ts';
import {
  type NsRange,
  readSpanKeys,
  readSpanSection,
  type SpanKeys,
  type SpanPredicate,
  type SpanRows,
  type SpanShape,
  type StoredSpan,
  type TraceRange,
  traceIdWords,
} from '../../store/index.ts';
import { type Asked, KnownRanges } from './known_ranges.ts';
import { SpanAnswers } from './span_answers.ts';
import { TraceFilter } from './trace_filter.ts';

/** The spans of a trace that are in memory, in the order they came. */
export interface RecentTrace {
  readonly spans: readonly StoredSpan[];
  /** Whether the store has none but these. */
  readonly isWhole: boolean;
}

/** Spans that came in together. */
interface Arrival {
  readonly keys: SpanKeys;
  readonly cameMs: number;
  /** Of the latest to begin, ns. */
  readonly newestNs: bigint;
  /** Let go of when the rows are decoded. */
  section: Section | undefined;
  rows: SpanRows | undefined;
  bytes: number;
}

/** Spans not loaded yet may go over the budget by this factor before they are let go all the same. */
const STRETCH = 1.5;
/** How far clocks of senders are apart at the most: a trace that began so long after a moment has no span from before it. */
const CLOCKS_APART_NS = 60_000_000_000n;
const NS_PER_MS = 1_000_000n;
/** What the times and trace ids of a span take, bytes. */
const KEY_BYTES = 24;

/**
 * The spans of a tenant that came in last, as the columns they came in, within a budget of memory: what queries see before
 * the store has it. From `floorNs` on every span that was acknowledged is here, so for a range above it the store need not
 * be asked; below it both are, and a span that both have is one.
 */
export class RecentSpans {
  readonly #budgetBytes: () => number;
  #arrivals: Arrival[] = [];
  #bytes = 0;
  #left = new TraceFilter();
  readonly #ranges = new KnownRanges();
  /** Spans that were acknowledged before this are in the store only, ms since the epoch; undefined while not known. */
  #sinceMs: number | undefined;
  #floorNs: bigint | undefined;
  /** When the latest of the spans that were let go began, ns. */
  #letGoNs = -1n;
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
  }

  get bytes(): number {
    return this.#bytes + this.#left.bytes + this.answers.bytes;
  }

  get rows(): number {
    return this.#arrivals.reduce((sum, { keys }) => sum + keys.rows, 0);
  }

  /** Every span that begins at or after this is here, ns since the epoch; undefined while that is not known of any. */
  get floorNs(): bigint | undefined {
    return this.#floorNs;
  }

  /** Takes an acknowledged section of `otel_traces`. @param cameMs wall clock when it was handed over */
  append(section: Section, cameMs: number): void {
    const keys = readSpanKeys(section);
    if (keys.rows === 0) return;
    this.answers.note(keys.starts, cameMs);
    const bytes = section.block.length + keys.rows * KEY_BYTES;
    this.#arrivals.push({ keys, cameMs, newestNs: latest(keys.starts), section, rows: undefined, bytes });
    this.#bytes += bytes;
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
    const newest = newestNs ?? -1n;
    this.#floorNs = (newest > this.#letGoNs ? newest : this.#letGoNs) + 1n;
  }

  /** Forgets everything; it has to be attached again. */
  reset(): void {
    this.#arrivals = [];
    this.#bytes = 0;
    this.#left = new TraceFilter();
    this.#sinceMs = undefined;
    this.#floorNs = undefined;
    this.#letGoNs = -1n;
    this.#ranges.clear();
    this.answers.reset();
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
    if (this.#left.mayHold(traceIdWords(id), 0) || this.#left.forgottenMs >= loadedMs) return undefined;
    const grew = this.#arrivals.some(({ keys, cameMs }) => cameMs >= loadedMs && rowsOfTrace(keys, id).length > 0);
    return grew ? undefined : range;
  }

  /** What is here of traces; ids of which nothing is here are left out. Ids are 32 hex digits. */
  traces(ids: readonly string[]): ReadonlyMap<string, RecentTrace> {
    const wanted = new Map<number, string[]>();
    for (const id of ids) {
      const first = traceIdWords(id)[0] as number;
      wanted.set(first, [...(wanted.get(first) ?? []), id]);
    }
    const found = new Map<string, StoredSpan[]>();
    for (const arrival of [...this.#arrivals]) {
      const { rows, traceIds } = arrival.keys;
      for (let row = 0; row < rows; row++) {
        const candidates = wanted.get(traceIds[row * 4] as number);
        if (candidates === undefined) continue;
        const decoded = this.#rowsOf(arrival);
        const id = decoded.traceId(row);
        if (!candidates.includes(id)) continue;
        const spans = found.get(id);
        if (spans === undefined) found.set(id, [decoded.span(row)]);
        else spans.push(decoded.span(row));
      }
    }
    this.#limit();
    return new Map([...found].map(([id, spans]) => [id, { spans, isWhole: this.#isWhole(id, spans) }]));
  }

  /**
   * Calls back with the spans of a trace that are here, without their attributes. True when these are the whole trace; of
   * one whose beginning may not be here, which the store has to be asked for anyway, what the store has is left out.
   */
  shapes(id: string, each: (span: SpanShape) => void): boolean {
    const fromNs = this.#wholeFromNs(id);
    const arrivals = [...this.#arrivals].map((arrival) => ({ arrival, rows: rowsOfTrace(arrival.keys, id) }));
    const mayBeWhole =
      fromNs !== undefined &&
      arrivals.every(({ arrival, rows }) =>
        rows.every((row) => BigInt.asIntN(64, arrival.keys.starts[row] as bigint) >= fromNs),
      );
    let hasRoot = false;
    for (const { arrival, rows } of arrivals) {
      if (rows.length === 0 || (!mayBeWhole && arrival.cameMs < this.#loadedMs)) continue;
      const decoded = this.#rowsOf(arrival);
      for (const row of rows) {
        const span = decoded.shape(row);
        hasRoot ||= span.parentSpanId === '';
        each(span);
      }
    }
    this.#limit();
    return mayBeWhole && hasRoot;
  }

  /** Spans of a range that may satisfy a predicate, in the order they came; see `SpanRows.matching`. */
  *matching(range: NsRange, predicate: SpanPredicate): Generator<{ readonly rows: SpanRows; readonly row: number }> {
    for (const arrival of [...this.#arrivals]) {
      if (arrival.newestNs < range.startNs) continue;
      const rows = this.#rowsOf(arrival);
      const test = rows.matching(predicate);
      for (let row = 0; row < rows.rows; row++) {
        const start = rows.starts[row] as bigint;
        if (start >= range.startNs && start < range.endNs && test(row)) yield { rows, row };
      }
    }
    this.#limit();
  }

  #rowsOf(arrival: Arrival): SpanRows {
    if (arrival.rows !== undefined) return arrival.rows;
    if (arrival.section === undefined) throw new TypeError('spans are kept as a section or as rows');
    const rows = readSpanSection(arrival.section);
    arrival.rows = rows;
    arrival.section = undefined;
    const bytes = rows.bytes + arrival.keys.rows * KEY_BYTES;
    this.#bytes += bytes - arrival.bytes;
    arrival.bytes = bytes;
    return rows;
  }

  /** All of a trace came while this memory listened, and nothing of it was let go. */
  #isWhole(id: string, spans: readonly StoredSpan[]): boolean {
    const fromNs = this.#wholeFromNs(id);
    if (fromNs === undefined) return false;
    return spans.some(({ parentSpanId }) => parentSpanId === '') && spans.every(({ startNs }) => startNs >= fromNs);
  }

  /** A trace that began at this moment or later is here whole, ns since the epoch; undefined when that holds of none. */
  #wholeFromNs(id: string): bigint | undefined {
    if (this.#sinceMs === undefined || this.#left.mayHold(traceIdWords(id), 0)) return undefined;
    const sinceMs = Math.ceil(Math.max(this.#sinceMs, this.#left.forgottenMs));
    return BigInt(sinceMs) * NS_PER_MS + CLOCKS_APART_NS;
  }

  /** Lets go of what came first until the budget is kept. */
  #limit(): void {
    const budget = this.#budgetBytes();
    let kept = 0;
    while (kept < this.#arrivals.length && this.#bytes + this.#left.bytes > budget) {
      const oldest = this.#arrivals[kept] as Arrival;
      const isLoaded = oldest.cameMs < this.#loadedMs;
      if (!isLoaded && this.#bytes <= budget * STRETCH) break;
      if (!isLoaded) this.forcedEvictions++;
      this.#letGo(oldest);
      kept++;
    }
    if (kept > 0) this.#arrivals = this.#arrivals.slice(kept);
  }

  #letGo({ keys, cameMs, newestNs, bytes }: Arrival): void {
    for (let row = 0; row < keys.rows; row++) this.#left.add(keys.traceIds, row * 4, cameMs);
    if (newestNs > this.#letGoNs) this.#letGoNs = newestNs;
    if (this.#floorNs !== undefined && newestNs >= this.#floorNs) this.#floorNs = newestNs + 1n;
    this.#bytes -= bytes;
  }
}

function latest(starts: SpanKeys['starts']): bigint {
  let newest = starts[0] as bigint;
  for (const start of starts) if (start > newest) newest = start;
  return newest;
}

/** Which rows are of a trace. */
function rowsOfTrace({ rows, traceIds }: SpanKeys, id: string): readonly number[] {
  const [first, second, third, fourth] = traceIdWords(id);
  const found: number[] = [];
  for (let row = 0, at = 0; row < rows; row++, at += 4) {
    if (traceIds[at] !== first || traceIds[at + 1] !== second) continue;
    if (traceIds[at + 2] === third && traceIds[at + 3] === fourth) found.push(row);
  }
  return found;
}
