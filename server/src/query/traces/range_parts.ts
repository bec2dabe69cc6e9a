import type { NsRange } from '../../store/index.ts';
import { later } from '../recent_spans/kept_slice.ts';
import type { SpanSlice } from '../recent_spans/span_slice.ts';
import type { TraceStore } from './trace.ts';

/** Who has the spans of a range: memory from its floor on, all that were acknowledged; the store those that began before. */
export interface RangeParts {
  readonly recent: RecentPart | undefined;
  readonly stored: NsRange | undefined;
}

export interface RecentPart extends NsRange {
  readonly slices: readonly SpanSlice[];
}

/** To be read before the store is asked: what memory lets go of meanwhile began before `recent` does. */
export function rangeParts({ recent }: TraceStore, range: NsRange): RangeParts {
  const floorNs = recent?.floorNs;
  if (recent === undefined || floorNs === undefined || floorNs >= range.endNs)
    return { recent: undefined, stored: range };
  const { startNs, endNs } = range;
  const above = { startNs: later(floorNs, startNs), endNs };
  return {
    recent: { ...above, slices: recent.slices(above) },
    stored: floorNs > startNs ? { startNs, endNs: floorNs } : undefined,
  };
}

/** The spans of a range where memory has all of them. */
export function wholeInMemory(store: TraceStore, range: NsRange): RecentPart | undefined {
  const { recent, stored } = rangeParts(store, range);
  return stored === undefined ? recent : undefined;
}
