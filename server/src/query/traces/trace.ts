import { type QueryOptions, readSpans, type StoredSpan, type StoreReader } from '../../store/index.ts';
import type { RecentSpans, RecentTrace } from '../recent_spans/recent_spans.ts';
import { turnOf } from '../turn.ts';
import { rangeOfTraces } from './trace_range.ts';

/** Spans of a trace that are read at most; beyond it the trace is cut and says so. */
export const MAX_TRACE_SPANS = 100_000;

export interface TraceStore {
  readonly reader: StoreReader;
  readonly query: QueryOptions;
  /** What came in last, where this process hears of all of it. */
  readonly recent?: RecentSpans;
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
  const { byTrace } = await collectSpans(store, [traceId], MAX_TRACE_SPANS + 1, signal);
  const spans = byTrace.get(traceId) ?? [];
  return { traceId, spans: spans.slice(0, MAX_TRACE_SPANS), truncated: spans.length > MAX_TRACE_SPANS };
}

/** Spans of several traces by trace, oldest first; a span that was sent twice counts once. Throws StoreError. */
export async function spansOfTraces(
  store: TraceStore,
  traceIds: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, StoredSpan[]>> {
  return (await collectSpans(store, traceIds, MAX_TRACE_SPANS, signal)).byTrace;
}

/** The same, of the store no more than `most` spans; undefined when several traces have as many. Throws StoreError. */
export async function allSpansOfTraces(
  store: TraceStore,
  traceIds: readonly string[],
  most: number,
  signal?: AbortSignal,
): Promise<Map<string, StoredSpan[]> | undefined> {
  const { byTrace, stored } = await collectSpans(store, traceIds, most, signal);
  return stored < most || traceIds.length === 1 ? byTrace : undefined;
}

/** What memory has of traces, and what the store has of those that memory may not have all of: `stored` rows. */
async function collectSpans(
  store: TraceStore,
  traceIds: readonly string[],
  limit: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly byTrace: Map<string, StoredSpan[]>; readonly stored: number }> {
  const options = signal === undefined ? store.query : { ...store.query, signal };
  const turn = turnOf(signal);
  // Memory first: what it lets go of meanwhile is in the store.
  const recent: RecentTrace[] = [];
  const asked: string[] = [];
  for (const id of traceIds) {
    if (turn.due()) await turn.pause();
    const found = store.recent?.traces([id]).get(id);
    if (found !== undefined) recent.push(found);
    if (store.recent?.hasAll !== true && found?.isWhole !== true) asked.push(id);
  }
  const byTrace = new Map<string, StoredSpan[]>();
  const add = (span: StoredSpan): void => {
    const spans = byTrace.get(span.traceId);
    if (spans === undefined) byTrace.set(span.traceId, [span]);
    else spans.push(span);
  };
  let stored = 0;
  if (asked.length > 0) {
    const range = await rangeOfTraces(store, asked, options);
    for await (const span of readSpans(store.reader, asked, range, limit, options)) {
      stored++;
      add(span);
    }
  }
  for (const { spans } of recent) for (const span of spans) add(span);
  for (const [id, spans] of byTrace) {
    if (turn.due()) await turn.pause();
    byTrace.set(id, uniqueSpans(spans));
  }
  // Of a large trace what follows takes long, too.
  if (turn.due()) await turn.pause();
  return { byTrace, stored };
}

/** Oldest first; of spans that are the same one, the longest of those that began first. */
export function uniqueSpans<T extends SpanOrder>(spans: T[]): T[] {
  const seen = new Set<string>();
  return spans.sort(bySpanOrder).filter((span) => {
    // Both sides of a call may share an id (B3), so the kind tells spans apart too.
    const key = span.spanId + span.kind;
    return seen.size < seen.add(key).size;
  });
}

type SpanOrder = Pick<StoredSpan, 'startNs' | 'spanId' | 'kind' | 'durationNs'>;

function bySpanOrder(a: SpanOrder, b: SpanOrder): number {
  if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1;
  if (a.spanId !== b.spanId) return a.spanId < b.spanId ? -1 : 1;
  if (a.kind !== b.kind) return a.kind < b.kind ? -1 : 1;
  return Number(b.durationNs - a.durationNs);
}
