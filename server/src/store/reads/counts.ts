import { readCount } from '../rows.ts';
import { bind, identifier, type Sql, sql } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';

/** How many records of each signal a range holds; retried records that were stored twice count twice. */
export interface RecordCounts {
  readonly samples: number;
  readonly logs: number;
  readonly spans: number;
}

/** Counts by the time of the records, ms since the epoch, half open. Throws StoreError. */
export async function countRecords(
  reader: StoreReader,
  fromMs: number,
  toMs: number,
  options: QueryOptions,
): Promise<RecordCounts> {
  const count = async (table: string, column: string): Promise<number> => {
    const time: Sql = identifier(column);
    const statement = sql`SELECT count() FROM ${identifier(table)} WHERE ${time} >= ${bind.timeMs(fromMs)} AND ${time} < ${bind.timeMs(toMs)}`;
    const { blocks } = await reader.collect(statement, { ...options, maxRowsToRead: 0 });
    return readCount(blocks);
  };
  const [samples, logs, spans] = await Promise.all([
    count('samples', 'ts'),
    count('otel_logs', 'Timestamp'),
    count('otel_traces', 'Timestamp'),
  ]);
  return { samples, logs, spans };
}
