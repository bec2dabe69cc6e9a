import type { ParseOptions } from '@trilith/lang/promql';
import type { HttpHandler, HttpRequest, HttpResponse, Route } from '../../base/http.ts';
import type { TenantMetrics } from '../../query/index.ts';
import { errorResponse, plainErrorResponse } from './errors.ts';
import { federate } from './federate.ts';
import { exemplars, labels, labelValues, metadata, series } from './lookups.ts';
import { formatQuery, parseQuery } from './parse_query.ts';
import { instantQuery, rangeQuery } from './query.ts';
import { remoteRead } from './remote_read.ts';
import { searchLabelNames, searchLabelValues, searchMetricNames } from './search.ts';
import { forgetIds, selectIds } from './series_ids.ts';
import { targetMetadata } from './target_metadata.ts';
import { tsdbStatus } from './tsdb_status.ts';

export interface PrometheusApiOptions {
  readonly metricsOf: (tenant: string) => TenantMetrics;
  /** Wall clock, ms since the epoch: the time of queries that name none. */
  readonly nowMs?: () => number;
  /** What of the language is switched on. */
  readonly parse?: ParseOptions;
}

type Handler = (
  request: HttpRequest,
  metrics: TenantMetrics,
  nowMs: number,
  options: ParseOptions,
) => HttpResponse | Promise<HttpResponse>;
type Failure = (error: unknown) => HttpResponse;

const BOTH = ['GET', 'POST'] as const;
const GET = ['GET'] as const;

const HANDLERS: readonly (readonly [path: string, handler: Handler, methods: readonly Route['method'][]])[] = [
  ['/query', instantQuery, BOTH],
  ['/query_range', rangeQuery, BOTH],
  ['/query_exemplars', exemplars, BOTH],
  ['/series', series, BOTH],
  ['/labels', labels, BOTH],
  ['/label/:name/values', labelValues, GET],
  ['/metadata', metadata, GET],
  ['/format_query', formatQuery, BOTH],
  ['/parse_query', parseQuery, BOTH],
  ['/search/metric_names', searchMetricNames, BOTH],
  ['/search/label_names', searchLabelNames, BOTH],
  ['/search/label_values', searchLabelValues, BOTH],
  ['/status/tsdb', tsdbStatus, GET],
];

/** The prefixes Prometheus' API answers under. */
export const PREFIXES = ['/prometheus/api/v1', '/api/v1'] as const;

/** What other threads ask of the one that reads data; not reachable from outside. */
export const INTERNAL_PATHS = {
  targetMetadata: '/internal/prometheus/target_metadata',
  selectIds: '/internal/prometheus/select_ids',
  forgetIds: '/internal/prometheus/forget_ids',
} as const;

/**
 * The part of Prometheus' HTTP API that reads data, under `/prometheus/api/v1` and unprefixed, for GET and form posts;
 * remote read and federation beside it. What the program says of itself is in `prometheusServerRoutes`.
 */
export function prometheusRoutes({ metricsOf, nowMs = Date.now, parse = {} }: PrometheusApiOptions): readonly Route[] {
  const guarded = (handler: Handler, failure: Failure): HttpHandler => {
    return async (request) => {
      try {
        return await handler(request, metricsOf(request.tenant), nowMs(), parse);
      } catch (error) {
        return failure(error);
      }
    };
  };
  const api = PREFIXES.flatMap((prefix) =>
    HANDLERS.flatMap(([path, handler, methods]) =>
      methods.map((method): Route => ({ method, path: prefix + path, handler: guarded(handler, errorResponse) })),
    ),
  );
  const plain = (method: Route['method'], path: string, handler: Handler): Route => ({
    method,
    path,
    handler: guarded(handler, plainErrorResponse),
  });
  return [
    ...api,
    ...PREFIXES.map((prefix) => plain('POST', `${prefix}/read`, remoteRead)),
    plain('GET', '/prometheus/federate', federate),
    plain('GET', '/federate', federate),
    plain('GET', INTERNAL_PATHS.targetMetadata, targetMetadata),
    plain('GET', INTERNAL_PATHS.selectIds, selectIds),
    plain('POST', INTERNAL_PATHS.forgetIds, forgetIds),
  ];
}
