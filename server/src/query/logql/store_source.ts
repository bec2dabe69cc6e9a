import type { Labels } from '../../model/labels.ts';
import {
  type LogColumn,
  type LogPredicate,
  type LogRows,
  type QueryOptions,
  READ_FIRST_FEW,
  readLogs,
  type StoreReader,
} from '../../store/index.ts';
import type { TimeRange } from '../series_index.ts';
import { turnOf } from '../turn.ts';
import { sanitizeName } from './parse_logfmt.ts';
import { type FilterPlan, planStages } from './push_filters.ts';
import { planSelector } from './push_matchers.ts';
import type { VirtualField } from './row_labels.ts';
import type { LogBatch, LogSelection, LogSource, NewestRecords, StoredBatch } from './source.ts';
import type { LogStreamIndex } from './stream_index.ts';
import { classOfName, SEVERITY_FIELD } from './vocabulary.ts';

export interface StoreSourceOptions {
  readonly reader: StoreReader;
  readonly index: LogStreamIndex;
  readonly query: QueryOptions;
  /** Names whose values may only be in a record's resource attributes. */
  readonly resourceNames: ReadonlySet<string>;
  /** A condition on top of what a selection asks for. */
  readonly only?: LogPredicate;
  /** Asked first for the newest records, and for a selection that has no limit. */
  readonly newest?: NewestRecords;
  /** For tests: leave all stages to the pipeline. */
  readonly withoutFilters?: boolean;
}

const MINUTE = 60_000_000_000n;
/** The first stretch of time looked at when the store cannot apply the limit itself; each next one is four times longer. */
const FIRST_SLICE = 15n * MINUTE;
const UNLIMITED_SLICE = 0n;

/** How often a read begins again because it met streams that are indexed only now. */
const MOST_RESTARTS = 3;

/** Records from the store: streams chosen in memory, time, fields and lines filtered in SQL. */
export function storeSource(options: StoreSourceOptions): LogSource {
  return { select: (selection) => select(options, selection) };
}

/** How far an attempt at reading came. */
interface Progress {
  /** Records were handed over, or streams are not waited for any more. */
  begun: boolean;
  /** Streams were met that are indexed only now: the selector must be asked about them too. */
  again: boolean;
}

async function* select(options: StoreSourceOptions, asked: LogSelection): AsyncGenerator<LogBatch> {
  const rest = { startNs: asked.startNs, endNs: asked.endNs };
  const { newest } = options;
  if (newest !== undefined && asked.limit === undefined) {
    const all = await newest.all(asked, needsResource(options));
    if (all !== undefined) {
      try {
        yield { ...all, turn: turnOf(asked.signal) };
      } finally {
        // Whoever looked at them asks for the next ones, or for no more.
        all.release();
      }
      return;
    }
  } else if (newest !== undefined && asked.direction === 'backward') {
    yield* newest.select(asked, rest, needsResource(options));
  }
  if (rest.endNs <= rest.startNs) return;
  const selection = { ...asked, ...rest };
  for (let restarts = 0; ; restarts++) {
    const progress: Progress = { begun: restarts === MOST_RESTARTS, again: false };
    yield* read(options, selection, progress);
    if (!progress.again) return;
  }
}

async function* read(
  options: StoreSourceOptions,
  selection: LogSelection,
  progress: Progress,
): AsyncGenerator<LogBatch> {
  const { index } = options;
  const range = millisecondsOf(selection.startNs, selection.endNs);
  const selector = planSelector(selection.log.matchers, index, range);
  if (selector.streams.length === 0) return;
  const filters: FilterPlan = options.withoutFilters
    ? { predicate: [], exact: selection.log.stages.length === 0 }
    : planStages(selection.log.stages, index, range);
  const predicate: LogPredicate = {
    kind: 'and',
    parts: [selector.predicate, ...filters.predicate, ...(options.only === undefined ? [] : [options.only])],
  };
  const allowed = selector.exact
    ? undefined
    : new Set(Array.from(selector.streams, (reference) => index.id(reference)));
  const withResource = needsResource(options);
  const query: QueryOptions = {
    ...options.query,
    ...(selection.limit === undefined ? {} : READ_FIRST_FEW),
    ...(selection.signal === undefined ? {} : { signal: selection.signal }),
  };
  const turn = turnOf(selection.signal);
  const pushLimit = filters.exact && allowed === undefined ? selection.limit : undefined;
  for (const slice of slices(selection, pushLimit !== undefined || selection.limit === undefined)) {
    let { startNs, endNs } = slice;
    for (;;) {
      const request = {
        startNs,
        endNs,
        predicate,
        direction: selection.direction,
        withResource,
        ...(pushLimit === undefined ? {} : { limit: pushLimit }),
      };
      let seen = 0;
      let last = 0n;
      for await (const rows of readLogs(options.reader, request, query)) {
        const unknown = unknownStreams(rows, index);
        if (unknown.length > 0 && !progress.begun && (await index.learn(unknown))) {
          progress.again = true;
          return;
        }
        progress.begun = true;
        seen += rows.rows;
        last = rows.times[rows.rows - 1] ?? 0n;
        if (turn.due()) await turn.pause();
        yield { ...batchOf(rows, index, allowed ?? indexedOf(unknown)), turn };
      }
      // Fewer than asked for means there are no more. Otherwise the consumer, still asking, saw some of them twice.
      if (pushLimit === undefined || seen < pushLimit) break;
      if (selection.direction === 'backward') endNs = last === endNs - 1n ? last : last + 1n;
      else startNs = last === startNs ? last + 1n : last;
      if (startNs >= endNs) break;
    }
  }
}

