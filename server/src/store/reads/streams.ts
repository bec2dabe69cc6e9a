import type { Labels } from '../../model/labels.ts';
import { bind, type Sql, sql } from '../sql.ts';
import { type QueryOptions, StoreError, type StoreReader } from '../types.ts';
import { mapReader, numberReader } from './text_columns.ts';

/** Rows of `log_streams`, one a stream, in the shape an index is fed with. */
export interface LogStreamRows {
  readonly rows: number;
  /** UInt64 ids as word pairs, low first. */
  readonly ids: Uint32Array;
  /** UTC days since the epoch. */
  readonly firstDays: Uint16Array;
  readonly lastDays: Uint16Array;
  /** ms since the epoch. */
  readonly created: Float64Array;
  labels(row: number): Labels;
}

/** Streams written at or after a time (ms since the epoch), block by block. Throws StoreError. */
export function readLogStreams(
  reader: StoreReader,
  sinceMs: number,
  options: QueryOptions,
): AsyncGenerator<LogStreamRows> {
  return readStreams(reader, sql`created >= ${bind.timeMs(sinceMs)}`, options);
}

/** The streams of these ids that are stored, block by block. Throws StoreError. */
export function readLogStreamsById(
  reader: StoreReader,
  ids: readonly bigint[],
  options: QueryOptions,
): AsyncGenerator<LogStreamRows> {
  return readStreams(reader, sql`id IN ${bind.uint64s(ids)}`, options);
}

async function* readStreams(reader: StoreReader, which: Sql, options: QueryOptions): AsyncGenerator<LogStreamRows> {
  const statement = sql`SELECT id, toUInt16(min(day)) AS first, toUInt16(max(day)) AS last,
    toFloat64(toUnixTimestamp64Milli(max(created))) AS newest, any(labels) AS l
    FROM log_streams WHERE ${which} GROUP BY id`;
  for await (const block of reader.query(statement, options)) {
    const [id, first, last, created, labels] = block.columns;
    if (id?.kind !== 'number' || !first || !last || !created || !labels)
      throw new StoreError('rejected', 0, 'unexpected columns');
    const ids = new Uint32Array(block.rows * 2);
    ids.set(new Uint32Array(id.values.buffer, id.values.byteOffset, block.rows * 2));
    const firstDay = numberReader(first);
    const lastDay = numberReader(last);
    const newest = numberReader(created);
    yield {
      rows: block.rows,
      ids,
      firstDays: Uint16Array.from({ length: block.rows }, (_, i) => firstDay(i)),
      lastDays: Uint16Array.from({ length: block.rows }, (_, i) => lastDay(i)),
      created: Float64Array.from({ length: block.rows }, (_, i) => newest(i)),
      labels: mapReader(labels),
    };
  }
}
