import type { TableName } from '../model/section.ts';
import { readCount } from './rows.ts';
import { bind, identifier, sql } from './sql.ts';
import type { StoreReader, StoreWriter } from './types.ts';

/**
 * Removes every row of a batch for good, so that it can be inserted again whole; needed only after a part of a batch was
 * lost to damage. Waits for the rewrite of the parts. Throws StoreError.
 */
export async function removeBatch(
  writer: StoreWriter,
  database: string,
  table: TableName,
  batchId: bigint,
  signal?: AbortSignal,
): Promise<void> {
  await writer.command(
    sql`DELETE FROM ${identifier(table)} WHERE batch_id = ${bind.uint64(batchId)} SETTINGS lightweight_deletes_sync = 2`,
    {
      database,
      maxSeconds: 600,
      ...(signal === undefined ? {} : { signal }),
    },
  );
}

/**
 * Whether a statement whose id starts so is running: an INSERT whose connection broke goes on in the engine, and may
 * commit after a count that did not see it. Throws StoreError.
 */
export async function isRunning(reader: StoreReader, idPrefix: string): Promise<boolean> {
  const { blocks } = await reader.collect(
    sql`SELECT count() FROM system.processes WHERE startsWith(query_id, ${bind.string(idPrefix)})`,
    { database: 'system' },
  );
  return readCount(blocks) > 0;
}
