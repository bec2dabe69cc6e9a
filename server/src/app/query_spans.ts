import { createTenantSpans, type RecentSpans, type TenantSpans } from '../query/index.ts';
import type { StoreReader } from '../store/index.ts';
import type { QueryNotice } from './query_messages.ts';

export interface QuerySpansOptions {
  readonly budgetBytes: number;
  readonly reader: StoreReader;
  readonly onError: (error: unknown) => void;
}

/** The recent spans of all tenants, in the query worker. */
export interface QuerySpans {
  of(tenant: string): RecentSpans;
  receive(notice: QueryNotice): void;
}

/** Keeps the recent spans of all tenants within one budget, shared evenly. */
export function createQuerySpans({ budgetBytes, reader, onError }: QuerySpansOptions): QuerySpans {
  const tenants = new Map<string, TenantSpans>();
  const share = (): number => budgetBytes / tenants.size;
  let attached = false;
  let forced = 0;

  const of = (tenant: string): TenantSpans => {
    const known = tenants.get(tenant);
    if (known !== undefined) return known;
    const made = createTenantSpans({ reader, database: tenant, budgetBytes: share, nowMs: Date.now, onError });
    tenants.set(tenant, made);
    // Nothing was acknowledged for a tenant nobody has heard of.
    if (attached) void made.attach();
    return made;
  };
  /** Spans that memory could not hold until the store had them are not seen for a while: that is said. */
  const reportForced = (): void => {
    let count = 0;
    for (const { recent } of tenants.values()) count += recent.forcedEvictions;
    if (count > forced) onError(new Error(`${count - forced} requests' spans were let go before the store had them`));
    forced = count;
  };

  return {
    of: (tenant) => of(tenant).recent,
    receive(notice) {
      switch (notice.kind) {
        case 'sections':
          for (const section of notice.sections)
            if (section.table === 'otel_traces') of(notice.tenant).recent.append(section, notice.atMs);
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
