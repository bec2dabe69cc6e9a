import type { Block } from '../native/columns.ts';
import { bind, join, type Sql, sql, trusted } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { columnOf } from './logs.ts';
import { renderSpanPredicate, type SpanPredicate } from './span_predicate.ts';
import { arrayRange, bigints, numberReader, orderedMapReader, textReader } from './text_columns.ts';

/** Attributes in stored order: name, value, …, and a letter for each value's type (see TABLES.otel_traces). */
export interface StoredAttributes {
  readonly pairs: readonly string[];
  readonly types: string;
}

export interface StoredEvent {
  readonly timeNs: bigint;
  readonly name: string;
  readonly attributes: readonly string[];
}

export interface StoredLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly attributes: readonly string[];
}

/** One span as stored. Ids are lower-case hex; times ns since the epoch. */
export interface StoredSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  /** Unspecified, Internal, Server, Client, Producer, Consumer. */
  readonly kind: string;
  readonly service: string;
  readonly startNs: bigint;
  readonly durationNs: bigint;
  /** Unset, Ok, Error. */
  readonly status: string;
  readonly statusMessage: string;
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly attributes: StoredAttributes;
  readonly resource: StoredAttributes;
  readonly events: readonly StoredEvent[];
  readonly links: readonly StoredLink[];
}

