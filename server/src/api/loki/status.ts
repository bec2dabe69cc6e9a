import { type HttpResponse, jsonResponse, type Route } from '../../base/http.ts';

const text = (body: string, type = 'text/plain'): HttpResponse => ({
  status: 200,
  headers: { 'content-type': `${type}; charset=utf-8` },
  body,
});

/** What Grafana's Logs Drilldown asks about a tenant (pkg/loki/config_handler.go); durations as Go writes them. */
const LIMITS = {
  discover_log_levels: true,
  discover_service_name: ['service', 'app', 'application', 'service_name'],
  max_entries_limit_per_query: 5000,
  max_line_size_truncate: false,
  max_query_length: '0s',
  max_query_lookback: '0s',
  max_query_range: '0s',
  max_query_series: 2000,
  metric_aggregation_enabled: false,
  otlp_config: {},
  pattern_persistence_enabled: true,
  query_timeout: '1m',
  retention_period: '0s',
  volume_enabled: true,
  volume_max_series: 5000,
};

/** What clients ask of Loki besides logs. */
export function statusRoutes(version: string): Route[] {
  const get = (path: string, answer: () => HttpResponse): Route => ({ method: 'GET', path, handler: answer });
  const build = { version, revision: '', branch: '', buildUser: '', buildDate: '', goVersion: '' };
  return [
    get('/loki/api/v1/status/buildinfo', () => jsonResponse(200, build)),
    get('/loki/api/v1/drilldown-limits', () =>
      jsonResponse(200, { limits: LIMITS, pattern_ingester_enabled: true, version }),
    ),
    get('/loki/services', () => text('querier => Running\n')),
    get('/loki/ready', () => text('ready\n')),
  ];
}
