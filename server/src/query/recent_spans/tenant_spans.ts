import { readNewestNs, type StoreReader } from '../../store/index.ts';
import { type Attachment, createAttachment } from '../recent/attachment.ts';
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
  const { reader, database } = options;
  const recent = new RecentSpans(options.budgetBytes, options.nowMs);
  const readNewest = (): Promise<bigint | undefined> => readNewestNs(reader, 'otel_traces', { database });
  return { recent, ...createAttachment(recent, { ...options, readNewestNs: readNewest }) };
}
