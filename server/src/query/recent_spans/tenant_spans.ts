import { readNewestSpanNs, type StoreReader } from '../../store/index.ts';
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

/** The recent spans of a tenant and how they begin: everything that was acknowledged before is in the store by then. */
export interface TenantSpans {
  readonly recent: RecentSpans;
  attach(): Promise<void>;
  /** Forgets everything until it is attached again. */
  reset(): void;
}

const DEFAULT_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

export function createTenantSpans(options: TenantSpansOptions): TenantSpans {
  const recent = new RecentSpans(options.budgetBytes);
  let generation = 0;
  return {
    recent,
    async attach() {
      const mine = ++generation;
      const sinceMs = options.nowMs();
      for (let pause = options.retryMs ?? DEFAULT_RETRY_MS; mine === generation; pause *= 2) {
        try {
          const newestNs = await readNewestSpanNs(options.reader, { database: options.database });
          if (mine === generation) recent.attach(sinceMs, newestNs);
          return;
        } catch (error) {
          if (mine !== generation) return;
          options.onError(error);
          await new Promise((resolve) => setTimeout(resolve, Math.min(pause, LONGEST_RETRY_MS)).unref());
        }
      }
    },
    reset() {
      generation++;
      recent.reset();
    },
  };
}
