import type { TraceContextAnswer } from '@trilith/contract';
import { fetchTraceContext } from '../data/traceContext.ts';
import { type Answer, useAnswer } from '../states/useAnswer.ts';

/** Everything known around a trace (span null) or one of its spans. */
export function useTraceContext(traceId: string, spanId: string | null): Answer<TraceContextAnswer> {
  return useAnswer({
    subject: ['trace-context', traceId, spanId],
    at: [],
    ask: (signal) => fetchTraceContext(traceId, spanId, signal),
  });
}
