import type { TraceAnswer, TraceOperationsAnswer, TraceSearchAnswer, TraceSpan } from '@trilith/contract';
import { parseGoDuration } from '@trilith/lang/logql';
import type { HttpRequest, Route } from '../../base/http.ts';
import {
  canonicalTraceId,
  logsOfTrace,
  searchTraces,
  spanVocabulary,
  type Trace,
  type TraceSearch,
  traceById,
} from '../../query/index.ts';
import type { QueryRouteOptions } from './engines.ts';
import { recordAnswer } from './logs.ts';
import { answering, RequestError, timeRange, wholeNumber } from './respond.ts';

const NS_PER_MS = 1_000_000n;
const MAX_TRACES = 200;
const MAX_OPERATIONS = 500;
/** Log records may carry a trace id a little before its first or after its last span. */
const LOG_MARGIN_NS = 60_000_000_000n;

/** Search, operations and whole traces with their log lines. */
export function traceRoutes({ enginesOf, costOf }: QueryRouteOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/traces/search',
      handler: answering(async (request, notes) => {
        const { traces, more } = await searchTraces(enginesOf(request.tenant).traces, searchOf(request));
        return {
          traces: traces.map((trace) => ({
            traceId: trace.traceId,
            startMs: Number(trace.startNs / NS_PER_MS),
            durationMs: Number(trace.durationNs) / 1e6,
            rootService: trace.rootServiceName,
            rootOperation: trace.rootTraceName,
            rootArrived: trace.rootArrived,
            spans: trace.spans,
            errors: trace.errors,
            services: [...trace.services],
          })),
          more,
          notes: notes(),
        } satisfies TraceSearchAnswer;
      }, costOf),
    },
    {
      method: 'GET',
      path: '/api/traces/operations',
      handler: answering(async (request) => {
        const { fromMs, toMs } = timeRange(request);
        const range = { startNs: BigInt(fromMs) * NS_PER_MS, endNs: BigInt(toMs) * NS_PER_MS };
        const what = { kind: 'names', service: request.query.get('service') ?? '' } as const;
        const operations = await spanVocabulary(
          enginesOf(request.tenant).traces,
          what,
          range,
          MAX_OPERATIONS,
          request.signal,
        );
        return { operations: [...operations] } satisfies TraceOperationsAnswer;
      }, costOf),
    },
    {
      method: 'GET',
      path: '/api/traces/:id',
      handler: answering(async (request, notes) => {
        const traceId = canonicalTraceId(request.params.id ?? '');
        if (traceId === undefined)
          throw new RequestError(400, 'bad_request', 'a trace id is up to 32 hexadecimal digits');
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
  ];
}

function searchOf(request: HttpRequest): TraceSearch {
  const { fromMs, toMs } = timeRange(request);
  const optional = (name: string): string | undefined => request.query.get(name) || undefined;
  const service = optional('service');
  const operation = optional('operation');
  const minDuration = durationNs(request, 'minDuration');
  const maxDuration = durationNs(request, 'maxDuration');
  const status = optional('status');
  if (status !== undefined && status !== 'error' && status !== 'ok')
    throw new RequestError(400, 'bad_request', 'status must be error or ok');
  return {
    startNs: BigInt(fromMs) * NS_PER_MS,
    endNs: BigInt(toMs) * NS_PER_MS,
    limit: Math.min(MAX_TRACES, Math.max(1, wholeNumber(request, 'limit', 20))),
    signal: request.signal,
    attributes: request.query
      .getAll('attribute')
      .filter((text) => text !== '')
      .map(attributePair),
    ...(service === undefined ? {} : { service }),
    ...(operation === undefined ? {} : { operation }),
    ...(minDuration === undefined ? {} : { minDurationNs: minDuration }),
    ...(maxDuration === undefined ? {} : { maxDurationNs: maxDuration }),
    ...(status === undefined ? {} : { status }),
  };
}

function attributePair(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1)
    throw new RequestError(400, 'bad_request', `attribute must be key=value, not ${JSON.stringify(text.slice(0, 80))}`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function durationNs(request: HttpRequest, name: string): number | undefined {
  const text = request.query.get(name);
  if (text === null || text === '') return undefined;
  try {
    return parseGoDuration(text);
  } catch (cause) {
    throw new RequestError(
      400,
      'bad_request',
      `${name} must be a duration like 250ms, not ${JSON.stringify(text.slice(0, 40))}`,
      { cause },
    );
  }
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
  const spans = trace.spans.map((span): TraceSpan => {
    const key = span.resource.pairs.join('\u0000');
    let resource = known.get(key);
    if (resource === undefined) {
      resource = resources.length;
      known.set(key, resource);
      resources.push(record(span.resource.pairs));
    }
    return {
      spanId: span.spanId,
      parentSpanId: span.parentSpanId === '' ? null : span.parentSpanId,
      service: span.service,
      operation: span.name,
      kind: span.kind.toLowerCase() as TraceSpan['kind'],
      startNs: String(span.startNs),
      durationNs: String(span.durationNs),
      status: span.status.toLowerCase() as TraceSpan['status'],
      statusMessage: span.statusMessage,
      scope: span.scopeName,
      attributes: record(span.attributes.pairs),
      resource,
      events: span.events.map((event) => ({
        timeNs: String(event.timeNs),
        name: event.name,
        attributes: record(event.attributes),
      })),
      links: span.links.map((link) => ({
        traceId: link.traceId,
        spanId: link.spanId,
        attributes: record(link.attributes),
      })),
    };
  });
  return { spans, resources };
}

function record(pairs: readonly string[]): Record<string, string> {
  const entries: [string, string][] = [];
  for (let i = 0; i < pairs.length; i += 2) entries.push([pairs[i] ?? '', pairs[i + 1] ?? '']);
  return Object.fromEntries(entries);
}
