import type { LogExpr } from '@trilith/lang/logql';
import { type LogPosition, type LogPredicate, READ_FIRST_FEW, readLogs } from '../../store/index.ts';
import type { LogqlEngine } from '../logql/engine.ts';
import { compilePipeline, type Pipeline } from '../logql/pipeline.ts';
import { planStages } from '../logql/push_filters.ts';
import { planSelector } from '../logql/push_matchers.ts';
import { referencedNames } from '../logql/referenced_names.ts';
import type { StoredBatch } from '../logql/source.ts';
import { batchOf, indexedOf, millisecondsOf, slices, unknownStreams } from '../logql/store_source.ts';
import { classOfName } from '../logql/vocabulary.ts';
import { turnOf } from '../turn.ts';
import { type LogLineView, lineView } from './line_view.ts';
import { Repetitions } from './repetitions.ts';

export interface LogPageQuery {
  readonly log: LogExpr;
  /** ns, half open. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly direction: 'forward' | 'backward';
  /** Lines wanted. A page is longer only where the last stream has more lines of one nanosecond. */
  readonly limit: number;
  /** The page begins behind this position, and ends with that one. */
  readonly after?: LogPosition;
  readonly until?: LogPosition;
  readonly signal?: AbortSignal;
}

export interface LogPage {
  readonly lines: readonly LogLineView[];
  /** Where the next page begins; undefined when this one is the last. */
  readonly next: LogPosition | undefined;
  /** True when one stream has more lines of one nanosecond than a page can hold, and the rest of them is left out. */
  readonly cut: boolean;
}

/** A page that one nanosecond of one stream fills is asked for again so much longer, up to the most. */
const LONGER = 8;
const MOST_ROWS = 32_768;
/** How often a page is begun again because streams were met that are indexed only now. */
const MOST_RESTARTS = 3;

/**
 * One page of a log query in order of time and, among lines of one nanosecond, of stream. Pages that follow one another by
 * `next` hold each record exactly once, however many share a time; a record that was sent twice is one.
 * Throws LogqlError and StoreError.
 */
export async function logPage(engine: LogqlEngine, query: LogPageQuery): Promise<LogPage> {
  await engine.index.refresh();
  for (let restarts = 0; ; restarts++) {
    const page = await readPage(engine, query, restarts < MOST_RESTARTS);
    if (page !== undefined) return page;
  }
}

/** The page; undefined when streams were met that are indexed only now, which `mayLearn` allows. */
async function readPage(engine: LogqlEngine, query: LogPageQuery, mayLearn: boolean): Promise<LogPage | undefined> {
  const { log, direction } = query;
  const backward = direction === 'backward';
  const first = backward ? query.until : query.after;
  const last = backward ? query.after : query.until;
  const startNs = first !== undefined && first.timeNs > query.startNs ? first.timeNs : query.startNs;
  const endNs = last !== undefined && last.timeNs < query.endNs ? last.timeNs + 1n : query.endNs;
  const range = millisecondsOf(startNs, endNs);
  const selector = planSelector(log.matchers, engine.index, range);
  const filters = planStages(log.stages, engine.index, range);
  if (selector.streams.length === 0 || startNs >= endNs) return { lines: [], next: undefined, cut: false };
  const allowed = selector.exact
    ? undefined
    : new Set(Array.from(selector.streams, (reference) => engine.index.id(reference)));
  const read: PageRead = {
    engine,
    query,
    startNs,
    endNs,
    allowed,
    predicate: { kind: 'and', parts: [selector.predicate, ...filters.predicate] },
    withResource: [...referencedNames(log.stages)].some(
      (name) => !engine.index.hasLabel(name) && classOfName(name).kind === 'other',
    ),
    pipeline: compilePipeline(log.stages),
    mayLearn,
  };
  if (query.until !== undefined) return collect(read, MOST_ROWS, new PageLines(query));
  const begun = new PageLines(query);
  const rest = { startNs, endNs };
  if (!(await addNewest(begun, read, rest))) return begun.finished();
  if (rest.endNs <= rest.startNs) return begun.ended();
  const left = { ...read, ...rest };
  if (!filters.exact || allowed !== undefined) return collect(left, undefined, begun);
  // Memory may have filled the page and more with lines of one position: whether there is another one is asked all the same.
  for (let rows = Math.max(1, query.limit + 1 - begun.length); ; rows = Math.min(MOST_ROWS, rows * LONGER)) {
    const page = await collect(left, rows, begun.length > 0 ? begun : new PageLines(query));
    if (page === undefined || page.lines.length > 0 || page.next === undefined || rows >= MOST_ROWS) return page;
  }
}

interface PageRead {
  readonly engine: LogqlEngine;
  readonly query: LogPageQuery;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly predicate: LogPredicate;
  readonly allowed: ReadonlySet<bigint> | undefined;
  readonly withResource: boolean;
  readonly pipeline: Pipeline;
  readonly mayLearn: boolean;
}

/** Begins a page with what is in memory, down to where `rest` ends then; false when that fills it. */
async function addNewest(page: PageLines, read: PageRead, rest: { startNs: bigint; endNs: bigint }): Promise<boolean> {
  const { engine, query, withResource } = read;
  if (engine.newest === undefined || query.direction === 'forward') return true;
  const { log, direction } = query;
  for await (const batch of engine.newest.select({ log, direction, ...rest }, rest, withResource))
    if (!addBatch(page, read, batch)) return false;
  return true;
}

