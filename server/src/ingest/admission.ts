import type { IngestLimits } from './limits.ts';

interface Bucket {
  tokens: number;
  filledMs: number;
}

/**
 * Per-tenant ingest rate as a token bucket: `bytesPerSecond` sustained, `burstSeconds` of it at once. Bursts are smoothed
 * for a minute before anyone is refused, because Prometheus drops what is answered with 429.
 */
export class Admission {
  readonly #limits: Pick<IngestLimits, 'bytesPerSecond' | 'burstSeconds'>;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limits: Pick<IngestLimits, 'bytesPerSecond' | 'burstSeconds'>) {
    this.#limits = limits;
  }

  /**
   * Takes `bytes` from the tenant's bucket. Returns 0 when they may come in, else after how many seconds to try again.
   * A body larger than a whole bucket is let in when the bucket is full, else it could never come in.
   * @param nowMs a monotonic clock
   */
  admit(tenant: string, bytes: number, nowMs: number): number {
    const { bytesPerSecond, burstSeconds } = this.#limits;
    const capacity = bytesPerSecond * burstSeconds;
    let bucket = this.#buckets.get(tenant);
    if (bucket === undefined) {
      bucket = { tokens: capacity, filledMs: nowMs };
      this.#buckets.set(tenant, bucket);
    }
    const elapsed = Math.max(0, nowMs - bucket.filledMs) / 1000;
    bucket.tokens = Math.min(capacity, bucket.tokens + elapsed * bytesPerSecond);
    bucket.filledMs = nowMs;
    const needed = Math.min(bytes, capacity);
    if (bucket.tokens < needed) return Math.max(1, Math.ceil((needed - bucket.tokens) / bytesPerSecond));
    bucket.tokens -= bytes;
    return 0;
  }

  /** Forgets tenants whose bucket has been full for a while; call now and then. */
  sweep(nowMs: number): void {
    const full = this.#limits.burstSeconds * 2000;
    for (const [tenant, bucket] of this.#buckets) if (nowMs - bucket.filledMs > full) this.#buckets.delete(tenant);
  }
}
