import type { Block } from '../native/columns.ts';
import { isLacking, SPAN_PARTS } from '../span_parts.ts';
import { bind, join, type Sql, sql, trusted } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { columnOf } from './logs.ts';
import { renderSpanPredicate, type SpanPredicate } from './span_predicate.ts';
import { NESTED_COLUMNS, SPAN_COLUMNS, type StoredSpan, spanRows } from './span_rows.ts';
import { bigints, numberReader, textReader } from './text_columns.ts';

/** A stretch of time, ns, half open. */
export interface NsRange {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** Where in time the spans of a trace lie, and what none of them has (bits of SPAN_PARTS). */
export interface TraceRange extends NsRange {
  readonly lacks: number;
}

/** The spans that start in a range. */
export function within({ startNs, endNs }: NsRange): Sql {
  return sql`Timestamp >= ${bind.timeNs(startNs)} AND Timestamp < ${bind.timeNs(endNs)}`;
}

const WITHOUT_EVENTS_AND_LINKS = SPAN_PARTS.events.bit | SPAN_PARTS.links.bit;

/** The columns a span is read of; of what it lacks (bits of SPAN_PARTS) none is opened. */
function spanColumns(lacks: number): Sql {
  return trusted([...SPAN_COLUMNS, ...NESTED_COLUMNS].filter((column) => !isLacking(lacks, column)).join(', '));
}

/** All spans of traces, oldest first; without a range the bloom filter on the trace id is what is left. Throws StoreError. */
export async function* readSpans(
  reader: StoreReader,
  traceIds: readonly string[],
  range: TraceRange | undefined,
  limit: number,
  options: QueryOptions,
): AsyncGenerator<StoredSpan> {
  const time = range === undefined ? trusted('') : sql` AND ${within(range)}`;
  const ids =
    traceIds.length === 1
      ? sql`TraceId = ${bind.string(traceIds[0] ?? '')}`
      : sql`TraceId IN ${bind.strings(traceIds)}`;
  const statement = sql`SELECT ${spanColumns(range?.lacks ?? 0)} FROM otel_traces WHERE ${ids}${time}
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
  const statement = sql`SELECT ${spanColumns(request.eventsAndLinks ? 0 : WITHOUT_EVENTS_AND_LINKS)} FROM otel_traces WHERE ${within(request)} AND ${renderSpanPredicate(request.predicate)}
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
  const { rows, span } = spanRows(block);
  for (let row = 0; row < rows; row++) yield span(row);
}

export interface FoundTrace {
  readonly traceId: string;
  /** Start of the newest matching span, ns. */
  readonly newestNs: bigint;
}

/** Rows that a thread decodes before it is known whether there are enough: a granule of one, and as many as take a few ms. */
const FEWEST_ROWS = 1_024;
const BLOCK_ROWS = 8_192;
/** What of a range is looked at first: most searches find enough there. */
const NEWEST_SHARE = 4n;

/**
 * Traces with a matching span, those with the newest matching span first. Several threads read several stretches of a range at
 * once and cannot stop before each of them has found something: so the newest stretch is read by one. Throws StoreError.
 */
export async function findTraces(
  reader: StoreReader,
  request: NsRange & { readonly predicate: SpanPredicate; readonly limit: number },
  options: QueryOptions,
): Promise<readonly FoundTrace[]> {
  const { startNs, endNs, limit } = request;
  const middleNs = endNs - (endNs - startNs) / NEWEST_SHARE;
  const one = { maxThreads: 1, maxBlockRows: FEWEST_ROWS, ...options };
  const newest = await newestMatches(reader, { ...request, startNs: middleNs }, one);
  if (newest.length >= limit || middleNs <= startNs) return newest;
  const all = { maxBlockRows: BLOCK_ROWS, ...options };
  const older = await newestMatches(reader, { ...request, endNs: middleNs }, all);
  const known = new Set(newest.map(({ traceId }) => traceId));
  return [...newest, ...older.filter(({ traceId }) => !known.has(traceId))].slice(0, limit);
}

async function newestMatches(
  reader: StoreReader,
  request: NsRange & { readonly predicate: SpanPredicate; readonly limit: number },
  options: QueryOptions,
): Promise<readonly FoundTrace[]> {
  // Rows are stored by these five minutes: reading stops when there are enough.
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

/**
 * Requests a service answered: spans of kind server and consumer, and roots of other kinds. Each counts once however often it
 * came, and as many times as sampling dropped others like it. Throws StoreError.
 */
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
      uniqExact(TraceId, SpanId, SpanKind) * avg(SampleWeight) AS requests,
      ifNotFinite(uniqExactIf((TraceId, SpanId, SpanKind), StatusCode = 'Error') * avgIf(SampleWeight, StatusCode = 'Error'), 0) AS errors,
      quantilesTDigestWeighted(0.5, 0.95, 0.99)(Duration, toUInt64(greatest(1, round(SampleWeight)))) AS q, max(Timestamp) AS last
    FROM otel_traces WHERE ${join(conditions, ' AND ')} GROUP BY service, operation, bucket ORDER BY requests DESC LIMIT 20000`;
  const { blocks } = await reader.collect(statement, options);
  return blocks.flatMap((block) => {
    if (block.rows === 0) return [];
    const service = textReader(columnOf(block, 'service'));
    const operation = textReader(columnOf(block, 'operation'));
    const [bucketOf, requests, errors] = ['bucket', 'requests', 'errors'].map((name) =>
      numberReader(columnOf(block, name)),
    );
    const quantiles = columnOf(block, 'q');
    const quantile = numberReader(quantiles.kind === 'array' ? quantiles.values : quantiles);
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
