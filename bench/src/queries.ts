import { type BenchQuery, form } from './bench_query.ts';
import { NEEDLE, RARE, TRACE_ID } from './data/logs.ts';
import type { GeneratedSet, SetName } from './sets.ts';
import { monsterQueries, traceQueries } from './trace_queries.ts';

/** How often a dashboard is refreshed in one run, and how far its window moves each time, seconds. */
const REFRESHES = 20;
const REFRESH_SECONDS = 15;

function metricQueries({ fromMs, toMs }: GeneratedSet): BenchQuery[] {
  const end = toMs / 1000 - 15;
  const instant = (query: string): string => form('/api/v1/query', { query, time: end });
  const range = (query: string, hours: number, step: number): string =>
    form('/api/v1/query_range', { query, start: end - hours * 3600, end, step });
  const hours = Math.round((toMs - fromMs) / 3_600_000);
  const panels = Array.from({ length: 12 }, (_, i) => `sum by (job) (rate(node_counter_${i}_total[5m]))`);
  const dashboard = (run: number): string[] => {
    const span = (hours - 1) * 3600 - REFRESHES * REFRESH_SECONDS;
    const first = end - span + ((run * REFRESHES * REFRESH_SECONDS) % span);
    return Array.from({ length: REFRESHES }, (_, i) => first + i * REFRESH_SECONDS).flatMap((at) =>
      panels.map((query) => form('/api/v1/query_range', { query, start: at - 3600, end: at, step: 15 })),
    );
  };
  return [
    {
      id: 'MQ0',
      ask: 'samples of nearly every series by job',
      product: 'prometheus',
      paths: [
        instant(
          `sum by (job) (count_over_time({__name__=~"node_(cpu|counter|gauge|slow|constant|float)_.+"}[${hours}h]))`,
        ),
      ],
    },
    { id: 'MQ1', ask: 'up == 0, now', product: 'prometheus', paths: [instant('up == 0')] },
    {
      id: 'MQ2',
      ask: 'rate of one series, 1 h / 15 s',
      product: 'prometheus',
      paths: [range('rate(node_cpu_seconds_total{instance="10.0.0.0:9100",cpu="0",mode="user"}[5m])', 1, 15)],
    },
    {
      id: 'MQ3',
      ask: 'CPU rate by job and mode, 6 h / 60 s',
      product: 'prometheus',
      paths: [range('sum by (job, mode) (rate(node_cpu_seconds_total[5m]))', 6, 60)],
    },
    {
      id: 'MQ4',
      ask: 'sum of rate over nearly every series, whole range / 30 s',
      product: 'prometheus',
      paths: [range('sum(rate({__name__=~"node_(cpu|counter|gauge|slow|constant|float)_.+"}[5m]))', hours, 30)],
    },
    {
      id: 'MQ5',
      ask: 'p99 latency by route, whole range / 60 s',
      product: 'prometheus',
      paths: [
        range(
          'histogram_quantile(0.99, sum by (le, path) (rate(http_request_duration_seconds_bucket[5m])))',
          hours,
          60,
        ),
      ],
    },
    {
      id: 'MQ6',
      ask: 'ten that grew most in 1 h',
      product: 'prometheus',
      paths: [instant('topk(10, increase(http_requests_total[1h]))')],
    },
    {
      id: 'MQ7',
      ask: 'error ratio by service, whole range / 60 s',
      product: 'prometheus',
      paths: [
        range(
          'sum by (service) (rate(http_requests_total{status="500"}[5m])) / sum by (service) (rate(http_requests_total[5m]))',
          hours,
          60,
        ),
      ],
    },
    {
      id: 'MQ8',
      ask: 'rate by pod, regex, 1 h / 15 s',
      product: 'prometheus',
      paths: [range('sum by (pod) (rate(http_requests_total{pod=~"service-[01]-.*"}[5m]))', 1, 15)],
    },
    {
      id: 'MQ9',
      ask: 'max over 1 d by instance, whole range / 60 s',
      product: 'prometheus',
      paths: [range('max by (instance) (max_over_time(node_load1[1d]))', hours, 60)],
    },
    {
      id: 'MQ10',
      ask: 'label values, label names, series',
      product: 'prometheus',
      paths: [
        form('/api/v1/label/instance/values', { start: end - 3600, end }),
        form('/api/v1/labels', { start: end - 3600, end }),
        form('/api/v1/series', { 'match[]': 'up', start: end - 3600, end }),
      ],
    },
    {
      id: 'MQ11',
      ask: `dashboard, 12 panels x ${REFRESHES} refreshes`,
      product: 'prometheus',
      paths: dashboard,
    },
    { id: 'MQ12', ask: `${RULES} alert rules once`, product: 'prometheus', paths: alertRules().map(instant) },
  ];
}

const RULES = 200;

