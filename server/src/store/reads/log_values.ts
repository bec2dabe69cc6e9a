import { bind, join, type Sql, sql, trusted } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { type LogColumn, type LogFieldPath, type LogPredicate, renderColumn, renderField } from './log_predicate.ts';
import { columnOf } from './logs.ts';
import { MOST_MARKED, nearMarked, renderAsked, renderMarkedOnce } from './marked_lines.ts';
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

/**
 * How many lines have each value of a field. Lines that may be repetitions of others (`MayRepeat`) are told apart by
 * stream, time, body and structured metadata, so that each counts once. Throws StoreError.
 */
export async function countLogValues(
  reader: StoreReader,
  request: LogValueRequest,
  options: QueryOptions,
): Promise<LogValues> {
  const where = renderAsked(request);
  const keys = [
    ['value', renderValue(request.value)],
    ['stream', trusted(request.byStream ? 'StreamId' : 'toUInt64(0)')],
  ] as const;
  const selected = join(
    keys.map(([name, expression]) => sql`${expression} AS ${trusted(name)}`),
    ', ',
  );
  const near = await nearMarked(reader, request, options);
  const marked = near === undefined ? 0 : await countMarked(reader, request, near, options);
  const counts = (condition: string): Sql =>
    sql`SELECT ${selected}, count() AS counted FROM otel_logs WHERE ${where}${trusted(condition)} GROUP BY value, stream`;
  const counted =
    near === undefined || marked === 0 || marked > MOST_MARKED
      ? [counts('')]
      : [
          counts(' AND MayRepeat = 0'),
          sql`SELECT value, stream, count() AS counted FROM ${renderMarkedOnce(request, near, keys)} GROUP BY value, stream`,
        ];
  const statement = sql`SELECT value, stream, sum(counted) AS lines, count() OVER () AS groups, sum(lines) OVER () AS total FROM (
      ${join(counted, ' UNION ALL ')})
    GROUP BY value, stream ORDER BY lines DESC, value LIMIT ${bind.uint64(request.limit)}`;
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

async function countMarked(
  reader: StoreReader,
  request: LogValueRequest,
  near: Sql,
  options: QueryOptions,
): Promise<number> {
  const statement = sql`SELECT count() AS marked FROM otel_logs PREWHERE ${near} AND MayRepeat = 1 WHERE ${renderAsked(request)}`;
  let marked = 0;
  for await (const block of reader.query(statement, options))
    if (block.rows > 0) marked += numberReader(columnOf(block, 'marked'))(0);
  return marked;
}

function renderValue(value: LogValueRequest['value']): Sql {
  if (value === null) return trusted("''");
  return typeof value === 'string' ? sql`toString(${renderColumn(value)})` : renderField(value);
}
