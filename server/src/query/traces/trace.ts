import {
  type NsRange,
  type QueryOptions,
  readSpans,
  readTraceRange,
  type StoredSpan,
  type StoreReader,
} from '../../store/index.ts';

/** Spans of a trace that are read at most; beyond it the trace is cut and says so. */
const MAX_TRACE_SPANS = 100_000;

export interface TraceStore {
  readonly reader: StoreReader;
  readonly query: QueryOptions;
}

export interface Trace {
  readonly traceId: string;
  /** Oldest first; each span once. Empty when nothing has the id. */
  readonly spans: readonly StoredSpan[];
  readonly truncated: boolean;
}

/** A trace id as stored: 32 lower-case hex digits; shorter ones are padded. Undefined when it is none. */
export function canonicalTraceId(text: string): string | undefined {
  const id = text.trim().toLowerCase();
  return /^[0-9a-f]{1,32}$/.test(id) ? id.padStart(32, '0') : undefined;
}

/** A whole trace, no time range needed. Throws StoreError. */
export async function traceById(store: TraceStore, traceId: string, signal?: AbortSignal): Promise<Trace> {
  const options = signal === undefined ? store.query : { ...store.query, signal };
  const range = await readTraceRange(store.reader, [traceId], options);
  const spans = await collectSpans(store, [traceId], range, MAX_TRACE_SPANS + 1, options);
  return { traceId, spans: spans.slice(0, MAX_TRACE_SPANS), truncated: spans.length > MAX_TRACE_SPANS };
}

/** Spans of several traces by trace; a span that was stored twice (trace, span) counts once. */
export async function spansOfTraces(
  store: TraceStore,
  traceIds: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, StoredSpan[]>> {
  const options = signal === undefined ? store.query : { ...store.query, signal };
  const byTrace = new Map<string, StoredSpan[]>();
  if (traceIds.length === 0) return byTrace;
  const range = await readTraceRange(store.reader, traceIds, options);
  for (const span of await collectSpans(store, traceIds, range, MAX_TRACE_SPANS, options)) {
    const spans = byTrace.get(span.traceId) ?? [];
    spans.push(span);
    byTrace.set(span.traceId, spans);
  }
  return byTrace;
}

async function collectSpans(
  store: TraceStore,
  traceIds: readonly string[],
  range: NsRange | undefined,
  limit: number,
  options: QueryOptions,
): Promise<StoredSpan[]> {
  const spans: StoredSpan[] = [];
  const seen = new Set<string>();
  for await (const span of readSpans(store.reader, traceIds, range, limit, options)) {
    // Both sides of a call may share an id (B3), so the kind tells spans apart too.
    const key = span.traceId + span.spanId + span.kind;
    if (seen.has(key)) continue;
    seen.add(key);
    spans.push(span);
  }
  return spans;
}
