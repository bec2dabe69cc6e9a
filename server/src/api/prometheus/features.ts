import { AGGREGATE_OPERATORS, FUNCTIONS, type ParseOptions } from '@trilith/lang/promql';
import { type HttpResponse, jsonResponse } from '../../base/http.ts';

type Switches = Readonly<Record<string, boolean>>;

const KEYWORDS = 'offset by without on ignoring group_left group_right bool start end step range'.split(' ');
const OPERATORS = '+ - * / % ^ == != > < >= <= =~ !~ and or unless atan2 </ >/ @'.split(' ');
const EXPERIMENTAL_AGGREGATIONS: ReadonlySet<string> = new Set(['limitk', 'limit_ratio']);

const on = (...names: readonly string[]): Record<string, boolean> =>
  Object.fromEntries(names.map((name) => [name, true]));

/** `/features`: what can be relied on, in upstream's names (util/features). */
export function features(options: ParseOptions, discovery: readonly string[]): HttpResponse {
  const experimental = options.experimentalFunctions === true;
  const functions = Object.fromEntries(
    [...FUNCTIONS.values()].map((one) => [one.name, !one.experimental || experimental]),
  );
  const aggregations = Object.fromEntries(
    AGGREGATE_OPERATORS.map((name) => [name, !EXPERIMENTAL_AGGREGATIONS.has(name) || experimental]),
  );
  const data: Readonly<Record<string, Switches>> = {
    api: {
      ...on('admin', 'lifecycle', 'remote_write_receiver', 'otlp_write_receiver', 'search'),
      ...on('search_fuzz_alg_subsequence', 'search_fuzz_alg_jarowinkler', 'label_values_match', 'query_warnings'),
      ...on('query_stats', 'time_range_series', 'time_range_labels', 'exclude_alerts'),
      'openapi_3.1': false,
      'openapi_3.2': false,
    },
    otlp_receiver: { delta_conversion: true, native_delta_ingestion: false },
    prometheus: { ...on('server_mode'), agent_mode: false, auto_reload_config: true },
    promql: {
      ...on(...KEYWORDS, 'at_modifier', 'negative_offset', 'per_query_lookback_delta', 'subqueries'),
      per_step_stats: false,
      anchored: options.extendedRangeSelectors === true,
      smoothed: options.extendedRangeSelectors === true,
      fill: options.fillModifiers === true,
      fill_left: options.fillModifiers === true,
      fill_right: options.fillModifiers === true,
      duration_expr: options.durationExpressions === true,
    },
    promql_functions: functions,
    promql_operators: { ...on(...OPERATORS), ...aggregations },
    scrape: on('extra_scrape_metrics'),
    service_discovery_providers: on(...discovery),
    tsdb: { ...on('native_histograms', 'exemplar_storage'), isolation: true },
  };
  return jsonResponse(200, { status: 'success', data: sorted(data) });
}

/** Members in order of their names, as upstream writes maps. */
const sorted = (data: Readonly<Record<string, Switches>>): unknown =>
  Object.fromEntries(
    Object.entries(data).map(([category, switches]) => [
      category,
      Object.fromEntries(Object.entries(switches).sort(([a], [b]) => (a < b ? -1 : 1))),
    ]),
  );
