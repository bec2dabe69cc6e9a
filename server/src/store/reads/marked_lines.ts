import { bind, join, type Sql, sql, trusted } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { type LogPredicate, renderPredicate } from './log_predicate.ts';
import { columnOf, timeRange } from './logs.ts';
import { MINUTE, MINUTE_NS, onDays } from './minutes.ts';
import { numberReader, textReader } from './text_columns.ts';

/** With more marked lines than this repetitions among them are not looked for: it would take more memory than a query has. */
export const MOST_MARKED = 2_000_000;
/** Minutes, and services, that are named in a statement; when there are more, all are looked at. */
const MOST_NAMED = 3_000;
const DAY_NS = 86_400_000_000_000n;
/** The key has seconds of 32 bits. */
const END_OF_KEY_NS = 4_294_967_296_000_000_000n;
const MINUTES_OF_KEY = 5n;
const MINUTE_S = 60n;

/** Which lines are asked about. */
export interface AskedLines {
  /** ns, half open. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly predicate: LogPredicate;
}

export function renderAsked({ startNs, endNs, predicate }: AskedLines): Sql {
  return sql`${timeRange(startNs, endNs)} AND ${renderPredicate(predicate)}`;
}

/**
 * A condition that holds for all lines of the minutes and services that have lines marked `MayRepeat`: few when a sender came late
 * or sent again now and then; undefined when no line is. The projection `minutes` answers it, whatever is asked about the
 * lines. Throws StoreError.
 */
export async function nearMarked(
  reader: StoreReader,
  { startNs, endNs }: AskedLines,
  options: QueryOptions,
): Promise<Sql | undefined> {
  // Division rounds towards zero, so that minutes around the epoch are not told apart.
  if (startNs < DAY_NS || endNs >= END_OF_KEY_NS) return trusted('1');
  const first = startNs / MINUTE_NS;
  const last = endNs / MINUTE_NS;
  const statement = sql`SELECT minute, toString(ServiceName) AS service FROM (
      SELECT ${MINUTE} AS minute, ServiceName FROM otel_logs
      WHERE ${MINUTE} >= ${bind.int64(first)} AND ${MINUTE} <= ${bind.int64(last)}${onDays(first, last)} AND MayRepeat = 1
      GROUP BY minute, ServiceName)`;
  const minutes = new Set<bigint>();
  const services = new Set<string>();
  for await (const block of reader.query(statement, options)) {
    if (block.rows === 0) continue;
    const minute = numberReader(columnOf(block, 'minute'));
    const service = textReader(columnOf(block, 'service'));
    for (let row = 0; row < block.rows; row++) {
      minutes.add(BigInt(minute(row)));
      services.add(service(row));
    }
  }
  if (minutes.size === 0) return undefined;
  const parts: Sql[] = [];
  if (minutes.size <= MOST_NAMED) {
    const keys = new Set([...minutes].map((minute) => (minute - (minute % MINUTES_OF_KEY)) * MINUTE_S));
    parts.push(
      sql`toUnixTimestamp(toStartOfFiveMinutes(Timestamp)) IN ${bind.uint64s([...keys])}`,
      sql`${MINUTE} IN ${bind.uint64s([...minutes])}`,
    );
  }
  if (services.size <= MOST_NAMED) parts.push(sql`ServiceName IN ${bind.strings([...services])}`);
  return parts.length === 0 ? trusted('1') : join(parts, ' AND ');
}

/**
 * A subquery with one row for each set of equal lines (stream, time, body, structured metadata) that are all marked: what
 * is left to count when those that are not marked have been. What decides without the line itself goes first, so that
 * bodies are read near marked lines only.
 * @param near what {@link nearMarked} returned
 */
export function renderMarkedOnce(
  asked: AskedLines,
  near: Sql,
  columns: readonly (readonly [name: string, expression: Sql])[],
): Sql {
  const where = renderAsked(asked);
  const once = trusted(columns.map(([name]) => `any(${name}_) AS ${name}`).join(', '));
  const inner = columns.map(([name, expression]) => sql`${expression} AS ${trusted(`${name}_`)}`);
  return sql`(SELECT ${once} FROM (
      SELECT ${join(inner, ', ')}, StreamId, Timestamp, cityHash64(Body, LogAttributes) AS hash, MayRepeat
      FROM otel_logs PREWHERE ${near} AND (StreamId, Timestamp) GLOBAL IN (
        SELECT StreamId, Timestamp FROM otel_logs PREWHERE ${near} AND MayRepeat = 1 WHERE ${where})
      WHERE ${where})
    GROUP BY StreamId, Timestamp, hash HAVING min(MayRepeat) = 1)`;
}
