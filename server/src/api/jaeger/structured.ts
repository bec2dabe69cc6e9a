import type { HttpRequest, HttpResponse } from '../../base/http.ts';
import {
  serviceCalls,
  spanOperations,
  spanServices,
  type Trace,
  type TraceStore,
  traceById,
  turnOf,
} from '../../query/index.ts';
import type { NsRange } from '../../store/index.ts';
import { RequestError, type StructuredError, structured } from './errors.ts';
import { given, malformed, traceIdOf, whole } from './parameters.ts';
import { CUT_WARNING, findWholeTraces, leftOutWarning, searchOf } from './search.ts';
import { jaegerTrace, shownTraceId } from './trace_json.ts';

const HOUR = 3_600_000_000_000n;
const NS_PER_MS = 1_000_000n;
/** Services and operations are those of this time: the API asks for no range. */
const CATALOG_LOOKBACK = 72n * HOUR;
/** As Jaeger has it (defaultDependencyLookbackDuration). */
const DEPENDENCY_LOOKBACK = 24n * HOUR;
const MAX_NAMES = 5_000;
/** Traces by id in one request. */
const MAX_IDS = 100;

/** The time that services and operations are looked up in. */
export function catalogRange(nowMs: number): NsRange {
  const endNs = (BigInt(nowMs) + 60_000n) * NS_PER_MS;
  return { startNs: endNs - CATALOG_LOOKBACK, endNs };
}

/** `/api/services` */
export async function services(store: TraceStore, { signal }: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const names = await spanServices(store, catalogRange(nowMs), MAX_NAMES, signal);
  return structured(names, names.length);
}

/** `/api/services/{service}/operations`: names alone. */
export async function operationsOfService(
  store: TraceStore,
  { params, signal }: HttpRequest,
  nowMs: number,
): Promise<HttpResponse> {
  const asked = { service: params.service ?? '', kind: '', limit: MAX_NAMES };
  const found = await spanOperations(store, { ...catalogRange(nowMs), ...asked }, signal);
  const names = [...new Set(found.map(({ name }) => name))].sort();
  return structured(names, names.length);
}

/** `/api/operations?service=…&spanKind=…` */
export async function operations(
  store: TraceStore,
  { query, signal }: HttpRequest,
  nowMs: number,
): Promise<HttpResponse> {
  const service = given(query, 'service');
  if (service === undefined) throw new RequestError(400, "parameter 'service' is required");
  const asked = { service, kind: given(query, 'spanKind') ?? '', limit: MAX_NAMES };
  const found = await spanOperations(store, { ...catalogRange(nowMs), ...asked }, signal);
  return structured(
    found.map(({ name, kind }) => ({ name, spanKind: kind })),
    found.length,
  );
}

/** `/api/traces`: by id, or searched for; whole traces either way. */
export async function search(store: TraceStore, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const { query, signal } = request;
  const ids = query.getAll('traceID').filter((id) => id !== '');
  if (ids.length > 0) return tracesById(store, ids.map(traceIdOf), signal);
  const { traces, leftOut } = await findWholeTraces(store, { ...searchOf(query, nowMs), signal });
  const errors: StructuredError[] = leftOut === 0 ? [] : [{ msg: leftOutWarning(leftOut) }];
  return structured(traces.map(toJson), 0, errors.length === 0 ? null : errors);
}

async function tracesById(store: TraceStore, ids: readonly string[], signal: AbortSignal): Promise<HttpResponse> {
  if (ids.length > MAX_IDS) throw new RequestError(400, `more than ${MAX_IDS} trace ids in one request`);
  const found: Trace[] = [];
  const errors: StructuredError[] = [];
  for (const id of new Set(ids)) {
    const one = await traceById(store, id, signal);
    if (one.spans.length === 0) errors.push({ msg: 'trace not found', traceID: shownTraceId(id) });
    else found.push(one);
  }
  return structured(found.map(toJson), 0, errors.length === 0 ? null : errors);
}

function toJson({ traceId, spans, truncated }: Trace): ReturnType<typeof jaegerTrace> {
  return jaegerTrace(traceId, spans, truncated ? [CUT_WARNING] : []);
}

/** `/api/traces/{id}` */
export async function trace(store: TraceStore, { params, signal }: HttpRequest): Promise<HttpResponse> {
  const found = await traceById(store, traceIdOf(params.id ?? ''), signal);
  if (found.spans.length === 0) throw new RequestError(404, 'trace not found');
  const json = toJson(found);
  const turn = turnOf(signal);
  if (turn.due()) await turn.pause();
  return structured([json]);
}

/** `/api/dependencies?endTs=…&lookback=…`, both ms. */
export async function dependencies(
  store: TraceStore,
  { query, signal }: HttpRequest,
  nowMs: number,
): Promise<HttpResponse> {
  const endNs = (whole(query, 'endTs') ?? BigInt(nowMs)) * NS_PER_MS;
  const lookback = whole(query, 'lookback');
  if (lookback !== undefined && lookback <= 0n)
    throw malformed('lookback', 'must be a positive number of milliseconds');
  const startNs = endNs - (lookback === undefined ? DEPENDENCY_LOOKBACK : lookback * NS_PER_MS);
  const service = given(query, 'service');
  const calls = await serviceCalls(store, { startNs, endNs }, signal);
  return structured(
    calls
      .filter(({ parent, child }) => service === undefined || parent === service || child === service)
      .map(({ parent, child, calls: callCount }) => ({ parent, child, callCount })),
  );
}
