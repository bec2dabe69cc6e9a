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
  /** Ends when memory was filled from the store, as far as it may be, since it was attached last. */
  readonly filled: Promise<void>;
}

export function createTenantSpans(options: TenantSpansOptions): TenantSpans {
  const { reader, database, nowMs } = options;
  const recent = new RecentSpans(options.budgetBytes, nowMs);
  let generation = 0;
  let oldestNs = 0n;
  let filled = Promise.resolve();
  const readNewestNs = async (): Promise<bigint | undefined> => {
    const times = await readSpanTimes(reader, { database });
    oldestNs = times?.oldestNs ?? 0n;
    return times?.newestNs;
  };
  const attachment = createAttachment(recent, { ...options, readNewestNs });
  return {
    recent,
    get filled() {
      return filled;
    },
    async attach() {
      const mine = ++generation;
      await attachment.attach();
      if (mine !== generation) return;
      filled = fillBackwards({ ...options, recent, oldestNs, isWanted: () => mine === generation });
      await filled;
    },
    reset() {
      generation++;
      attachment.reset();
    },
  };
}
