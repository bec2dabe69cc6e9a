import type { ServiceRow } from '@trilith/contract';

export interface ServiceSort {
  readonly by: 'name' | 'requestRate' | 'errorRatio' | 'p50Ms' | 'p95Ms' | 'logErrors' | 'lastSeenMs';
  readonly down: boolean;
}

/** Services in the chosen order; those without the figure come last either way, equals by name. */
export function sortServices(services: readonly ServiceRow[], { by, down }: ServiceSort): readonly ServiceRow[] {
  const sign = down ? -1 : 1;
  return services.toSorted((a, b) => {
    if (by === 'name') return sign * a.name.localeCompare(b.name);
    const left = a[by];
    const right = b[by];
    if (left === right) return a.name.localeCompare(b.name);
    if (left === null) return 1;
    if (right === null) return -1;
    return sign * (left - right);
  });
}
