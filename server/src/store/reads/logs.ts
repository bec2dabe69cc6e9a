import type { Block, Column } from '../native/columns.ts';
import { bind, type Sql, sql, trusted } from '../sql.ts';
import { traceIdReader } from '../trace_places.ts';
import { type QueryOptions, StoreError, type StoreReader } from '../types.ts';
import { type LogPredicate, renderPredicate } from './log_predicate.ts';
import { bigints, mapReader, textReader } from './text_columns.ts';

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
  /** Records of one time come in order of their stream's id (a {@link LogPosition} says where a reader is), then of arrival. */
  readonly byStream?: boolean;
  /** Only records behind this position in the asked direction; needs `byStream`. */
  readonly after?: LogPosition;
}

/** A place among records in order of time and stream: every record of the stream at that time is before it. */
export interface LogPosition {
  /** ns since the epoch. */
  readonly timeNs: bigint;
  readonly streamId: bigint;
}

/**
 * Time goes first and by the table's own key, so that rows come in order without a sort: the five-minute bucket is the
 * key's first column, and within a bucket only that bucket is sorted.
 */
export function timeRange(startNs: bigint, endNs: bigint): Sql {
  return sql`Timestamp >= ${bind.timeNs(startNs)} AND Timestamp < ${bind.timeNs(endNs)}`;
}

/** Blocks are looked at one by one and let go, so the bound on a result held in memory does not apply. */
const MAX_STREAMED_BYTES = 16 * 1024 ** 3;

/**
 * Several threads read several stretches at once and each goes on until it finds something: the first hundred lines with a
 * frequent word take ten times as long as with one thread.
 */
export const READ_FIRST_FEW: Pick<QueryOptions, 'maxThreads'> = { maxThreads: 1 };

/** Records in order of time, block by block. Throws StoreError. */
export async function* readLogs(
  reader: StoreReader,
  request: LogReadRequest,
  options: QueryOptions,
): AsyncGenerator<LogRows> {
  const ascending = request.direction === 'forward';
  const order = trusted(ascending ? 'ASC' : 'DESC');
  const resource = trusted(request.withResource ? ', ResourceAttributes' : '');
  const limit = request.limit === undefined ? trusted('') : sql` LIMIT ${bind.uint64(request.limit)}`;
  // A batch is one part, and merges keep the order of rows with equal keys: offsets tell what came first.
  const byStream = trusted(
    request.byStream === true
      ? ['StreamId', 'batch_id', '_part_offset'].map((key) => `, ${key} ${ascending ? 'ASC' : 'DESC'}`).join('')
      : '',
  );
  const statement = sql`SELECT Timestamp, StreamId, TraceId, SpanId, RequestId, UserId, SeverityText, ServiceName, Body,
    LogAttributes${resource} FROM otel_logs
    WHERE ${timeRange(request.startNs, request.endNs)} AND ${renderPredicate(request.predicate)}${behind(request)}
    ORDER BY toStartOfFiveMinutes(Timestamp) ${order}, Timestamp ${order}${byStream}${limit}`;
  const threads = request.limit === undefined ? {} : READ_FIRST_FEW;
  const streamed = { ...options, ...threads, maxResultBytes: MAX_STREAMED_BYTES };
  for await (const block of reader.query(statement, streamed))
    if (block.rows > 0) yield logRows(block, request.withResource);
}

/** The condition of a position: its time narrows what is read, its stream decides among the records of that time. */
function behind({ after, direction }: LogReadRequest): Sql {
  if (after === undefined) return trusted('');
  const time = bind.timeNs(after.timeNs);
  const stream = bind.uint64(after.streamId);
  return direction === 'forward'
    ? sql` AND Timestamp >= ${time} AND (Timestamp > ${time} OR StreamId > ${stream})`
    : sql` AND Timestamp <= ${time} AND (Timestamp < ${time} OR StreamId < ${stream})`;
}

/** The column of a name. @throws StoreError when the result has none, a defect of ours */
export function columnOf(block: Block, name: string): Column {
  const column = block.columns[block.names.indexOf(name)];
  if (column === undefined) throw new StoreError('rejected', 0, `the result has no column ${name}`);
  return column;
}

/** Rows of a block that has the columns of `readLogs`, among others maybe. */
export function logRows(block: Block, withResource: boolean): LogRows {
  const times = bigints(columnOf(block, 'Timestamp'));
  const streams = bigints(columnOf(block, 'StreamId'));
  const text = (name: string): ((row: number) => string) => textReader(columnOf(block, name));
  return {
    rows: block.rows,
    times: new BigInt64Array(times.buffer, times.byteOffset, block.rows),
    streamIds: new BigUint64Array(streams.buffer, streams.byteOffset, block.rows),
    traceId: traceIdReader(columnOf(block, 'TraceId'), columnOf(block, 'Body')),
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
