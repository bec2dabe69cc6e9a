import {
  type NsRange,
  type QueryOptions,
  readSpanSeries,
  readSpanStretches,
  type SpanPredicate,
  type SpanSeriesRequest,
  type SpanSeriesRow,
} from '../../store/index.ts';
import { countRecentSpans, recentSpanStretches } from '../recent_spans/count_spans.ts';
import { rangeParts } from './range_parts.ts';
import type { TraceStore } from './trace.ts';

/** Counts of spans by stretches of time: from memory of what it has all of, from the store of what began before. */

type Stretched = Pick<SpanSeriesRequest, 'originNs' | 'widthNs' | 'stretches' | 'predicate'>;

/** Counts and sums by stretch and fields; a group may have several rows of one stretch. Throws StoreError. */
export async function spanSeries(
  store: TraceStore,
  request: SpanSeriesRequest,
  options: QueryOptions,
): Promise<readonly SpanSeriesRow[]> {
  const { recent, stored } = rangeParts(store, rangeOf(request));
  const rows =
    recent === undefined ? [] : await countRecentSpans(recent.slices, request, recent.startNs, options.signal);
  if (stored === undefined) return rows;
  return [...(await readSpanSeries(store.reader, within(request, stored), options)), ...rows];
}

/** The stretches in which a span satisfies a predicate, in no order. Throws StoreError. */
export async function spanStretches(
  store: TraceStore,
  request: Stretched,
  options: QueryOptions,
): Promise<readonly number[]> {
  const { recent, stored } = rangeParts(store, rangeOf(request));
  const found =
    recent === undefined ? [] : await recentSpanStretches(recent.slices, request, recent.startNs, options.signal);
  if (stored === undefined) return found;
  return [...new Set([...(await readSpanStretches(store.reader, within(request, stored), options)), ...found])];
}

function rangeOf({ originNs, widthNs, stretches }: Stretched): NsRange {
  return { startNs: originNs + 1n, endNs: originNs + widthNs * BigInt(stretches) + 1n };
}

/** A request as far as a range goes that begins with it. */
function within<T extends Stretched>(request: T, range: NsRange): T {
  const { originNs, widthNs, stretches, predicate } = request;
  if (range.endNs >= rangeOf(request).endNs) return request;
  const below: SpanPredicate = { kind: 'within', ...range };
  return {
    ...request,
    stretches: Math.min(stretches, Number((range.endNs - originNs - 2n) / widthNs) + 1),
    predicate: { kind: 'and', parts: [below, predicate] },
  };
}
