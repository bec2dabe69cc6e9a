import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import {
  searchTraces,
  serviceCalls,
  spanOperations,
  spanServices,
  type Trace,
  type TraceStore,
  traceById,
} from '../../query/index.ts';
import { answer, protobufResponse, traceProtobuf, wantsProtobuf } from '../tempo/index.ts';
import { RequestError } from './errors.ts';
import { GET_OPERATIONS_RESPONSE, GET_SERVICES_RESPONSE } from './messages.ts';
import { otlpJson } from './otlp_json.ts';
import { given, moment, traceIdOf } from './parameters.ts';
import { CUT_WARNING, findWholeTraces, leftOutWarning, searchOfV3 } from './search.ts';
import { withWarnings } from './span_warnings.ts';
import { catalogRange } from './structured.ts';

const MAX_NAMES = 5_000;

/** `/api/v3/services` */
export async function servicesV3(store: TraceStore, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const services = await spanServices(store, catalogRange(nowMs), MAX_NAMES, request.signal);
  return answer(request, GET_SERVICES_RESPONSE, { services });
}

/** `/api/v3/operations?service=…&spanKind=…` */
export async function operationsV3(store: TraceStore, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const { query, signal } = request;
  const kind = given(query, 'spanKind', 'span_kind') ?? '';
  const asked = { service: given(query, 'service') ?? '', kind, limit: MAX_NAMES };
  const found = await spanOperations(store, { ...catalogRange(nowMs), ...asked }, signal);
  // As upstream's gateway: a span without a kind is internal.
  return answer(request, GET_OPERATIONS_RESPONSE, {
    operations: found.map(({ name, kind: spanKind }) => ({ name, spanKind: spanKind === '' ? 'internal' : spanKind })),
  });
}

/**
 * Traces as OTLP: a message, or JSON framed as a gRPC gateway frames one message of a stream.
 * @param leftOut traces that were found and are not among them
 */
function result(request: HttpRequest, traces: readonly Trace[], leftOut = 0): HttpResponse {
  const spans = traces.flatMap((trace, at) => {
    const warnings = [
      ...(trace.truncated ? [CUT_WARNING] : []),
      ...(at === 0 && leftOut > 0 ? [leftOutWarning(leftOut)] : []),
    ];
    return warnings.length === 0 ? trace.spans : withWarnings(trace.spans, warnings);
  });
  if (spans.length === 0) throw new RequestError(404, 'No traces found');
  if (wantsProtobuf(request)) return protobufResponse(traceProtobuf(spans));
  return jsonResponse(200, { result: { resourceSpans: otlpJson(spans) } });
}

/** `/api/v3/traces/{id}` */
export async function traceV3(store: TraceStore, request: HttpRequest): Promise<HttpResponse> {
  return result(request, [await traceById(store, traceIdOf(request.params.id ?? ''), request.signal)]);
}

/** `/api/v3/traces`: all traces found in one TracesData. */
export async function findTracesV3(store: TraceStore, request: HttpRequest): Promise<HttpResponse> {
  const { query, signal } = request;
  const { traces, leftOut } = await findWholeTraces(store, { ...searchOfV3(query), signal });
  return result(request, traces, leftOut);
}

/** `/api/v3/trace-summaries`: what a list of traces shows (jaeger-idl, api_v3: TraceSummary). */
export async function summariesV3(store: TraceStore, { query, signal }: HttpRequest): Promise<HttpResponse> {
  const { traces } = await searchTraces(store, { ...searchOfV3(query), signal });
  const summaries = traces.map((trace) => ({
    traceId: trace.traceId,
    rootServiceName: trace.rootArrived ? trace.rootServiceName : '',
    rootOperationName: trace.rootArrived ? trace.rootTraceName : '',
    minStartTimeUnixNano: String(trace.startNs),
    maxEndTimeUnixNano: String(trace.startNs + trace.durationNs),
    spanCount: trace.spans,
    errorSpanCount: trace.errors,
    orphanSpanCount: trace.orphans,
    services: trace.services.map(({ name, spans, errors }) => ({ name, spanCount: spans, errorSpanCount: errors })),
  }));
  return jsonResponse(200, { summaries });
}

/** `/api/v3/dependencies?startTime=…&endTime=…` */
export async function dependenciesV3(store: TraceStore, { query, signal }: HttpRequest): Promise<HttpResponse> {
  const [startNs, endNs] = [moment(query, 'startTime', 'start_time'), moment(query, 'endTime', 'end_time')];
  if (startNs === undefined || endNs === undefined) throw new RequestError(400, 'startTime and endTime are required');
  if (endNs <= startNs) throw new RequestError(400, 'endTime must be after startTime');
  const calls = await serviceCalls(store, { startNs, endNs }, signal);
  return jsonResponse(200, {
    dependencies: calls.map(({ parent, child, calls: count }) => ({ parent, child, callCount: String(count) })),
  });
}

/** `/api/v3/capabilities`: what searches may leave out and how their conditions join. */
export async function capabilities(): Promise<HttpResponse> {
  return jsonResponse(200, { search: { withoutServiceName: true, sameSpanConjunction: true } });
}
