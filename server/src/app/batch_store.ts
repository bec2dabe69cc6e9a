import type { BatchKey, BatchStore } from '../ingest/index.ts';
import type { Day } from '../model/units.ts';
import {
  batchIdTail,
  countByBatches,
  detachedParts,
  isRunning,
  removeBatch,
  type Store,
  StoreError,
  TABLES,
} from '../store/index.ts';

/**
 * The store as the loader sees it. While the engine has not come up yet every call is `unavailable`, so receivers go on
 * acknowledging into the log (only the look at lost parts waits for it); databases of tenants are made on their first insert.
 */
export function createBatchStore(store: () => Store | undefined, whenOpened: Promise<void>): BatchStore {
  const ready = new Map<string, Promise<void>>();
  const opened = (): Store => {
    const current = store();
    if (current === undefined) throw new StoreError('unavailable', 0, 'the store is starting');
    return current;
  };
  const database = async (tenant: string): Promise<void> => {
    let made = ready.get(tenant);
    if (made === undefined) {
      made = opened().ensureDatabase(tenant);
      ready.set(tenant, made);
      // A failure is not remembered: the next insert tries again.
      made.catch(() => ready.delete(tenant));
    }
    await made;
  };
  return {
    async insert(key, blocks, signal) {
      const { tenant, table, batchId } = key;
      await database(tenant);
      const names = TABLES[table].map(([name]) => name);
      const chunks = blocks.flatMap(({ rows, block }) => [block, batchIdTail(rows, BigInt(batchId))]);
      await opened().writer.insert(table, names, chunks, { database: tenant, signal, queryId: insertId(key) });
    },
    async counts(unit, batchIds) {
      const { tenant, table, partition } = unit;
      await database(tenant);
      if (await isRunning(opened().writer, insertPrefix(unit))) {
        throw new StoreError('unavailable', 0, 'an earlier INSERT into the partition is still running');
      }
      const ids = batchIds.map(BigInt);
      const counts = await countByBatches(opened().writer, tenant, table, partition as Day | 0, ids);
      return new Map([...counts].map(([id, rows]) => [Number(id), rows]));
    },
    async remove({ tenant, table, batchId }, signal) {
      await database(tenant);
      await removeBatch(opened().writer, tenant, table, BigInt(batchId), signal);
    },
    async detachedParts() {
      await whenOpened;
      const parts = await detachedParts(opened().writer);
      return parts.map(({ database: tenant, table, partition, part, reason }) => ({
        tenant,
        table,
        partition,
        name: part,
        reason,
      }));
    },
  };
}

function insertPrefix({ tenant, table, partition }: Omit<BatchKey, 'batchId'>): string {
  return `trilith-${tenant}-${table}-${partition}-`;
}

/** The same for every attempt, also of an earlier run of the program. */
function insertId(key: BatchKey): string {
  return `${insertPrefix(key)}${key.batchId}`;
}
