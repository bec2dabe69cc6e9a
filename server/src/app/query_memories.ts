import type { Section, TableName } from '../model/section.ts';
import type { Attachment, RecentMemory } from '../query/index.ts';
import type { QueryNotice } from './query_messages.ts';

/** What came in last of one signal of a tenant. */
interface TenantMemory<T> extends Attachment {
  readonly recent: T;
}

interface QueryMemoriesOptions<T> {
  readonly table: TableName;
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

/** Keeps the memories of all tenants within one budget, shared evenly. */
export function createQueryMemories<T extends RecentMemory & { append(section: Section, cameMs: number): void }>({
  table,
  what,
  make,
  budgetBytes,
  onError,
}: QueryMemoriesOptions<T>): QueryMemories<T> {
  const tenants = new Map<string, TenantMemory<T>>();
  const share = (): number => budgetBytes / tenants.size;
  let attached = false;
  let forced = 0;

  const of = (tenant: string): TenantMemory<T> => {
    const known = tenants.get(tenant);
    if (known !== undefined) return known;
    const made = make(tenant, share);
    tenants.set(tenant, made);
    // Nothing was acknowledged for a tenant nobody has heard of.
    if (attached) void made.attach();
    return made;
  };
  /** What memory could not hold until the store had it is not seen for a while: that is said. */
  const reportForced = (): void => {
    let count = 0;
    for (const { recent } of tenants.values()) count += recent.forcedEvictions;
    if (count > forced) onError(new Error(`${count - forced} requests' ${what} were let go before the store had them`));
    forced = count;
  };

  return {
    of: (tenant) => of(tenant).recent,
    receive(notice) {
      switch (notice.kind) {
        case 'sections':
          for (const section of notice.sections)
            if (section.table === table) of(notice.tenant).recent.append(section, notice.atMs);
          return;
        case 'loaded':
          for (const { recent } of tenants.values()) recent.loadedBefore(notice.beforeMs);
          reportForced();
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
