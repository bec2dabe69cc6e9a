import type { TableName } from '../model/section.ts';
import type { Day } from '../model/units.ts';
import { readRows } from './rows.ts';
import { bind, identifier, type Sql, sql } from './sql.ts';
import type { StoreReader } from './types.ts';

/** A part the engine set aside because it could not read it; its rows are missing until they are fed again. */
export interface DetachedPart {
  readonly database: string;
  readonly table: string;
  /** `YYYYMMDD`, or `all` for tables without partitions; empty when the engine could not tell. */
  readonly partition: string;
  readonly part: string;
  readonly reason: string;
  readonly bytes: number;
}

/** Reasons that are somebody's wish or the engine's tidiness, not damage. */
const HARMLESS_REASONS = [
  '',
  'ignored',
  'attaching',
  'deleting',
  'clone',
  'covered-by-broken',
  'merge-not-byte-identical',
];

/** Parts lost to damage, to be looked at after every start: the engine itself goes on without a word. Throws StoreError. */
export async function detachedParts(reader: StoreReader): Promise<readonly DetachedPart[]> {
  const { blocks } = await reader.collect(
    sql`SELECT database, table, ifNull(partition_id, ''), name, ifNull(reason, ''), bytes_on_disk
      FROM system.detached_parts WHERE NOT has(${bind.strings(HARMLESS_REASONS)}, ifNull(reason, ''))
      ORDER BY database, table, name`,
    { database: 'system' },
  );
  return readRows(blocks).map(([database, table, partition, part, reason, bytes]) => ({
    database: String(database),
    table: String(table),
    partition: String(partition),
    part: String(part),
    reason: String(reason),
    bytes: Number(bytes),
  }));
}

/**
 * How many rows of a batch are stored in one partition: 0 or all of them, unless a part was lost. On a cluster all
 * shards are asked. Throws StoreError.
 * @param partition the UTC day of the rows, 0 for tables without partitions
 */
export async function countByBatch(
  reader: StoreReader,
  database: string,
  table: TableName,
  partition: Day | 0,
  batchId: bigint,
): Promise<number> {
  return (await countByBatches(reader, database, table, partition, [batchId])).get(batchId) ?? 0;
}

/**
 * The same for many batches at once: one pass over the partition's `batch_id` column, whose cost is per part (measured:
 * 0.2 ms a part), not per batch. Batches without a row are left out.
 */
export async function countByBatches(
  reader: StoreReader,
  database: string,
  table: TableName,
  partition: Day | 0,
  batchIds: readonly bigint[],
): Promise<ReadonlyMap<bigint, number>> {
  const inPartition: Sql = partition === 0 ? sql`` : sql` AND _partition_id = ${bind.string(String(partition))}`;
  const { blocks } = await reader.collect(
    sql`SELECT batch_id, count() FROM ${identifier(table)}
      WHERE batch_id IN ${bind.uint64s(batchIds)}${inPartition} GROUP BY batch_id`,
    { database, maxRowsToRead: 0, maxSeconds: 300 },
  );
  return new Map(readRows(blocks).map(([batch, rows]) => [BigInt(String(batch)), Number(rows)]));
}
