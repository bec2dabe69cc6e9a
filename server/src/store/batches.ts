import type { TableName } from '../model/section.ts';
import { bind, identifier, sql } from './sql.ts';
import type { StoreWriter } from './types.ts';

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
