import {
  readMatchingSpans,
  readTraceRange,
  readTraceShape,
  type SpanShape,
  type StoredSpan,
} from '../../store/index.ts';
import { MAX_TRACE_SPANS, type TraceStore, uniqueSpans } from './trace.ts';

/** A whole trace without attributes. */
export interface TraceShape {
  readonly traceId: string;
  /** Oldest first; each span once. Empty when nothing has the id. */
  readonly spans: readonly SpanShape[];
  readonly truncated: boolean;
}

/** The shape of a trace, no time range needed. Throws StoreError. */
export async function traceShape(store: TraceStore, traceId: string, signal?: AbortSignal): Promise<TraceShape> {
  const options = signal === undefined ? store.query : { ...store.query, signal };
  // Memory first: what it lets go of meanwhile is in the store.
  const recent = store.recent?.traces([traceId]).get(traceId);
  const found: SpanShape[] = recent === undefined ? [] : [...recent.spans];
  if (recent?.isWhole !== true) {
    const range = await readTraceRange(store.reader, [traceId], options);
    for (const span of await readTraceShape(store.reader, traceId, range, MAX_TRACE_SPANS + 1, options))
      found.push(span);
  }
  const spans = uniqueSpans(found);
  return { traceId, spans: spans.slice(0, MAX_TRACE_SPANS), truncated: spans.length > MAX_TRACE_SPANS };
}

/** The spans of one id: none, one, or both sides of a call that share it. Throws StoreError. */
export async function spansOfId(
  store: TraceStore,
  traceId: string,
  spanId: string,
  signal?: AbortSignal,
): Promise<readonly StoredSpan[]> {
  const options = signal === undefined ? store.query : { ...store.query, signal };
  const recent =
    store.recent
      ?.traces([traceId])
      .get(traceId)
      ?.spans.filter((span) => span.spanId === spanId) ?? [];
  if (recent.length > 0) return uniqueSpans(recent);
  const range = await readTraceRange(store.reader, [traceId], options);
  if (range === undefined) return [];
  const is = (column: 'TraceId' | 'SpanId', value: string) =>
    ({ kind: 'column', column, test: { kind: 'in', values: [value] } }) as const;
  const predicate = { kind: 'and', parts: [is('TraceId', traceId), is('SpanId', spanId)] } as const;
  const spans: StoredSpan[] = [];
  const request = { ...range, predicate, limit: 2, eventsAndLinks: true };
  for await (const span of readMatchingSpans(store.reader, request, options)) spans.push(span);
  return spans;
}
