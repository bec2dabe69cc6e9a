/** Our own API of one trace: its shape, and what is asked for when it is wanted. */
import * as contract from '@trilith/contract';
import type { Range } from '../time/range.ts';
import { getJson } from './http.ts';

function of(traceId: string): string {
  return `/api/traces/${encodeURIComponent(traceId)}`;
}

export function fetchTraceColumns(traceId: string, signal?: AbortSignal): Promise<contract.TraceColumnsAnswer> {
  return getJson(`${of(traceId)}/columns`, {}, contract.traceColumnsAnswer, signal);
}

export function fetchTraceAttributes(traceId: string, signal?: AbortSignal): Promise<contract.TraceAttributesAnswer> {
  return getJson(`${of(traceId)}/attributes`, {}, contract.traceAttributesAnswer, signal);
}

/** Log lines that carry the trace id, within the trace's range. */
export function fetchTraceLogs(traceId: string, range: Range, signal?: AbortSignal): Promise<contract.TraceLogsAnswer> {
  const { fromMs, toMs } = range;
  return getJson(`${of(traceId)}/logs`, { from: fromMs, to: toMs }, contract.traceLogsAnswer, signal);
}

export function fetchTraceUsual(traceId: string, signal?: AbortSignal): Promise<contract.TraceUsualAnswer> {
  return getJson(`${of(traceId)}/usual`, {}, contract.traceUsualAnswer, signal);
}

/** The address of a span, for this page and for other programs. */
export function spanPath(traceId: string, spanId: string): string {
  return `${of(traceId)}/spans/${encodeURIComponent(spanId)}`;
}

/** One span whole; the kind tells which side of a call is meant where both share an id. */
export function fetchSpan(
  traceId: string,
  spanId: string,
  kind: string,
  signal?: AbortSignal,
): Promise<contract.SpanAnswer> {
  return getJson(spanPath(traceId, spanId), { kind }, contract.spanAnswer, signal);
}
