import { bind, join, type Sql, sql, trusted } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { type LogColumn, type LogFieldPath, type LogPredicate, renderField, renderPredicate } from './log_predicate.ts';
import { columnOf, timeRange } from './logs.ts';
import { bigints, numberReader, textReader } from './text_columns.ts';

export interface LogValueRequest {
  /** ns, half open. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly predicate: LogPredicate;
  /** A column, or a field by its label name; null groups by stream alone. */
  readonly value: LogColumn | LogFieldPath | null;
  /** Tell values apart by stream too, for names that some streams have as a label. */
  readonly byStream: boolean;
  /** Groups to return, the most frequent first. */
  readonly limit: number;
}

export interface LogValueRow {
  readonly value: string;
  /** 0 unless told apart by stream. */
  readonly streamId: bigint;
  readonly lines: number;
}

export interface LogValues {
  readonly rows: readonly LogValueRow[];
  /** All groups, and the lines in them, whatever the limit says. */
  readonly groups: number;
  readonly lines: number;
}

/** With more marked lines than this repetitions are counted too: telling them apart would take too much memory. */
const MOST_MARKED = 2_000_000;

/**
 * How many lines have each value of a field. Lines that may be repetitions of others (`MayRepeat`) are told apart by
 * stream, time, body and structured metadata, so that each counts once. Throws StoreError.
 */
export async function countLogValues(
  reader: StoreReader,
  request: LogValueRequest,
  options: QueryOptions,
): Promise<LogValues> {
  const where = sql`${timeRange(request.startNs, request.endNs)} AND ${renderPredicate(request.predicate)}`;
  let marked = 0;
  for await (const block of reader.query(
    sql`SELECT countIf(MayRepeat = 1) AS marked FROM otel_logs WHERE ${where}`,
    options,
  ))
    if (block.rows > 0) marked += numberReader(columnOf(block, 'marked'))(0);
  const lines = trusted(
    marked > 0 && marked <= MOST_MARKED ? 'uniqExact(StreamId, Timestamp, cityHash64(Body, LogAttributes))' : 'count()',
  );
  const keys = [
    sql`${renderValue(request.value)} AS value`,
    trusted(request.byStream ? 'StreamId AS stream' : 'toUInt64(0) AS stream'),
  ];
  const statement = sql`SELECT value, stream, lines, count() OVER () AS groups, sum(lines) OVER () AS total FROM (
      SELECT ${join(keys, ', ')}, ${lines} AS lines FROM otel_logs WHERE ${where} GROUP BY value, stream)
    ORDER BY lines DESC, value LIMIT ${bind.uint64(request.limit)}`;
  const rows: LogValueRow[] = [];
  let groups = 0;
  let total = 0;
  for await (const block of reader.query(statement, options)) {
    if (block.rows === 0) continue;
    const value = textReader(columnOf(block, 'value'));
    const streams = bigints(columnOf(block, 'stream'));
    const count = numberReader(columnOf(block, 'lines'));
    groups = numberReader(columnOf(block, 'groups'))(0);
    total = numberReader(columnOf(block, 'total'))(0);
    for (let row = 0; row < block.rows; row++)
      rows.push({ value: value(row), streamId: BigInt.asUintN(64, streams[row] ?? 0n), lines: count(row) });
  }
  return { rows, groups, lines: total };
}

function renderValue(value: LogValueRequest['value']): Sql {
  if (value === null) return trusted("''");
  return typeof value === 'string' ? trusted(`toString(${value})`) : renderField(value);
}
