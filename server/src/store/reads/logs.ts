import type { Block, Column } from '../native/columns.ts';
import { bind, join, type Sql, sql, trusted } from '../sql.ts';
import { type QueryOptions, StoreError, type StoreReader } from '../types.ts';
import { type LogFieldPath, type LogPredicate, renderField, renderPredicate } from './log_predicate.ts';
import { bigints, mapReader, numberReader, textReader } from './text_columns.ts';

/** Log rows as read: one entry a record, decoded on demand. */
export interface LogRows {
  readonly rows: number;
  /** ns since the epoch. */
  readonly times: BigInt64Array;
  readonly streamIds: BigUint64Array;
  traceId(row: number): string;
  spanId(row: number): string;
  requestId(row: number): string;
  userId(row: number): string;
  severity(row: number): string;
  service(row: number): string;
  body(row: number): string;
  /** LogAttributes: name, value, …; sorted by name. */
  attributes(row: number): readonly string[];
  /** ResourceAttributes likewise; empty unless asked for. */
  resource(row: number): readonly string[];
}

export interface LogReadRequest {
  /** ns, half open. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly predicate: LogPredicate;
  readonly direction: 'forward' | 'backward';
  readonly limit?: number;
  readonly withResource: boolean;
}

/**
 * Time goes first and by the table's own key, so that rows come in order without a sort: the five-minute bucket is the
 * key's first column, and within a bucket only that bucket is sorted.
 */
function timeRange(startNs: bigint, endNs: bigint): Sql {
  return sql`Timestamp >= ${bind.timeNs(startNs)} AND Timestamp < ${bind.timeNs(endNs)}`;
}

/** Blocks are looked at one by one and let go, so the bound on a result held in memory does not apply. */
const MAX_STREAMED_BYTES = 16 * 1024 ** 3;

/** Records in order of time, block by block. Throws StoreError. */
export async function* readLogs(
  reader: StoreReader,
  request: LogReadRequest,
  options: QueryOptions,
): AsyncGenerator<LogRows> {
  const order = trusted(request.direction === 'forward' ? 'ASC' : 'DESC');
  const resource = trusted(request.withResource ? ', ResourceAttributes' : '');
  const limit = request.limit === undefined ? trusted('') : sql` LIMIT ${bind.uint64(request.limit)}`;
  const statement = sql`SELECT Timestamp, StreamId, TraceId, SpanId, RequestId, UserId, SeverityText, ServiceName, Body,
    LogAttributes${resource} FROM otel_logs
    WHERE ${timeRange(request.startNs, request.endNs)} AND ${renderPredicate(request.predicate)}
    ORDER BY toStartOfFiveMinutes(Timestamp) ${order}, Timestamp ${order}${limit}`;
  const streamed = { ...options, maxResultBytes: MAX_STREAMED_BYTES };
  for await (const block of reader.query(statement, streamed))
    if (block.rows > 0) yield rowsOf(block, request.withResource);
}

/** The column of a name. @throws StoreError when the result has none, a defect of ours */
export function columnOf(block: Block, name: string): Column {
  const column = block.columns[block.names.indexOf(name)];
  if (column === undefined) throw new StoreError('rejected', 0, `the result has no column ${name}`);
  return column;
}

function rowsOf(block: Block, withResource: boolean): LogRows {
  const times = bigints(columnOf(block, 'Timestamp'));
  const streams = bigints(columnOf(block, 'StreamId'));
  const text = (name: string): ((row: number) => string) => textReader(columnOf(block, name));
  return {
    rows: block.rows,
    times: new BigInt64Array(times.buffer, times.byteOffset, block.rows),
    streamIds: new BigUint64Array(streams.buffer, streams.byteOffset, block.rows),
    traceId: text('TraceId'),
    spanId: text('SpanId'),
    requestId: text('RequestId'),
    userId: text('UserId'),
    severity: text('SeverityText'),
    service: text('ServiceName'),
    body: text('Body'),
    attributes: mapReader(columnOf(block, 'LogAttributes')),
    resource: withResource ? mapReader(columnOf(block, 'ResourceAttributes')) : () => [],
  };
}

/** What counts are grouped by besides time. */
export type LogGroupKey =
  | { readonly kind: 'stream' }
  | { readonly kind: 'service' }
  | { readonly kind: 'severity' }
  | { readonly kind: 'field'; readonly field: LogFieldPath };

export interface LogCountRequest {
  /** ns. Bucket i holds the records in (originNs + i·widthNs, originNs + (i+1)·widthNs]. */
  readonly originNs: bigint;
  readonly widthNs: bigint;
  readonly buckets: number;
  readonly predicate: LogPredicate;
  readonly keys: readonly LogGroupKey[];
  /** Also add up the lines' bytes. */
  readonly bytes: boolean;
}

/** Counts by group and bucket; only groups and buckets that have records. */
export interface LogCounts {
  readonly rows: number;
  bucket(row: number): number;
  count(row: number): number;
  bytes(row: number): number;
  /** The stream's id, 0 unless grouped by stream. */
  stream(row: number): bigint;
  severity(row: number): string;
  service(row: number): string;
  /** The value of the i-th field key. */
  field(row: number, index: number): string;
}

/** Throws StoreError. */
export async function* countLogs(
  reader: StoreReader,
  request: LogCountRequest,
  options: QueryOptions,
): AsyncGenerator<LogCounts> {
  const { originNs, widthNs, buckets, keys } = request;
  const endNs = originNs + widthNs * BigInt(buckets) + 1n;
  const fields = keys.flatMap((key) => (key.kind === 'field' ? [key.field] : []));
  const selected: Sql[] = [
    sql`toUInt32(intDiv(toUnixTimestamp64Nano(Timestamp) - ${bind.int64(originNs + 1n)}, ${bind.int64(widthNs)})) AS bucket`,
    keys.some((k) => k.kind === 'stream') ? trusted('StreamId AS stream') : trusted('toUInt64(0) AS stream'),
    keys.some((k) => k.kind === 'severity') ? trusted('toString(SeverityText) AS severity') : trusted("'' AS severity"),
    keys.some((k) => k.kind === 'service') ? trusted('toString(ServiceName) AS service') : trusted("'' AS service"),
    ...fields.map((field, i) => sql`${renderField(field)} AS ${trusted(`field${i}`)}`),
  ];
  const names = ['bucket', 'stream', 'severity', 'service', ...fields.map((_, i) => `field${i}`)];
  const bytes = trusted(request.bytes ? 'sum(length(Body))' : 'toUInt64(0)');
  const statement = sql`SELECT ${join(selected, ', ')}, count() AS lines, ${bytes} AS bytes FROM otel_logs
    WHERE ${timeRange(originNs + 1n, endNs)} AND ${renderPredicate(request.predicate)}
    GROUP BY ${trusted(names.join(', '))}`;
  for await (const block of reader.query(statement, options)) {
    if (block.rows === 0) continue;
    const streams = bigints(columnOf(block, 'stream'));
    const values = fields.map((_, i) => textReader(columnOf(block, `field${i}`)));
    yield {
      rows: block.rows,
      bucket: numberReader(columnOf(block, 'bucket')),
      count: numberReader(columnOf(block, 'lines')),
      bytes: numberReader(columnOf(block, 'bytes')),
      stream: (row) => BigInt.asUintN(64, streams[row] ?? 0n),
      severity: textReader(columnOf(block, 'severity')),
      service: textReader(columnOf(block, 'service')),
      field: (row, index) => values[index]?.(row) ?? '',
    };
  }
}
