import type { Section } from '../../model/section.ts';
import { encodeBlock } from '../native/encode.ts';
import { bind, sql, trusted } from '../sql.ts';
import { TABLES } from '../tables.ts';
import { TRACE_ID_OF_RECORD } from '../trace_places.ts';
import type { QueryOptions, StoreReader } from '../types.ts';

const COLUMNS = TABLES.otel_logs.slice(0, -1).map(([name]) => name);
/** The trace id has another name than the column, which it is made of. */
const NAMES = COLUMNS.map((name) => (name === 'TraceId' ? 'TraceOfRecord' : name));
const READ = COLUMNS.map((name) => (name === 'TraceId' ? `${TRACE_ID_OF_RECORD} AS TraceOfRecord` : name));

/**
 * The latest records before a time, as the sections they may have come in: in order of time, those of one time by their
 * stream and then as they came. Of the earliest time among so many there may be more. Throws StoreError.
 * @param mostRows of a section
 */
export async function* readLogSectionsBefore(
  reader: StoreReader,
  request: { readonly beforeNs: bigint; readonly most: number; readonly mostRows: number },
  options: QueryOptions,
): AsyncGenerator<Section> {
  const columns = trusted(NAMES.join(', '));
  // The inner order is the table's own, so no more than so many records are read.
  const statement = sql`SELECT ${columns} FROM (SELECT ${trusted(READ.join(', '))}, batch_id, _part_offset AS place FROM otel_logs
      WHERE Timestamp < ${bind.timeNs(request.beforeNs)}
      ORDER BY toStartOfFiveMinutes(Timestamp) DESC, Timestamp DESC LIMIT ${bind.uint64(request.most)})
    ORDER BY Timestamp, StreamId, batch_id, place`;
  const unbounded = { maxResultBytes: 0, maxResultRows: 0, maxRowsToRead: Number.MAX_SAFE_INTEGER };
  for await (const { rows, columns: data } of reader.query(statement, {
    ...options,
    ...unbounded,
    maxThreads: 1,
    maxBlockRows: request.mostRows,
  }))
    if (rows > 0)
      yield {
        table: 'otel_logs',
        partition: 0,
        rows,
        block: encodeBlock(TABLES.otel_logs, data, rows, { omitLast: true }),
      };
}
