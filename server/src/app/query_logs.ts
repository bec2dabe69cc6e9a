import { createTenantLogs, type RecentLogs } from '../query/index.ts';
import type { StoreReader } from '../store/index.ts';
import { createQueryMemories, type QueryMemories } from './query_memories.ts';
import { LOG_TABLES } from './recent_samples.ts';

export interface QueryLogsOptions {
  readonly budgetBytes: number;
  readonly reader: StoreReader;
  readonly onError: (error: unknown) => void;
}

/** The recent log records of all tenants, in the query worker. */
export function createQueryLogs({ budgetBytes, reader, onError }: QueryLogsOptions): QueryMemories<RecentLogs> {
  return createQueryMemories({
    tables: LOG_TABLES,
    what: 'log records',
    make: (database, share) => createTenantLogs({ reader, database, budgetBytes: share, nowMs: Date.now, onError }),
    budgetBytes,
    onError,
  });
}
