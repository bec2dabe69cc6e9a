import {
  type SpanAnswer,
  spanKinds,
  spanStatuses,
  type TraceAttributesAnswer,
  type TraceColumnsAnswer,
  type TraceUsualAnswer,
  type UsualDuration,
} from '@trilith/contract';
import type { Route } from '../../base/http.ts';
import {
  attributeColumns,
  operationKey,
  operationsOfTrace,
  spansOfId,
  type TraceColumns,
  traceById,
  traceColumns,
  traceShape,
  usualDurations,
} from '../../query/index.ts';
import type { OperationDurations } from '../../store/index.ts';
import type { QueryRouteOptions } from './engines.ts';
import { answering, RequestError } from './respond.ts';
import { recordOf, spanAnswerOf } from './span_answer.ts';
import { requestedTraceId } from './traces.ts';

/** Operations whose history is looked up for one trace. */
const MAX_OPERATIONS = 200;

/** One trace in parts, as the screen of a trace asks for them: its shape first, the rest when it is wanted. */
export function traceColumnRoutes({ enginesOf, costOf }: QueryRouteOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/traces/:id/columns',
      handler: answering(async (request, notes) => {
        const traceId = requestedTraceId(request);
        const shapes = await traceShape(enginesOf(request.tenant).traces, traceId, request.signal);
        if (shapes.idHigh.length === 0) throw notFound(traceId);
        const columns = traceColumns(shapes);
        return {
          traceId,
          ...columnsAnswer(columns),
          notes: { ...notes(), ...remarks(columns) },
        } satisfies TraceColumnsAnswer;
      }, costOf),
    },
    {
      method: 'GET',
      path: '/api/traces/:id/attributes',
      handler: answering(async (request, notes) => {
        const traceId = requestedTraceId(request);
        const trace = await traceById(enginesOf(request.tenant).traces, traceId, request.signal);
        if (trace.spans.length === 0) throw notFound(traceId);
        const { kind, ...columns } = attributeColumns(trace.spans);
        return {
          traceId,
          ...columns,
          kind: codes(kind, spanKinds),
          notes: { ...notes(), partial: trace.truncated },
        } satisfies TraceAttributesAnswer;
      }, costOf),
    },
    {
      method: 'GET',
      path: '/api/traces/:id/spans/:span',
      handler: answering(async (request, notes) => {
        const traceId = requestedTraceId(request);
        const spanId = request.params.span ?? '';
        if (!/^[0-9a-f]{16}$/.test(spanId))
          throw new RequestError(400, 'bad_request', 'a span id is 16 hexadecimal digits');
        const kind = request.query.get('kind') ?? undefined;
        const spans = await spansOfId(enginesOf(request.tenant).traces, traceId, spanId, request.signal);
        const span = spans.find((one) => one.kind.toLowerCase() === kind) ?? spans[0];
        if (span === undefined) throw new RequestError(404, 'not_found', `no span has the id ${spanId} in this trace`);
        return {
          traceId,
          span: spanAnswerOf(span, 0),
          resource: recordOf(span.resource.pairs),
          notes: notes(),
        } satisfies SpanAnswer;
      }, costOf),
    },
    {
      method: 'GET',
      path: '/api/traces/:id/usual',
      handler: answering(async (request, notes) => {
        const { traces } = enginesOf(request.tenant);
        const traceId = requestedTraceId(request);
        const all = await operationsOfTrace(traces, traceId, request.signal);
        if (all.length === 0) throw notFound(traceId);
        const operations = all.slice(0, MAX_OPERATIONS);
        const atSeconds = Math.min(...all.map(({ firstNs }) => Number(firstNs / 1_000_000_000n)));
        const usual = await usualDurations(traces, operations, atSeconds, request.signal);
        return {
          operations: operations.map((one) => ({
            service: one.service,
            operation: one.operation,
            kind: spanKinds[codeOf(one.kind, spanKinds)] ?? 'unspecified',
            lastDay: usualAnswer(usual.lastDay.get(operationKey(one))),
            sameHour: usualAnswer(usual.sameHour.get(operationKey(one))),
          })),
          sampled: usual.sampled,
          leftOut: all.length - operations.length,
          notes: notes(),
        } satisfies TraceUsualAnswer;
      }, costOf),
    },
  ];
}

function notFound(traceId: string): RequestError {
  return new RequestError(404, 'not_found', `no span has the trace id ${traceId}`);
}

function columnsAnswer(columns: TraceColumns): Omit<TraceColumnsAnswer, 'traceId' | 'notes'> {
  const { ids, parents, service, operation, start, duration } = columns;
  const { names, row, at, name } = columns.events;
  return {
    startNs: String(columns.startNs),
    services: columns.services,
    operations: columns.operations,
    spans: {
      ids,
      parents,
      service,
      operation,
      kind: recoded(columns.kind, columns.kinds, spanKinds),
      status: recoded(columns.status, columns.statuses, spanStatuses),
      start,
      duration,
    },
    linked: columns.linked,
    events: { names, row, at, name },
  };
}

/** What is left out of a trace. */
function remarks({ truncated, parents, events }: TraceColumns): { partial: boolean; warnings: string[] } {
  const warnings = truncated ? [`Only the first ${parents.length} spans are shown.`] : [];
  if (events.more) warnings.push(`Only the first ${events.row.length} events are drawn.`);
  return { partial: warnings.length > 0, warnings };
}

/** Places of stored texts as places in the contract's list. */
function recoded(places: readonly number[], texts: readonly string[], list: readonly string[]): number[] {
  const known = codes(texts, list);
  return places.map((place) => known[place] ?? 0);
}

/** Where stored texts stand in the contract's list; what it does not name is its first. */
function codes(texts: readonly string[], list: readonly string[]): number[] {
  const known = new Map<string, number>();
  return texts.map((text) => {
    const code = known.get(text) ?? codeOf(text, list);
    known.set(text, code);
    return code;
  });
}

function codeOf(text: string, list: readonly string[]): number {
  return Math.max(0, list.indexOf(text.toLowerCase()));
}

function usualAnswer(durations: OperationDurations | undefined): UsualDuration | null {
  if (durations === undefined) return null;
  const { spans, p50Ms, p95Ms, p99Ms } = durations;
  return { spans, p50Ms, p95Ms, p99Ms };
}
