import { readNewestNs, type StoreReader } from '../../store/index.ts';
import { type Attachment, createAttachment } from '../recent/attachment.ts';
import { fillBackwards } from './fill.ts';
import { RecentLogs } from './recent_logs.ts';

export interface TenantLogsOptions {
  /** Not charged to any request. */
  readonly reader: StoreReader;
  readonly database: string;
  readonly budgetBytes: () => number;
  /** Wall clock, ms. */
  readonly nowMs: () => number;
  /** Called with what went wrong while reading from the store; the store is asked again. */
  readonly onError: (error: unknown) => void;
}

/** The recent log records of a tenant and how they begin. */
export interface TenantLogs extends Attachment {
  readonly recent: RecentLogs;
  /** Ends when memory was filled from the store, as far as it may be, since it was attached last. */
  readonly filled: Promise<void>;
}

export function createTenantLogs(options: TenantLogsOptions): TenantLogs {
  const { reader, database } = options;
  const recent = new RecentLogs(options);
  const readNewest = (): Promise<bigint | undefined> => readNewestNs(reader, 'otel_logs', { database });
  const attachment = createAttachment(recent, { ...options, readNewestNs: readNewest });
  let generation = 0;
  let filled = Promise.resolve();
  return {
    recent,
    get filled() {
      return filled;
    },
    async attach() {
      const mine = ++generation;
      await attachment.attach();
      if (mine === generation) filled = fillBackwards({ ...options, recent, isWanted: () => mine === generation });
    },
    reset() {
      generation++;
      attachment.reset();
    },
  };
}
