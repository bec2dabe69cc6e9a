/** No place became free in time, or too many are waiting already; the answer is 503 with Retry-After. */
export class QueryQueueFull extends Error {
  override readonly name = 'QueryQueueFull';
}

export interface QueryQueueLimits {
  readonly atOnce: number;
  readonly atOncePerTenant: number;
  readonly waiting: number;
  readonly waitMs: number;
}

interface Waiter {
  readonly tenant: string;
  readonly start: () => void;
}

/**
 * Bounds how many queries run at once, in all and per tenant; the rest wait in order, not longer than `waitMs`. One whose
 * signal is aborted before it runs does not run.
 */
export interface QueryQueue {
  run<T>(tenant: string, signal: AbortSignal, query: () => Promise<T>): Promise<T>;
  readonly running: number;
  readonly waiting: number;
}

function abandoned(signal: AbortSignal): Error {
  return new Error('cancelled while waiting', { cause: signal.reason });
}

export function createQueryQueue(limits: QueryQueueLimits): QueryQueue {
  const byTenant = new Map<string, number>();
  const waiters: Waiter[] = [];
  let running = 0;
  const fits = (tenant: string): boolean =>
    running < limits.atOnce && (byTenant.get(tenant) ?? 0) < limits.atOncePerTenant;
  const take = (tenant: string): void => {
    running++;
    byTenant.set(tenant, (byTenant.get(tenant) ?? 0) + 1);
  };
  const release = (tenant: string): void => {
    running--;
    const left = (byTenant.get(tenant) ?? 1) - 1;
    if (left === 0) byTenant.delete(tenant);
    else byTenant.set(tenant, left);
    const next = waiters.findIndex((waiter) => fits(waiter.tenant));
    if (next >= 0) waiters.splice(next, 1)[0]?.start();
  };
  const wait = (tenant: string, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const leave = (error: Error): void => {
        const at = waiters.indexOf(waiter);
        if (at >= 0) waiters.splice(at, 1);
        clearTimeout(timer);
        signal.removeEventListener('abort', aborted);
        reject(error);
      };
      const aborted = (): void => leave(abandoned(signal));
      const timer = setTimeout(
        () => leave(new QueryQueueFull(`no place for another query within ${limits.waitMs / 1000} s`)),
        limits.waitMs,
      );
      const waiter: Waiter = {
        tenant,
        start: () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', aborted);
          take(tenant);
          resolve();
        },
      };
      signal.addEventListener('abort', aborted, { once: true });
      waiters.push(waiter);
    });
  return {
    async run(tenant, signal, query) {
      if (signal.aborted) throw abandoned(signal);
      if (fits(tenant)) take(tenant);
      else if (waiters.length >= limits.waiting)
        throw new QueryQueueFull(`${limits.waiting} queries are waiting already`);
      else await wait(tenant, signal);
      try {
        return await query();
      } finally {
        release(tenant);
      }
    },
    get running() {
      return running;
    },
    get waiting() {
      return waiters.length;
    },
  };
}
