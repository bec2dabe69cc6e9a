import { identifier, sql } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { columnOf } from './logs.ts';
import { bigints, numberReader } from './text_columns.ts';

/** The time of the latest record of a table, ns since the epoch; undefined when it has none. Throws StoreError. */
export async function readNewestNs(
  reader: StoreReader,
  table: 'otel_logs' | 'otel_traces',
  options: QueryOptions,
): Promise<bigint | undefined> {
  const { blocks } = await reader.collect(
    sql`SELECT toUnixTimestamp64Nano(max(Timestamp)) AS newest, count() AS records FROM ${identifier(table)}`,
    options,
  );
  const block = blocks.find(({ rows }) => rows > 0);
  if (block === undefined || numberReader(columnOf(block, 'records'))(0) === 0) return undefined;
  return bigints(columnOf(block, 'newest'))[0];
}
