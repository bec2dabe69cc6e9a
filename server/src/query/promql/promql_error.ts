/**
 * Why a query has no result. The kinds are those of Prometheus' HTTP API: `execution` (422), `bad_data` (400),
 * `timeout` (503), `canceled` (499 or 503), `unavailable` (503: the store cannot be asked now).
 */
export class PromqlError extends Error {
  override readonly name = 'PromqlError';
  readonly kind: 'bad_data' | 'execution' | 'timeout' | 'canceled' | 'unavailable';
  constructor(kind: PromqlError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Upstream's ErrTooManySamples. */
export const TOO_MANY_SAMPLES = 'query processing would load too many samples into memory in query execution';

export const tooManySamples = (): PromqlError => new PromqlError('execution', TOO_MANY_SAMPLES);
