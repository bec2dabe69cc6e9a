import type { IngestSource } from '@trilith/contract';

export type ArrivalState = 'rejecting' | 'flowing' | 'quiet';

const recentMs = 120_000;

/** Rejecting when something was turned away in the last two minutes, flowing when something arrived in them, else quiet. */
export function arrivalState(source: IngestSource, nowMs: number): ArrivalState {
  const recent = (ms: number | null): boolean => ms !== null && nowMs - ms < recentMs;
  if (source.rejected.some((one) => recent(one.lastMs))) return 'rejecting';
  return recent(source.lastSeenMs) ? 'flowing' : 'quiet';
}

const order: Readonly<Record<ArrivalState, number>> = { rejecting: 0, flowing: 1, quiet: 2 };

/** What needs a look first, then the busiest. */
export function sortArrivals(sources: readonly IngestSource[], nowMs: number): readonly IngestSource[] {
  return sources.toSorted(
    (a, b) =>
      order[arrivalState(a, nowMs)] - order[arrivalState(b, nowMs)] ||
      b.perSecond - a.perSecond ||
      a.source.localeCompare(b.source) ||
      a.door.localeCompare(b.door),
  );
}
