import { type HttpHandler, type HttpRequest, type HttpResponse, jsonResponse, type Route } from '../../base/http.ts';
import type { TenantMetrics } from '../../query/index.ts';
import { errorResponse } from './errors.ts';
import { exemplars, formatQuery, labels, labelValues, metadata, series } from './lookups.ts';
import { instantQuery, rangeQuery } from './query.ts';

export interface PrometheusApiOptions {
  readonly metricsOf: (tenant: string) => TenantMetrics;
  /** Wall clock, ms since the epoch: the time of queries that name none. */
  readonly nowMs?: () => number;
}

type Handler = (request: HttpRequest, metrics: TenantMetrics, nowMs: number) => HttpResponse | Promise<HttpResponse>;

/** The version of the language and API that is spoken; clients choose features by it. */
const SPOKEN_VERSION = '3.14.0';

const constant = (data: unknown): Handler => {
  return () => jsonResponse(200, { status: 'success', data });
};

const HANDLERS: readonly (readonly [path: string, handler: Handler, post: boolean])[] = [
  ['/query', instantQuery, true],
  ['/query_range', rangeQuery, true],
  ['/query_exemplars', exemplars, true],
  ['/series', series, true],
  ['/labels', labels, true],
  ['/label/:name/values', labelValues, false],
  ['/metadata', metadata, false],
  ['/format_query', formatQuery, true],
  ['/rules', constant({ groups: [] }), false],
  ['/alerts', constant({ alerts: [] }), false],
  [
    '/status/buildinfo',
    constant({ version: SPOKEN_VERSION, revision: '', branch: '', buildUser: '', buildDate: '', goVersion: '' }),
    false,
  ],
];

/** Prometheus' HTTP API, under `/prometheus/api/v1` and unprefixed, for GET and form posts. */
export function prometheusRoutes({ metricsOf, nowMs = Date.now }: PrometheusApiOptions): readonly Route[] {
  const guarded = (handler: Handler): HttpHandler => {
    return async (request) => {
      try {
        return await handler(request, metricsOf(request.tenant), nowMs());
      } catch (error) {
        return errorResponse(error);
      }
    };
  };
  return ['/prometheus/api/v1', '/api/v1'].flatMap((prefix) =>
    HANDLERS.flatMap(([path, handler, post]) => {
      const get: Route = { method: 'GET', path: prefix + path, handler: guarded(handler) };
      return post ? [get, { ...get, method: 'POST' as const }] : [get];
    }),
  );
}
