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

/** Makes the database of a tenant, or brings it to this version's schema, once however many ask for it. */
export type TenantDatabases = (tenant: string) => Promise<void>;

export function createTenantDatabases(store: () => Store | undefined): TenantDatabases {
  const made = new Map<string, Promise<void>>();
  return async (tenant) => {
    let making = made.get(tenant);
    if (making === undefined) {
      making = opened(store).ensureDatabase(tenant);
      made.set(tenant, making);
      // A failure is not remembered: who asks next tries again.
      making.catch(() => made.delete(tenant));
    }
    await making;
  };
}

function opened(store: () => Store | undefined): Store {
  const current = store();
  if (current === undefined) throw new StoreError('unavailable', 0, 'the store is starting');
  return current;
}

/**
 * The store as the loader sees it. While the engine has not come up yet every call is `unavailable`, so receivers go on
 * acknowledging into the log (only the look at lost parts waits for it); databases of new tenants are made on their first insert.
 */
export function createBatchStore(
  store: () => Store | undefined,
  database: TenantDatabases,
  whenOpened: Promise<void>,
): BatchStore {
  return {
    async insert(key, blocks, signal) {
      const { tenant, table, batchId } = key;
      await database(tenant);
      const names = TABLES[table].map(([name]) => name);
      const chunks = blocks.flatMap(({ rows, block }) => [block, batchIdTail(rows, BigInt(batchId))]);
      await opened(store).writer.insert(table, names, chunks, { database: tenant, signal, queryId: insertId(key) });
    },
    async counts(unit, batchIds) {
      const { tenant, table, partition } = unit;
      await database(tenant);
      if (await isRunning(opened(store).writer, insertPrefix(unit))) {
        throw new StoreError('unavailable', 0, 'an earlier INSERT into the partition is still running');
      }
      const ids = batchIds.map(BigInt);
      const counts = await countByBatches(opened(store).writer, tenant, table, partition as Day | 0, ids);
      return new Map([...counts].map(([id, rows]) => [Number(id), rows]));
    },
    async remove({ tenant, table, batchId }, signal) {
      await database(tenant);
      await removeBatch(opened(store).writer, tenant, table, BigInt(batchId), signal);
    },
    async detachedParts() {
      await whenOpened;
      const parts = await detachedParts(opened(store).writer);
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
