import { type HttpHandler, type HttpRequest, type HttpResponse, jsonResponse, type Route } from '../../base/http.ts';
import { canonicalTraceId, type TraceStore, traceById, turnOf } from '../../query/index.ts';
import { protobufResponse, wantsProtobuf } from './answer.ts';
import { errorResponse, ParameterError, text } from './errors.ts';
import { metricsQuery, metricsQueryRange } from './metrics.ts';
import { resourceSpansJson } from './otlp_json.ts';
import { traceProtobuf, traceResponseProtobuf } from './otlp_protobuf.ts';
import { search } from './search.ts';
import { tags, tagsV2, tagValuesV1, tagValuesV2 } from './tags.ts';

export interface TempoOptions {
  /** The traces of a tenant's database. */
  readonly storeOf: (tenant: string) => TraceStore;
  readonly now?: () => number;
  readonly version?: string;
}

type Handler = (store: TraceStore, request: HttpRequest, nowMs: number) => Promise<HttpResponse>;

/** Tempo's HTTP API for reading, shaped as Grafana's Tempo data source expects (grafana.com/docs/tempo/latest/api_docs). */
export function tempoRoutes(options: TempoOptions): Route[] {
  const now = options.now ?? Date.now;
  const wrap =
    (handler: Handler): HttpHandler =>
    async (request) => {
      try {
        return await handler(options.storeOf(request.tenant), request, now());
      } catch (error) {
        return errorResponse(error);
      }
    };
  const get = (path: string, handler: Handler): Route => ({ method: 'GET', path, handler: wrap(handler) });
  const version = options.version ?? '2.8.0';
  return [
    get('/tempo/api/traces/:id', (store, request) => trace(store, request, false)),
    get('/tempo/api/v2/traces/:id', (store, request) => trace(store, request, true)),
    get('/tempo/api/search', search),
    get('/tempo/api/search/tags', tags),
    get('/tempo/api/v2/search/tags', tagsV2),
    get('/tempo/api/search/tag/:name/values', tagValuesV1),
    get('/tempo/api/v2/search/tag/:name/values', tagValuesV2),
    get('/tempo/api/metrics/query_range', metricsQueryRange),
    get('/tempo/api/metrics/query', metricsQuery),
    { method: 'GET', path: '/tempo/api/echo', handler: () => text(200, 'echo') },
    {
      method: 'GET',
      path: '/tempo/api/status/buildinfo',
      handler: () =>
        jsonResponse(200, { version, revision: '', branch: '', buildUser: '', buildDate: '', goVersion: '' }),
    },
  ];
}

async function trace(store: TraceStore, request: HttpRequest, v2: boolean): Promise<HttpResponse> {
  const id = canonicalTraceId(request.params.id ?? '');
  if (id === undefined) throw new ParameterError('trace IDs can only contain hex characters');
  const found = await traceById(store, id, request.signal);
  if (found.spans.length === 0) return text(404, 'trace not found');
  if (wantsProtobuf(request))
    return protobufResponse(v2 ? traceResponseProtobuf(found.spans, found.truncated) : traceProtobuf(found.spans));
  const resourceSpans = resourceSpansJson(found.spans);
  const turn = turnOf(request.signal);
  if (turn.due()) await turn.pause();
  if (!v2) return jsonResponse(200, { batches: resourceSpans });
  const partial = found.truncated ? { status: 'PARTIAL', message: 'the trace is larger than what is shown' } : {};
  return jsonResponse(200, { trace: { resourceSpans }, metrics: {}, ...partial });
}
