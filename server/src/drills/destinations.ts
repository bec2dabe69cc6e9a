import type { DrillRun } from '@trilith/contract';

/** Who is told: the receiver itself; nobody; nobody yet, because drills of before the start are not read; an address instead. */
export type Destination =
  | { readonly to: 'receiver' | 'nobody' | 'later' }
  | { readonly to: 'stub'; readonly url: string };

/**
 * Where notifications of drills go. Known beyond the end of a run and a restart: an attempt may be made again, and an end
 * told, long after.
 */
export interface Destinations {
  know(run: Pick<DrillRun, 'id' | 'receiverUrl'>): void;
  /** Drills of before the start are known now. */
  knowAll(): void;
  /** Of a notification with alerts of these drills and no others. */
  of(drillIds: readonly string[]): Destination;
}

/** @param most drills that are known, the newest */
export function createDestinations(most: number): Destinations {
  const urls = new Map<string, string>();
  let areAllKnown = false;
  return {
    know({ id, receiverUrl }) {
      urls.delete(id);
      urls.set(id, receiverUrl);
      const [oldest] = urls.keys();
      if (urls.size > most && oldest !== undefined) urls.delete(oldest);
    },
    knowAll() {
      areAllKnown = true;
    },
    of(drillIds) {
      const known = drillIds.flatMap((id) => urls.get(id) ?? []);
      // The receiver is told of one of them in any case.
      if (drillIds.length === 0 || known.includes('')) return { to: 'receiver' };
      const [url] = known;
      if (url !== undefined) return { to: 'stub', url };
      return { to: areAllKnown ? 'nobody' : 'later' };
    },
  };
}
