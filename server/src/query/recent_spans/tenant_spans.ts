import { readSpanTimes, type StoreReader } from '../../store/index.ts';
import { type Attachment, createAttachment } from '../recent/attachment.ts';
import { fillBackwards } from './fill.ts';
import { RecentSpans } from './recent_spans.ts';

export interface TenantSpansOptions {
  /** Not charged to any request. */
  readonly reader: StoreReader;
  readonly database: string;
  readonly budgetBytes: () => number;
  /** Wall clock, ms. */
  readonly nowMs: () => number;
  /** Called with what went wrong while reading from the store; the store is asked again. */
  readonly onError: (error: unknown) => void;
  /** First pause after the store failed, ms. */
  readonly retryMs?: number;
}

/** The recent spans of a tenant and how they begin. */
export interface TenantSpans extends Attachment {
  readonly recent: RecentSpans;
}

export function createTenantSpans(options: TenantSpansOptions): TenantSpans {
  const { reader, database, nowMs } = options;
  const recent = new RecentSpans(options.budgetBytes, nowMs);
  let oldestNs = 0n;
  const attachment = createAttachment(recent, {
    ...options,
    async readNewestNs() {
      const times = await readSpanTimes(reader, { database });
      oldestNs = times?.oldestNs ?? 0n;
      return times?.newestNs;
    },
    fill: (isWanted) => fillBackwards({ ...options, recent, oldestNs, isWanted }),
  });
  return { recent, ...attachment };
}