/** A stretch of time, ns, half open. */
export interface NsRange {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

function within({ startNs, endNs }: NsRange): Sql {
  return sql`Timestamp >= ${bind.timeNs(startNs)} AND Timestamp < ${bind.timeNs(endNs)}`;
}

/**
 * Where in time traces lie, from the small table kept for it: a day's margin is not needed, its rows are written with the
 * spans. Traces without a row are missing from the answer.
 */
export async function readTraceRange(
  reader: StoreReader,
  traceIds: readonly string[],
  options: QueryOptions,
): Promise<NsRange | undefined> {
  const statement = sql`SELECT toInt64(toUnixTimestamp(min(Start))) AS s, toInt64(toUnixTimestamp(max(End))) AS e, uniqExact(TraceId) AS n
    FROM otel_traces_trace_id_ts WHERE TraceId IN ${bind.strings(traceIds)}`;
  const { blocks } = await reader.collect(statement, options);
  const block = blocks.find((b) => b.rows > 0);
  if (block === undefined || numberReader(columnOf(block, 'n'))(0) < new Set(traceIds).size) return undefined;
  const start = BigInt(numberReader(columnOf(block, 's'))(0));
  const end = BigInt(numberReader(columnOf(block, 'e'))(0));
  return { startNs: (start - 1n) * 1_000_000_000n, endNs: (end + 2n) * 1_000_000_000n };
}

const OWN_COLUMNS = `Timestamp, TraceId, SpanId, ParentSpanId, TraceState, SpanName, SpanKind, ServiceName, Duration, StatusCode, StatusMessage,
  ScopeName, ScopeVersion, SpanAttributes, ResourceAttributes, SpanAttributeTypes, ResourceAttributeTypes`;
/** Nested columns, under the names they are read by. */
const NESTED_COLUMNS = {
  EventTimes: ['Events.Timestamp', 'Array(DateTime64(9))'],
  EventNames: ['Events.Name', 'Array(LowCardinality(String))'],
  EventAttributes: ['Events.Attributes', 'Array(Map(LowCardinality(String), String))'],
  LinkTraceIds: ['Links.TraceId', 'Array(String)'],
  LinkSpanIds: ['Links.SpanId', 'Array(String)'],
  LinkStates: ['Links.TraceState', 'Array(String)'],
  LinkAttributes: ['Links.Attributes', 'Array(Map(LowCardinality(String), String))'],
} as const;

function spanColumns(eventsAndLinks: boolean): string {
  const nested = Object.entries(NESTED_COLUMNS).map(([name, [column, type]]) =>
    eventsAndLinks ? `${column} AS ${name}` : `CAST([], '${type}') AS ${name}`,
  );
  return [OWN_COLUMNS, ...nested].join(', ');
}

/** All spans of traces, oldest first; without a range the bloom filter on the trace id is what is left. Throws StoreError. */
export async function* readSpans(
  reader: StoreReader,
  traceIds: readonly string[],
  range: NsRange | undefined,
  limit: number,
  options: QueryOptions,
): AsyncGenerator<StoredSpan> {
  const time = range === undefined ? trusted('') : sql` AND ${within(range)}`;
  const ids =
    traceIds.length === 1
      ? sql`TraceId = ${bind.string(traceIds[0] ?? '')}`
      : sql`TraceId IN ${bind.strings(traceIds)}`;
  const statement = sql`SELECT ${trusted(spanColumns(true))} FROM otel_traces WHERE ${ids}${time}
    ORDER BY Timestamp LIMIT ${bind.uint64(limit)}`;
  for await (const block of reader.query(statement, options)) yield* spansOf(block);
}

/**
 * Spans of a range that satisfy a predicate, each once, in no order.
 * @param request.eventsAndLinks whether they are read; a span without them reads as one that has none
 */
export async function* readMatchingSpans(
  reader: StoreReader,
  request: NsRange & {
    readonly predicate: SpanPredicate;
    readonly limit: number;
    readonly eventsAndLinks: boolean;
  },
  options: QueryOptions,
): AsyncGenerator<StoredSpan> {
  const statement = sql`SELECT ${trusted(spanColumns(request.eventsAndLinks))} FROM otel_traces WHERE ${within(request)} AND ${renderSpanPredicate(request.predicate)}
    LIMIT 1 BY TraceId, SpanId, SpanKind LIMIT ${bind.uint64(request.limit)}`;
  for await (const block of reader.query(statement, options)) yield* spansOf(block);
}

/** Ids of the traces that have a span in a range that satisfies a predicate, in no order. Throws StoreError. */
export async function readMatchingTraceIds(
  reader: StoreReader,
  request: NsRange & { readonly predicate: SpanPredicate; readonly limit: number },
  options: QueryOptions,
): Promise<readonly string[]> {
  const statement = sql`SELECT DISTINCT TraceId FROM otel_traces WHERE ${within(request)} AND ${renderSpanPredicate(request.predicate)}
    LIMIT ${bind.uint64(request.limit)}`;
  const { blocks } = await reader.collect(statement, options);
  return blocks.flatMap((block) => {
    if (block.rows === 0) return [];
    const traceId = textReader(columnOf(block, 'TraceId'));
    return Array.from({ length: block.rows }, (_, row) => traceId(row));
  });
}

function* spansOf(block: Block): Generator<StoredSpan> {
  if (block.rows === 0) return;
  const text = (name: string): ((row: number) => string) => textReader(columnOf(block, name));
  const [traceId, spanId, parentSpanId, traceState] = [
    text('TraceId'),
    text('SpanId'),
    text('ParentSpanId'),
    text('TraceState'),
  ];
  const [name, kind, service] = [text('SpanName'), text('SpanKind'), text('ServiceName')];
  const [status, statusMessage, scopeName, scopeVersion] = [
    text('StatusCode'),
    text('StatusMessage'),
    text('ScopeName'),
    text('ScopeVersion'),
  ];
  const attributes = orderedMapReader(columnOf(block, 'SpanAttributes'));
  const resource = orderedMapReader(columnOf(block, 'ResourceAttributes'));
  const [attributeTypes, resourceTypes] = [text('SpanAttributeTypes'), text('ResourceAttributeTypes')];
  const starts = bigints(columnOf(block, 'Timestamp'));
  const durations = bigints(columnOf(block, 'Duration'));
  const events = eventReader(block);
  const links = linkReader(block);
  for (let row = 0; row < block.rows; row++) {
    yield {
      traceId: traceId(row),
      spanId: spanId(row),
      parentSpanId: parentSpanId(row),
      traceState: traceState(row),
      name: name(row),
      kind: kind(row),
      service: service(row),
      startNs: starts[row] ?? 0n,
      durationNs: durations[row] ?? 0n,
      status: status(row),
      statusMessage: statusMessage(row),
      scopeName: scopeName(row),
      scopeVersion: scopeVersion(row),
      attributes: { pairs: attributes(row), types: attributeTypes(row) },
      resource: { pairs: resource(row), types: resourceTypes(row) },
      events: events(row),
      links: links(row),
    };
  }
}

/** The inner column of an array column. */
function elements(block: Block, name: string): Block['columns'][number] {
  const column = columnOf(block, name);
  return column.kind === 'array' ? column.values : column;
}

function eventReader(block: Block): (row: number) => StoredEvent[] {
  const range = arrayRange(columnOf(block, 'EventTimes'));
  const times = bigints(elements(block, 'EventTimes'));
  const name = textReader(elements(block, 'EventNames'));
  const attributes = orderedMapReader(elements(block, 'EventAttributes'));
  return (row) => {
    const [start, end] = range(row);
    return Array.from({ length: end - start }, (_, i) => ({
      timeNs: times[start + i] ?? 0n,
      name: name(start + i),
      attributes: attributes(start + i),
    }));
  };
}

function linkReader(block: Block): (row: number) => StoredLink[] {
  const range = arrayRange(columnOf(block, 'LinkTraceIds'));
  const traceId = textReader(elements(block, 'LinkTraceIds'));
  const spanId = textReader(elements(block, 'LinkSpanIds'));
  const state = textReader(elements(block, 'LinkStates'));
  const attributes = orderedMapReader(elements(block, 'LinkAttributes'));
  return (row) => {
    const [start, end] = range(row);
    return Array.from({ length: end - start }, (_, i) => ({
      traceId: traceId(start + i),
      spanId: spanId(start + i),
      traceState: state(start + i),
      attributes: attributes(start + i),
    }));
  };
}

export interface FoundTrace {
  readonly traceId: string;
  /** Start of the newest matching span, ns. */
  readonly newestNs: bigint;
}

/** Traces with a matching span, those with the newest matching span first. Throws StoreError. */
export async function findTraces(
  reader: StoreReader,
  request: NsRange & { readonly predicate: SpanPredicate; readonly limit: number },
  options: QueryOptions,
): Promise<readonly FoundTrace[]> {
  const statement = sql`SELECT TraceId, Timestamp FROM otel_traces WHERE ${within(request)} AND ${renderSpanPredicate(request.predicate)}
    ORDER BY toStartOfFiveMinutes(Timestamp) DESC, Timestamp DESC LIMIT 1 BY TraceId LIMIT ${bind.uint64(request.limit)}`;
  const { blocks } = await reader.collect(statement, options);
  return blocks.flatMap((block) => {
    if (block.rows === 0) return [];
    const traceId = textReader(columnOf(block, 'TraceId'));
    const times = bigints(columnOf(block, 'Timestamp'));
    return Array.from({ length: block.rows }, (_, row) => ({ traceId: traceId(row), newestNs: times[row] ?? 0n }));
  });
}

/** Names in use: attribute keys of a scope, span names of a service, or services; the most frequent first. */
export async function readSpanVocabulary(
  reader: StoreReader,
  request: NsRange & { readonly what: SpanVocabulary; readonly limit: number },
  options: QueryOptions,
): Promise<readonly string[]> {
  const statement = sql`SELECT v, count() AS n FROM (SELECT ${vocabularyOf(request.what)} AS v FROM otel_traces WHERE ${within(request)}${scopeOf(request.what)} LIMIT 200000)
    WHERE v != '' GROUP BY v ORDER BY n DESC, v LIMIT ${bind.uint64(request.limit)}`;
  const { blocks } = await reader.collect(statement, options);
  return blocks.flatMap((block) => {
    if (block.rows === 0) return [];
    const value = textReader(columnOf(block, 'v'));
    return Array.from({ length: block.rows }, (_, row) => value(row));
  });
}

export type SpanVocabulary =
  | { readonly kind: 'keys'; readonly scope: 'span' | 'resource' }
  | { readonly kind: 'values'; readonly scope: 'span' | 'resource' | 'any'; readonly key: string }
  | { readonly kind: 'names'; readonly service: string }
  | { readonly kind: 'services' };

function vocabularyOf(what: SpanVocabulary): Sql {
  switch (what.kind) {
    case 'keys':
      return trusted(`arrayJoin(mapKeys(${what.scope === 'span' ? 'SpanAttributes' : 'ResourceAttributes'}))`);
    case 'values': {
      const key = bind.string(what.key);
      if (what.scope === 'span') return sql`SpanAttributes[${key}]`;
      if (what.scope === 'resource') return sql`ResourceAttributes[${key}]`;
      return sql`if(mapContains(SpanAttributes, ${key}), SpanAttributes[${key}], ResourceAttributes[${key}])`;
    }
    case 'names':
      return trusted('toString(SpanName)');
    case 'services':
      return trusted('toString(ServiceName)');
  }
}

function scopeOf(what: SpanVocabulary): Sql {
  return what.kind === 'names' && what.service !== ''
    ? sql` AND ServiceName = ${bind.string(what.service)}`
    : trusted('');
}

export interface ServiceSpans {
  readonly service: string;
  /** The span's name when asked by operation, else empty. */
  readonly operation: string;
  /** Bucket of the range, 0 when not asked by time. */
  readonly bucket: number;
  readonly requests: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly lastNs: bigint;
}

/** Requests a service answered: spans of kind server and consumer, and roots of other kinds. Throws StoreError. */
export async function readServiceSpans(
  reader: StoreReader,
  request: NsRange & { readonly service?: string; readonly byOperation: boolean; readonly stepNs?: bigint },
  options: QueryOptions,
): Promise<readonly ServiceSpans[]> {
  const bucket =
    request.stepNs === undefined
      ? trusted('toUInt32(0)')
      : sql`toUInt32(intDiv(toUnixTimestamp64Nano(Timestamp) - ${bind.int64(request.startNs)}, ${bind.int64(request.stepNs)}))`;
  const conditions = [within(request), trusted("(SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '')")];
  if (request.service !== undefined) conditions.push(sql`ServiceName = ${bind.string(request.service)}`);
  const statement = sql`SELECT toString(ServiceName) AS service, ${trusted(request.byOperation ? 'toString(SpanName)' : "''")} AS operation, ${bucket} AS bucket,
      uniqExact(TraceId, SpanId) AS requests, uniqExactIf((TraceId, SpanId), StatusCode = 'Error') AS errors,
      quantilesTDigest(0.5, 0.95, 0.99)(Duration) AS q, max(Timestamp) AS last
    FROM otel_traces WHERE ${join(conditions, ' AND ')} GROUP BY service, operation, bucket ORDER BY requests DESC LIMIT 20000`;
  const { blocks } = await reader.collect(statement, options);
  return blocks.flatMap((block) => {
    if (block.rows === 0) return [];
    const service = textReader(columnOf(block, 'service'));
    const operation = textReader(columnOf(block, 'operation'));
    const [bucketOf, requests, errors] = ['bucket', 'requests', 'errors'].map((name) =>
      numberReader(columnOf(block, name)),
    );
    const quantile = numberReader(elements(block, 'q'));
    const last = bigints(columnOf(block, 'last'));
    return Array.from({ length: block.rows }, (_, row) => ({
      service: service(row),
      operation: operation(row),
      bucket: bucketOf?.(row) ?? 0,
      requests: requests?.(row) ?? 0,
      errors: errors?.(row) ?? 0,
      p50Ms: quantile(row * 3) / 1e6,
      p95Ms: quantile(row * 3 + 1) / 1e6,
      p99Ms: quantile(row * 3 + 2) / 1e6,
      lastNs: last[row] ?? 0n,
    }));
  });
}
