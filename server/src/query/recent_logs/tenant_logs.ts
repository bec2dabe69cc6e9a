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
}

export function createTenantLogs(options: TenantLogsOptions): TenantLogs {
  const { reader, database } = options;
  const recent = new RecentLogs(options);
  const attachment = createAttachment(recent, {
    ...options,
    readNewestNs: () => readNewestNs(reader, 'otel_logs', { database }),
    fill: (isWanted) => fillBackwards({ ...options, recent, isWanted }),
  });
  return { recent, ...attachment };
}
