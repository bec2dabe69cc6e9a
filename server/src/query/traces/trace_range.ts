import { type QueryOptions, readTraceRanges, type StoreReader, type TraceRange } from '../../store/index.ts';
import type { RecentSpans } from '../recent_spans/recent_spans.ts';

/**
 * The stretch of time that holds all that the store has of some traces, and what none of their spans has. Undefined where
 * one of them has no row in the table of ranges. Throws StoreError.
 */
export async function rangeOfTraces(
  { reader, recent }: { readonly reader: StoreReader; readonly recent?: RecentSpans },
  traceIds: readonly string[],
  options: QueryOptions,
): Promise<TraceRange | undefined> {
  const nowMs = Date.now();
  const asked = recent?.asking(nowMs);
  const ranges: TraceRange[] = [];
  const unknown: string[] = [];
  for (const id of new Set(traceIds)) {
    const known = recent?.rangeOf(id, nowMs);
    if (known === undefined) unknown.push(id);
    else ranges.push(known);
  }
  if (unknown.length > 0) {
    for (const [id, range] of await readTraceRanges(reader, unknown, options)) {
      if (asked !== undefined) recent?.noteRange(id, range, asked);
      ranges.push(range);
      unknown.splice(unknown.indexOf(id), 1);
    }
  }
  const [first, ...others] = ranges;
  if (unknown.length > 0 || first === undefined) return undefined;
  let { startNs, endNs, lacks } = first;
  for (const range of others) {
    if (range.startNs < startNs) startNs = range.startNs;
    if (range.endNs > endNs) endNs = range.endNs;
    lacks &= range.lacks;
  }
  return { startNs, endNs, lacks };
}
