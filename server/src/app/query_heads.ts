import { setImmediate as nextTurn } from 'node:timers/promises';
import { createTenantHead, type TenantHead } from '../query/index.ts';
import type { StoreReader } from '../store/index.ts';
import type { QueryNotice, RecentSamplesData } from './query_messages.ts';

export interface QueryHeadsOptions {
  readonly data: RecentSamplesData;
  readonly reader: StoreReader;
  readonly onError: (error: unknown) => void;
}

/** The heads of all tenants, in the query worker. */
export interface QueryHeads {
  of(tenant: string): TenantHead;
  receive(notice: QueryNotice): void;
}

/** How long a turn of bringing samples to rest may hold the thread, ms. */
const TURN_MS = 3;

/** Keeps the heads of all tenants within one budget, shared evenly. */
export function createQueryHeads({ data, reader, onError }: QueryHeadsOptions): QueryHeads {
  const heads = new Map<string, TenantHead>();
  let attached = false;
  let resting = false;

  const of = (tenant: string): TenantHead => {
    const known = heads.get(tenant);
    if (known !== undefined) return known;
    const made = createTenantHead({ reader, database: tenant, budgetBytes: data.budgetBytes, onError });
    heads.set(tenant, made);
    for (const { head } of heads.values()) head.budgetBytes = data.budgetBytes / heads.size;
    // Nothing was acknowledged for a tenant nobody has heard of.
    if (attached) void made.attach();
    return made;
  };

  let forced = 0;
  /** Samples that memory could not hold until the store had them are not seen for a while: that is said. */
  const reportForced = (): void => {
    let count = 0;
    for (const { head } of heads.values()) count += head.forcedEvictions;
    if (count > forced) onError(new Error(`${count - forced} stretches were let go before the store had them`));
    forced = count;
  };

  const rest = async (): Promise<void> => {
    if (resting) return;
    resting = true;
    try {
      for (const { head } of heads.values()) {
        for (let done = false; !done; ) {
          const until = performance.now() + TURN_MS;
          done = head.rest(() => performance.now() > until);
          await nextTurn();
        }
      }
    } finally {
      resting = false;
    }
  };

  return {
    of,
    receive(notice) {
      switch (notice.kind) {
        case 'sections':
          of(notice.tenant).take(notice.sections, notice.atMs);
          return;
        case 'loaded':
          for (const head of heads.values()) head.loadedBefore(notice.beforeMs);
          reportForced();
          void rest();
          return;
        case 'attach':
          attached = true;
          for (const head of heads.values()) void head.attach();
          return;
        case 'reset':
          attached = false;
          for (const head of heads.values()) head.reset();
      }
    },
  };
}