/** Conditions of the kinds that alert rules have, each over other series. */
function alertRules(): string[] {
  const kinds: readonly ((i: number) => string)[] = [
    (i) => `sum by (instance) (rate(node_counter_${i}_total[5m])) > 1000`,
    (i) => `node_gauge_${i} > 99`,
    (i) => `max_over_time(node_slow_${i}[10m]) > 100000`,
    (i) =>
      `sum by (service) (rate(http_requests_total{status="500",path="/v1/route${i % 10}"}[5m])) / sum by (service) (rate(http_requests_total{path="/v1/route${i % 10}"}[5m])) > 0.5`,
    (i) =>
      `histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{path="/v1/route${i % 10}"}[5m]))) > 5`,
    (i) => `up{instance="10.0.0.${i % 20}:9100"} == 0`,
    (i) => `absent(node_constant_${i})`,
    (i) => `avg by (mode) (rate(node_cpu_seconds_total{cpu="${i % 16}"}[5m])) < 0.01`,
  ];
  return Array.from({ length: RULES }, (_, i) =>
    (kinds[i % kinds.length] as (i: number) => string)(Math.floor(i / kinds.length)),
  );
}

function logQueries({ fromMs, toMs }: GeneratedSet): BenchQuery[] {
  const bounds = { start: `${fromMs}000000`, end: `${toMs}000000` };
  const lines = (query: string, limit = 100): string =>
    form('/loki/api/v1/query_range', { query, ...bounds, limit, direction: 'backward' });
  // Whole minutes: Loki moves a range to multiples of its step.
  const minutes = {
    start: `${Math.ceil(fromMs / 60_000) * 60}000000000`,
    end: `${Math.floor(toMs / 60_000) * 60}000000000`,
  };
  const steps = (query: string): string => form('/loki/api/v1/query_range', { query, ...minutes, step: 60 });
  return [
    { id: 'LQ1', ask: 'last 100 of one service', product: 'loki', paths: [lines('{service="service-3"}')] },
    {
      id: 'LQ2',
      ask: 'last 100 ERROR, any service',
      product: 'loki',
      paths: [lines('{namespace="prod"} | detected_level="error"')],
    },
    { id: 'LQ3', ask: 'a word of one line, 2 h', product: 'loki', paths: [lines(`{namespace="prod"} |= "${NEEDLE}"`)] },
    { id: 'LQ3b', ask: 'a word of 45 lines', product: 'loki', paths: [lines(`{namespace="prod"} |= "${RARE}"`)] },
    {
      id: 'LQ4',
      ask: 'a word that is nowhere',
      product: 'loki',
      paths: [lines('{namespace="prod"} |= "absent0f1e2d3c"')],
    },
    { id: 'LQ5', ask: 'a trace id', product: 'loki', paths: [lines(`{namespace="prod"} |= "${TRACE_ID}"`)] },
    {
      id: 'LQ6',
      ask: 'count by regex',
      product: 'loki',
      paths: [steps('sum(count_over_time({namespace="prod"} |~ "declined in [0-9]+ms" [1m]))')],
    },
    {
      id: 'LQ7',
      ask: 'frequent word per minute',
      product: 'loki',
      paths: [steps('sum by (detected_level) (count_over_time({namespace="prod"} |= "timeout" [1m]))')],
    },
    {
      id: 'LQ8',
      ask: 'count by service and level per minute',
      product: 'loki',
      paths: [steps('sum by (service, detected_level) (count_over_time({namespace="prod"}[1m]))')],
    },
    {
      id: 'LQ9',
      ask: 'top 20 users by errors, 1 min',
      product: 'loki',
      paths: [
        form('/loki/api/v1/query', {
          query:
            'topk(20, sum by (user_id) (count_over_time({namespace="prod"} | detected_level="error" | logfmt user_id [1m])))',
          time: minutes.end,
        }),
      ],
    },
    {
      id: 'LQ10',
      ask: 'p99 of a JSON field by another',
      product: 'loki',
      paths: [
        steps(
          'quantile_over_time(0.99, {namespace="prod"} |= `{"level"` | json | __error__="" | unwrap amount [5m]) by (route)',
        ),
      ],
    },
    {
      id: 'LQ11',
      ask: 'patterns of 5 min',
      product: 'loki',
      paths: [
        form('/loki/api/v1/patterns', {
          query: '{namespace="prod"}',
          start: `${toMs - 300_000}000000`,
          end: `${toMs}000000`,
        }),
      ],
      isOwn: true,
    },
    {
      id: 'LQ12',
      ask: 'label names and values',
      product: 'loki',
      paths: [form('/loki/api/v1/labels', bounds), form('/loki/api/v1/label/pod/values', bounds)],
    },
  ];
}

const BY_SET: Readonly<Record<SetName, (set: GeneratedSet) => BenchQuery[]>> = {
  M1: metricQueries,
  L1: logQueries,
  T1: traceQueries,
  T2: monsterQueries,
};

export function queriesOf(set: GeneratedSet): BenchQuery[] {
  return BY_SET[set.name](set);
}