/**
 * Reads until the page is full and the last position complete. With `rows` the store sends no more than so many, and what
 * it cut short is left for the next page. Undefined when the selector must be asked about streams that were learned.
 */
async function collect(read: PageRead, rows: number | undefined, page: PageLines): Promise<LogPage | undefined> {
  const { query, engine } = read;
  const options = {
    database: engine.database,
    ...READ_FIRST_FEW,
    ...(query.signal === undefined ? {} : { signal: query.signal }),
  };
  const turn = turnOf(query.signal);
  let seen = 0;
  let last: LogPosition | undefined;
  for (const slice of slices({ ...query, startNs: read.startNs, endNs: read.endNs }, rows !== undefined)) {
    const request = {
      ...slice,
      predicate: read.predicate,
      direction: query.direction,
      withResource: read.withResource,
      byStream: true,
      ...(query.after === undefined ? {} : { after: query.after }),
      ...(rows === undefined ? {} : { limit: rows }),
    };
    for await (const block of readLogs(engine.reader, request, options)) {
      if (turn.due()) await turn.pause();
      const unknown = unknownStreams(block, engine.index);
      if (unknown.length > 0 && read.mayLearn && (await engine.index.learn(unknown))) return undefined;
      seen += block.rows;
      last = { timeNs: block.times[block.rows - 1] ?? 0n, streamId: block.streamIds[block.rows - 1] ?? 0n };
      const batch = batchOf(block, engine.index, read.allowed ?? indexedOf(unknown));
      if (!addBatch(page, read, batch)) return page.finished();
    }
  }
  if (rows === undefined || seen < rows || last === undefined) return page.ended();
  // The last rows may be of a stream that is not indexed.
  if (!page.goesOn(last.timeNs, last.streamId)) return page.finished();
  return page.cutShort(rows >= MOST_ROWS);
}

/** Adds a batch's lines; false when the page is full. */
function addBatch(page: PageLines, { pipeline, query }: PageRead, batch: StoredBatch): boolean {
  const { after, direction } = query;
  for (let i = 0; i < batch.rows; i++) {
    const timeNs = batch.times[i] ?? 0n;
    const streamId = batch.streamId(i);
    if (after !== undefined && !isBehind({ timeNs, streamId }, after, direction)) continue;
    if (!page.goesOn(timeNs, streamId)) return false;
    const identity = batch.identity(i);
    if (!page.isNew(identity)) continue;
    const stream = batch.stream(i);
    const row = pipeline.run(stream, batch.metadata(i), batch.line(i), timeNs, batch.virtual(i));
    if (row === undefined) continue;
    page.add(lineView(row, stream, streamId, identity));
  }
  return true;
}

/** The lines of a page while they come, position by position. */
class PageLines {
  private readonly lines: LogLineView[] = [];
  private readonly repetitions = new Repetitions();
  private readonly query: LogPageQuery;
  private timeNs = -1n;
  private streamId = 0n;
  /** Lines before the present position. */
  private complete = 0;

  constructor(query: LogPageQuery) {
    this.query = query;
  }

  get length(): number {
    return this.lines.length;
  }

  /** Moves to a row's position; false when the page has what it should and the row belongs to the next one. */
  goesOn(timeNs: bigint, streamId: bigint): boolean {
    if (timeNs === this.timeNs && streamId === this.streamId) return true;
    const { until, limit, direction } = this.query;
    if (until === undefined) {
      if (this.lines.length >= limit) return false;
    } else if (isBehind({ timeNs, streamId }, until, direction)) return false;
    this.timeNs = timeNs;
    this.streamId = streamId;
    this.complete = this.lines.length;
    return true;
  }

  /** Whether the record at the present position is no repetition. */
  isNew(identity: string): boolean {
    return this.repetitions.isNew(this.timeNs, identity);
  }

  add(line: LogLineView): void {
    this.lines.push(line);
  }

  /** The page when a row of the next one was met. */
  finished(): LogPage {
    return { lines: this.lines, next: { timeNs: this.timeNs, streamId: this.streamId }, cut: false };
  }

  /** The page when nothing follows. */
  ended(): LogPage {
    return { lines: this.lines, next: undefined, cut: false };
  }

  /** The page when the store stopped in the midst of the present position: without that, unless there is nothing else. */
  cutShort(whole: boolean): LogPage {
    const last = this.lines[this.complete - 1];
    if (this.complete > 0 && last !== undefined) {
      return { lines: this.lines.slice(0, this.complete), next: last.position, cut: false };
    }
    const next = { timeNs: this.timeNs, streamId: this.streamId };
    return { lines: whole ? this.lines : [], next, cut: whole };
  }
}

function isBehind(a: LogPosition, b: LogPosition, direction: 'forward' | 'backward'): boolean {
  const after = a.timeNs === b.timeNs ? a.streamId > b.streamId : a.timeNs > b.timeNs;
  const before = a.timeNs === b.timeNs ? a.streamId < b.streamId : a.timeNs < b.timeNs;
  return direction === 'forward' ? after : before;
}
