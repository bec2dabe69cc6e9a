import type { TraceOperationsAnswer, TraceSearchAnswer } from '@trilith/contract';
import { parseGoDuration } from '@trilith/lang/logql';
import type { HttpRequest, Route } from '../../base/http.ts';
import {
  type FoundTraceRow,
  fieldText,
  parseSearch,
  searchTraces,
  spanVocabulary,
  type TraceSearch,
} from '../../query/index.ts';
import type { StoredSpan } from '../../store/index.ts';
import type { QueryRouteOptions } from './engines.ts';
import { answering, nsRange, RequestError, timeRange, wholeNumber } from './respond.ts';

const MAX_TRACES = 200;
const MAX_SPANS = 50;
const MAX_COLUMNS = 20;
const MAX_OPERATIONS = 500;

/** The search for traces and the names its form offers. */
export function traceSearchRoutes({ enginesOf, costOf }: QueryRouteOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/traces/search',
      handler: answering(async (request, notes) => {
        const { traces, more, cut } = await searchTraces(enginesOf(request.tenant).traces, searchOf(request));
        const columns = request.query.getAll('column').slice(0, MAX_COLUMNS);
        const spans = Math.min(MAX_SPANS, wholeNumber(request, 'spans', 3));
        const found = notes();
        if (cut) found.warnings.push('Only a part of the candidates was looked into: narrow the range or the query.');
        return {
          traces: traces.map((trace) => summaryAnswer(trace, columns, spans)),
          more,
          notes: { ...found, partial: cut },
        } satisfies TraceSearchAnswer;
      }, costOf),
    },
    {
      method: 'GET',
      path: '/api/traces/operations',
      handler: answering(async (request) => {
        const what = { kind: 'names', service: request.query.get('service') ?? '' } as const;
        const operations = await spanVocabulary(
          enginesOf(request.tenant).traces,
          what,
          nsRange(timeRange(request)),
          MAX_OPERATIONS,
          request.signal,
        );
        return { operations: [...operations] } satisfies TraceOperationsAnswer;
      }, costOf),
    },
  ];
}

function summaryAnswer(
  trace: FoundTraceRow,
  columns: readonly string[],
  spans: number,
): TraceSearchAnswer['traces'][number] {
  const matched = [...new Set(trace.spansets.flatMap((spanset) => spanset.spans))];
  const slowestFirst = matched.sort((a, b) => Number(b.durationNs - a.durationNs));
  return {
    traceId: trace.traceId,
    startMs: Number(trace.startNs) / 1e6,
    durationMs: Number(trace.durationNs) / 1e6,
    rootService: trace.rootServiceName,
    rootOperation: trace.rootTraceName,
    rootArrived: trace.rootArrived,
    spans: trace.spans,
    errors: trace.errors,
    services: [...trace.services],
    matched: matched.length,
    found: slowestFirst.slice(0, spans).map((span) => ({
      spanId: span.spanId,
      service: span.service,
      operation: span.name,
      kind: lowerCase(span.kind),
      status: lowerCase(span.status),
      startMs: Number(span.startNs) / 1e6,
      durationMs: Number(span.durationNs) / 1e6,
      values: columns.map((column) => fieldText(span, column)),
    })),
  };
}

function lowerCase<K extends StoredSpan['kind' | 'status'], L extends string>(word: K): L {
  return word.toLowerCase() as L;
}

function searchOf(request: HttpRequest): TraceSearch {
  const optional = (name: string): string | undefined => request.query.get(name) || undefined;
  const service = optional('service');
  const operation = optional('operation');
  const minDuration = durationNs(request, 'minDuration');
  const maxDuration = durationNs(request, 'maxDuration');
  const status = optional('status');
  if (status !== undefined && status !== 'error' && status !== 'ok')
    throw new RequestError(400, 'bad_request', 'status must be error or ok');
  const query = optional('query');
  const order = optional('order') ?? 'newest';
  if (order !== 'newest' && order !== 'slowest')
    throw new RequestError(400, 'bad_request', 'order must be newest or slowest');
  return {
    ...nsRange(timeRange(request)),
    order,
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
    ...(query === undefined ? {} : { traceql: parseSearch(query) }),
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
