import { readMatchingSpans, readTraceShape, SpanShapes, type StoredSpan } from '../../store/index.ts';
import { MAX_TRACE_SPANS, type TraceStore, uniqueSpans } from './trace.ts';
import { rangeOfTraces } from './trace_range.ts';

/**
 * The shape of a trace, no time range needed: at most MAX_TRACE_SPANS and one, so that a longer one is known for it. What
 * was sent twice may be there twice. Throws StoreError.
 */
export async function traceShape(store: TraceStore, traceId: string, signal?: AbortSignal): Promise<SpanShapes> {
  const options = signal === undefined ? store.query : { ...store.query, signal };
  const shapes = new SpanShapes();
  // Memory first: what it lets go of meanwhile is in the store.
  if (store.recent?.addShapes(shapes, traceId) === true) return shapes;
  const range = await rangeOfTraces(store, [traceId], options);
  await readTraceShape(store.reader, shapes, { traceId, range, limit: MAX_TRACE_SPANS + 1 }, options);
  return shapes;
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
  const range = await rangeOfTraces(store, [traceId], options);
  if (range === undefined) return [];
  const is = (column: 'TraceId' | 'SpanId', value: string) =>
    ({ kind: 'column', column, test: { kind: 'in', values: [value] } }) as const;
  const predicate = { kind: 'and', parts: [is('TraceId', traceId), is('SpanId', spanId)] } as const;
  const spans: StoredSpan[] = [];
  const request = { ...range, predicate, limit: 2, eventsAndLinks: true };
  for await (const span of readMatchingSpans(store.reader, request, options)) spans.push(span);
  return spans;
}
