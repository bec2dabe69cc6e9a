import { createTenantSpans, type RecentSpans } from '../query/index.ts';
import type { StoreReader } from '../store/index.ts';
import { createQueryMemories, type QueryMemories } from './query_memories.ts';
import { SPAN_TABLES } from './recent_samples.ts';

export interface QuerySpansOptions {
  readonly budgetBytes: number;
  readonly reader: StoreReader;
  readonly onError: (error: unknown) => void;
}

/** The recent spans of all tenants, in the query worker. */
export type QuerySpans = QueryMemories<RecentSpans>;

export function createQuerySpans({ budgetBytes, reader, onError }: QuerySpansOptions): QuerySpans {
  return createQueryMemories({
    tables: SPAN_TABLES,
    what: 'spans',
    make: (database, share) => createTenantSpans({ reader, database, budgetBytes: share, nowMs: Date.now, onError }),
    budgetBytes,
    onError,
  });
}
