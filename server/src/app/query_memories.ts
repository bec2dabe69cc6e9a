import type { Section, TableName } from '../model/section.ts';
import type { Attachment, RecentMemory } from '../query/index.ts';
import type { QueryNotice } from './query_messages.ts';

/** What came in last of one signal of a tenant. */
interface TenantMemory<T> extends Attachment {
  readonly recent: T;
}

interface QueryMemoriesOptions<T> {
  readonly tables: ReadonlySet<TableName>;
  /** What is kept, for people. */
  readonly what: string;
  /** @param budgetBytes the tenant's share of the memory */
  readonly make: (tenant: string, budgetBytes: () => number) => TenantMemory<T>;
  /** For all tenants. */
  readonly budgetBytes: number;
  readonly onError: (error: unknown) => void;
}

/** What came in last of one signal, of all tenants, in the query worker. */
export interface QueryMemories<T> {
  of(tenant: string): T;
  receive(notice: QueryNotice): void;
}

/** When nothing was let go for so long, what comes next is another episode. */
const EPISODE_MS = 60_000;

/** Keeps the memories of all tenants within one budget, shared evenly. */
export function createQueryMemories<T extends RecentMemory & { append(section: Section, cameMs: number): void }>({
  tables,
  what,
  make,
  budgetBytes,
  onError,
}: QueryMemoriesOptions<T>): QueryMemories<T> {
  const tenants = new Map<string, TenantMemory<T>>();
  const share = (): number => budgetBytes / tenants.size;
  let attached = false;
  const episode = { forced: 0, told: 0, lastMs: Number.NEGATIVE_INFINITY };

  const of = (tenant: string): TenantMemory<T> => {
    const known = tenants.get(tenant);
    if (known !== undefined) return known;
    const made = make(tenant, share);
    tenants.set(tenant, made);
    // Nothing was acknowledged for a tenant nobody has heard of.
    if (attached) void made.attach();
    return made;
  };
  /** What memory could not hold until the store had it is not seen for a while: that is said once, and at the end how much. */
  const reportForced = (nowMs: number): void => {
    let forced = 0;
    for (const { recent } of tenants.values()) forced += recent.forcedEvictions;
    const isOver = nowMs - episode.lastMs > EPISODE_MS;
    if (forced > episode.forced) {
      if (isOver) {
        onError(new Error(`${forced - episode.told} blocks of ${what} were let go before the store had them`));
        episode.told = forced;
      }
      episode.lastMs = nowMs;
      episode.forced = forced;
    } else if (isOver && forced > episode.told) {
      onError(new Error(`${forced - episode.told} more blocks of ${what} were let go before the store had them`));
      episode.told = forced;
    }
  };

  return {
    of: (tenant) => of(tenant).recent,
    receive(notice) {
      switch (notice.kind) {
        case 'sections':
          for (const section of notice.sections)
            if (tables.has(section.table)) of(notice.tenant).recent.append(section, notice.atMs);
          return;
        case 'loaded':
          for (const { recent } of tenants.values()) recent.loadedBefore(notice.beforeMs);
          reportForced(notice.beforeMs);
          return;
        case 'attach':
          attached = true;
          for (const tenant of tenants.values()) void tenant.attach();
          return;
        case 'reset':
          attached = false;
          for (const tenant of tenants.values()) tenant.reset();
      }
    },
  };
}
