import * as contract from '@trilith/contract';
import { getJson } from './http.ts';

/** Everything known around a trace, or around one of its spans. */
export function fetchTraceContext(
  traceId: string,
  spanId: string | null,
  signal?: AbortSignal,
): Promise<contract.TraceContextAnswer> {
  const path = `/api/traces/${encodeURIComponent(traceId)}/everything`;
  return getJson(path, { span: spanId }, contract.traceContextAnswer, signal);
}