/** Whether a name is asked for that only a record's resource attributes may answer. */
function needsResource({ resourceNames, index }: StoreSourceOptions): boolean {
  return [...resourceNames].some((name) => !index.hasLabel(name) && classOfName(name).kind === 'other');
}

export function millisecondsOf(startNs: bigint, endNs: bigint): TimeRange {
  return { fromMs: Number(startNs / 1_000_000n), toMs: Number(endNs / 1_000_000n) };
}

/** The whole range at once, or growing stretches from the side the records are wanted from. */
export function* slices(selection: LogSelection, whole: boolean): Generator<{ startNs: bigint; endNs: bigint }> {
  const { startNs, endNs, direction } = selection;
  let width = whole ? UNLIMITED_SLICE : FIRST_SLICE;
  if (width === 0n) {
    yield { startNs, endNs };
    return;
  }
  let from = startNs;
  let to = endNs;
  while (from < to) {
    const slice =
      direction === 'backward'
        ? { startNs: max(from, to - width), endNs: to }
        : { startNs: from, endNs: min(to, from + width) };
    yield slice;
    if (direction === 'backward') to = slice.startNs;
    else from = slice.endNs;
    width *= 4n;
  }
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** Streams of rows that are not indexed: rows may be there a moment before their stream is found. */
export function unknownStreams(rows: LogRows, index: Pick<LogStreamIndex, 'knows'>): bigint[] {
  const unknown = new Set<bigint>();
  let known: bigint | undefined;
  for (const id of rows.streamIds) {
    if (id === known) continue;
    if (index.knows(id)) known = id;
    else unknown.add(id);
  }
  return [...unknown];
}

/** Streams as far as {@link batchOf} asks about them. */
export type StreamFilter = Pick<ReadonlySet<bigint>, 'has'>;

/** All streams but those that are not indexed, of which nobody can say whether they were asked for. */
export function indexedOf(unknown: readonly bigint[]): StreamFilter | undefined {
  return unknown.length === 0 ? undefined : { has: (id) => !unknown.includes(id) };
}

/** A batch over rows as read. `allowed`: the streams that count when the statement could not say so. */
export function batchOf(
  rows: LogRows,
  index: Pick<LogStreamIndex, 'byId'>,
  allowed: StreamFilter | undefined,
): StoredBatch {
  let kept: number[] | undefined;
  if (allowed !== undefined) {
    kept = [];
    for (let i = 0; i < rows.rows; i++) if (allowed.has(rows.streamIds[i] ?? 0n)) kept.push(i);
  }
  const at = (row: number): number => (kept === undefined ? row : (kept[row] ?? 0));
  let current = 0;
  const virtual = virtualFields(rows, () => current);
  return {
    rows: kept?.length ?? rows.rows,
    times: kept === undefined ? rows.times : BigInt64Array.from(kept, (i) => rows.times[i] ?? 0n),
    streamId: (row) => rows.streamIds[at(row)] ?? 0n,
    stream: (row) => index.byId(rows.streamIds[at(row)] ?? 0n),
    metadata: (row) => metadataOf(rows, at(row)),
    line: (row) => rows.body(at(row)),
    virtual: (row) => {
      current = at(row);
      return virtual;
    },
    identity: (row) =>
      `${rows.streamIds[at(row)]}\u0001${rows.body(at(row))}\u0001${rows.attributes(at(row)).join('\u0002')}`,
  };
}

/** Structured metadata as label names; ids, level and service are answered from their columns where those are filled. */
function metadataOf(rows: LogRows, row: number): Labels {
  const attributes = rows.attributes(row);
  if (attributes.length === 0) return attributes;
  const labels: string[] = [];
  for (let i = 0; i < attributes.length; i += 2) {
    const name = sanitizeName(attributes[i] ?? '');
    if (name === '' || hasColumn(rows, row, name)) continue;
    labels.push(name, attributes[i + 1] ?? '');
  }
  return labels;
}

/** The column of an id. */
function idOf(rows: LogRows, row: number, column: LogColumn): string {
  switch (column) {
    case 'TraceId':
      return rows.traceId(row);
    case 'SpanId':
      return rows.spanId(row);
    case 'RequestId':
      return rows.requestId(row);
    case 'UserId':
      return rows.userId(row);
    default:
      return '';
  }
}

function hasColumn(rows: LogRows, row: number, name: string): boolean {
  const kind = classOfName(name);
  switch (kind.kind) {
    case 'id':
      return idOf(rows, row, kind.column) !== '';
    case 'level':
      return rows.severity(row) !== '';
    case 'service':
      return rows.service(row) !== '';
    case 'other':
      return false;
  }
}

/** What every record answers to by name without having it as a label. */
function virtualFields(rows: LogRows, current: () => number): VirtualField {
  return (name) => {
    const row = current();
    if (name === SEVERITY_FIELD) return rows.severity(row);
    const kind = classOfName(name);
    switch (kind.kind) {
      case 'service':
        return rows.service(row) || undefined;
      case 'level':
        return levelField(name, rows.severity(row));
      case 'id': {
        const value = idOf(rows, row, kind.column);
        return value === '' ? undefined : value;
      }
      case 'other': {
        const resource = rows.resource(row);
        for (let i = 0; i < resource.length; i += 2) {
          if (resource[i] === name || sanitizeName(resource[i] ?? '') === name) return resource[i + 1];
        }
        return undefined;
      }
    }
  };
}

/** `detected_level` is Loki's, in lower case; the others show the level as stored. */
export function levelField(name: string, severity: string): string | undefined {
  if (name === 'detected_level') return severity === '' ? 'unknown' : severity.toLowerCase();
  return severity === '' ? undefined : severity;
}
