import type { TraceAnswer, TraceLogsAnswer } from '@trilith/contract';
import type { HttpRequest, Route } from '../../base/http.ts';
import { canonicalTraceId, logsOfTrace, type Trace, traceById } from '../../query/index.ts';
import type { QueryRouteOptions } from './engines.ts';
import { recordAnswer } from './logs.ts';
import { answering, RequestError, timeRange } from './respond.ts';
import { recordOf, spanAnswerOf } from './span_answer.ts';

const NS_PER_MS = 1_000_000n;
/** Log records may carry a trace id a little before its first or after its last span. */
const LOG_MARGIN_NS = 60_000_000_000n;

/** Whole traces with their log lines. */
export function traceRoutes({ enginesOf, costOf }: QueryRouteOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/traces/:id',
      handler: answering(async (request, notes) => {
        const traceId = requestedTraceId(request);
        const { traces, logs } = enginesOf(request.tenant);
        const trace = await traceById(traces, traceId, request.signal);
        const range = rangeOf(trace);
        if (range === null) throw new RequestError(404, 'not_found', `no span has the trace id ${traceId}`);
        const { records, more } = await logsOfTrace(logs, traceId, { ...range, signal: request.signal });
        const found = notes();
        if (trace.truncated) found.warnings.push(`Only the first ${trace.spans.length} spans are shown.`);
        return {
          traceId,
          ...spansAnswer(trace),
          logs: records.map(recordAnswer),
          logsMore: more,
          notes: { ...found, partial: trace.truncated },
        } satisfies TraceAnswer;
      }, costOf),
    },
    {
      method: 'GET',
      path: '/api/traces/:id/logs',
      handler: answering(async (request, notes) => {
        const traceId = requestedTraceId(request);
        const { fromMs, toMs } = timeRange(request);
        const range = {
          startNs: BigInt(fromMs) * NS_PER_MS - LOG_MARGIN_NS,
          endNs: BigInt(toMs) * NS_PER_MS + LOG_MARGIN_NS,
        };
        const { logs } = enginesOf(request.tenant);
        const { records, more } = await logsOfTrace(logs, traceId, { ...range, signal: request.signal });
        return { logs: records.map(recordAnswer), more, notes: notes() } satisfies TraceLogsAnswer;
      }, costOf),
    },
  ];
}

/** The trace id of the path, as stored. Throws RequestError. */
export function requestedTraceId(request: HttpRequest): string {
  const traceId = canonicalTraceId(request.params.id ?? '');
  if (traceId === undefined) throw new RequestError(400, 'bad_request', 'a trace id is up to 32 hexadecimal digits');
  return traceId;
}

function rangeOf(trace: Trace): { readonly startNs: bigint; readonly endNs: bigint } | null {
  const [first] = trace.spans;
  if (first === undefined) return null;
  let startNs = first.startNs;
  let endNs = first.startNs;
  for (const span of trace.spans) {
    if (span.startNs < startNs) startNs = span.startNs;
    const end = span.startNs + span.durationNs;
    if (end > endNs) endNs = end;
  }
  return { startNs: startNs - LOG_MARGIN_NS, endNs: endNs + LOG_MARGIN_NS };
}

/** Spans with their resources named by index: a resource is shared by many spans. */
function spansAnswer(trace: Trace): Pick<TraceAnswer, 'spans' | 'resources'> {
  const resources: Record<string, string>[] = [];
  const known = new Map<string, number>();
  const spans = trace.spans.map((span) => {
    const key = span.resource.pairs.join('\u0000');
    let resource = known.get(key);
    if (resource === undefined) {
      resource = resources.length;
      known.set(key, resource);
      resources.push(recordOf(span.resource.pairs));
    }
    return spanAnswerOf(span, resource);
  });
  return { spans, resources };
}
