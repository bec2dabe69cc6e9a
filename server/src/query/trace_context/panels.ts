import type { Subject } from './subjects.ts';

/** One graph, ready to draw. */
export interface MetricPanel {
  /** Stable name of a known panel, or the metric's name. */
  readonly id: string;
  readonly title: string;
  readonly unit: 'short' | 'bytes' | 'Bps' | 's' | 'ratio' | 'rps';
  readonly query: string;
}

interface KnownPanel extends Omit<MetricPanel, 'query'> {
  /** Metrics it needs; the first one stands for `$metric`. */
  readonly needs: readonly string[];
  /** PromQL; `$s` stands for the subject's matchers, without braces. */
  readonly query: string;
}

const RATE = 'sum(rate($metric{$s}[5m]))';
const P95 = 'histogram_quantile(0.95, sum by (le) (rate($metric{$s}[5m])))';

/** One panel for each of several metrics that say the same. */
function any(panel: Omit<KnownPanel, 'needs'>, ...metrics: readonly string[]): KnownPanel[] {
  return metrics.map((metric) => ({ ...panel, needs: [metric] }));
}

const PROCESS: readonly KnownPanel[] = [
  ...any({ id: 'cpu', title: 'CPU cores', unit: 'short', query: RATE }, 'process_cpu_seconds_total'),
  ...any(
    { id: 'memory', title: 'Memory', unit: 'bytes', query: 'sum($metric{$s})' },
    'process_resident_memory_bytes',
    'process_memory_usage_bytes',
  ),
  ...any(
    { id: 'event_loop', title: 'Event loop delay', unit: 's', query: 'max($metric{$s})' },
    'nodejs_eventloop_lag_p99_seconds',
    'nodejs_eventloop_delay_p99_seconds',
  ),
  ...any(
    { id: 'heap', title: 'Heap', unit: 'bytes', query: 'sum($metric{$s})' },
    'nodejs_heap_size_used_bytes',
    'jvm_memory_used_bytes',
    'go_memstats_heap_inuse_bytes',
  ),
  ...any({ id: 'gc', title: 'Garbage collection', unit: 'ratio', query: RATE }, 'jvm_gc_duration_seconds_sum'),
  ...any({ id: 'threads', title: 'Goroutines', unit: 'short', query: 'sum($metric{$s})' }, 'go_goroutines'),
];

const REQUESTS: readonly KnownPanel[] = [
  ...any(
    { id: 'requests', title: 'Requests', unit: 'rps', query: RATE },
    'http_server_request_duration_seconds_count',
    'http_server_requests_seconds_count',
    'http_requests_total',
    'traces_spanmetrics_calls_total',
  ),
  ...any(
    { id: 'p95', title: 'Duration, p95', unit: 's', query: P95 },
    'http_server_request_duration_seconds_bucket',
    'http_server_requests_seconds_bucket',
    'http_request_duration_seconds_bucket',
    'traces_spanmetrics_latency_bucket',
  ),
];

/** What people look at first, by kind of subject; of panels with one id the first that has its metrics is taken. */
const KNOWN: Readonly<Record<Subject['kind'], readonly KnownPanel[]>> = {
  service: [...REQUESTS, ...PROCESS],
  process: [...PROCESS, ...REQUESTS],
  pod: [
    ...any(
      { id: 'cpu', title: 'CPU cores', unit: 'short', query: 'sum by (container) (rate($metric{$s}[5m]))' },
      'container_cpu_usage_seconds_total',
    ),
    ...any(
      { id: 'memory', title: 'Memory', unit: 'bytes', query: 'sum by (container) ($metric{$s})' },
      'container_memory_working_set_bytes',
      'k8s_pod_memory_working_set_bytes',
    ),
    {
      id: 'throttled',
      title: 'CPU throttled',
      unit: 'ratio',
      needs: ['container_cpu_cfs_throttled_periods_total', 'container_cpu_cfs_periods_total'],
      query: 'sum(rate($metric{$s}[5m])) / sum(rate(container_cpu_cfs_periods_total{$s}[5m]))',
    },
    ...any(
      { id: 'restarts', title: 'Restarts', unit: 'short', query: 'sum($metric{$s})' },
      'kube_pod_container_status_restarts_total',
    ),
    ...any({ id: 'network', title: 'Received', unit: 'Bps', query: RATE }, 'container_network_receive_bytes_total'),
    ...PROCESS,
  ],
  host: [
    ...any(
      { id: 'cpu', title: 'CPU', unit: 'ratio', query: '1 - avg(rate($metric{$s,mode="idle"}[5m]))' },
      'node_cpu_seconds_total',
    ),
    {
      id: 'memory',
      title: 'Memory',
      unit: 'ratio',
      needs: ['node_memory_MemAvailable_bytes', 'node_memory_MemTotal_bytes'],
      query: '1 - sum($metric{$s}) / sum(node_memory_MemTotal_bytes{$s})',
    },
    ...any({ id: 'load', title: 'Load', unit: 'short', query: 'max($metric{$s})' }, 'node_load1'),
    ...any(
      { id: 'disk', title: 'Disk busy', unit: 'ratio', query: 'max(rate($metric{$s}[5m]))' },
      'node_disk_io_time_seconds_total',
    ),
  ],
  database: [
    ...any(
      { id: 'connections', title: 'Connections', unit: 'short', query: 'sum($metric{$s})' },
      'pg_stat_database_numbackends',
      'mysql_global_status_threads_connected',
      'redis_connected_clients',
      'mongodb_ss_connections',
      'db_client_connection_count',
    ),
    ...any({ id: 'locks', title: 'Locks', unit: 'short', query: 'sum by (mode) ($metric{$s})' }, 'pg_locks_count'),
    ...any(
      { id: 'deadlocks', title: 'Deadlocks in 5 minutes', unit: 'short', query: 'sum(increase($metric{$s}[5m]))' },
      'pg_stat_database_deadlocks',
      'mysql_global_status_innodb_deadlocks',
    ),
    ...any(
      { id: 'commits', title: 'Commits', unit: 'rps', query: RATE },
      'pg_stat_database_xact_commit',
      'mysql_global_status_queries',
      'redis_commands_processed_total',
    ),
    ...any({ id: 'p95', title: 'Duration, p95', unit: 's', query: P95 }, 'db_client_operation_duration_seconds_bucket'),
  ],
  queue: [
    ...any(
      { id: 'lag', title: 'Lag', unit: 'short', query: 'sum by (group) ($metric{$s})' },
      'kafka_consumergroup_lag',
      'kafka_consumer_group_lag',
    ),
    ...any({ id: 'ready', title: 'Ready', unit: 'short', query: 'sum($metric{$s})' }, 'rabbitmq_queue_messages_ready'),
    ...any(
      { id: 'unacked', title: 'Unacknowledged', unit: 'short', query: 'sum($metric{$s})' },
      'rabbitmq_queue_messages_unacked',
    ),
    ...any(
      { id: 'produced', title: 'Produced', unit: 'rps', query: RATE },
      'kafka_topic_partition_current_offset',
      'rabbitmq_queue_messages_published_total',
    ),
  ],
};

const MOST_PANELS = 6;
const MOST_UNKNOWN = 4;
/** Series about the scrape or the target itself, not about what it does. */
const NOT_ASKED = /^(?:up|ALERTS|ALERTS_FOR_STATE|target_info|scrape_.*|.*_(?:info|created|build_info))$/;

/** The graphs for a subject whose matchers (as PromQL, without braces) select series of these metrics. */
export function panelsFor(kind: Subject['kind'], selected: string, metrics: ReadonlySet<string>): MetricPanel[] {
  const panels: MetricPanel[] = [];
  for (const { needs, query, ...panel } of KNOWN[kind]) {
    if (panels.length >= MOST_PANELS) break;
    if (panels.some(({ id }) => id === panel.id) || !needs.every((metric) => metrics.has(metric))) continue;
    panels.push({ ...panel, query: query.replaceAll('$metric', needs[0] ?? '').replaceAll('$s', () => selected) });
  }
  return panels.length > 0 ? panels : unknownPanels(selected, metrics);
}

/** The usual question of metrics nobody told us about: rate of a counter, p95 of buckets, else the value. */
function unknownPanels(selected: string, metrics: ReadonlySet<string>): MetricPanel[] {
  return [...metrics]
    .filter((metric) => !NOT_ASKED.test(metric) && !isPartOfHistogram(metric, metrics))
    .sort()
    .slice(0, MOST_UNKNOWN)
    .map((metric): MetricPanel => {
      const ask = (query: string): string => query.replaceAll('$metric', metric).replaceAll('$s', () => selected);
      const panel = { id: metric, title: metric };
      if (metric.endsWith('_bucket'))
        return { ...panel, unit: metric.includes('_seconds') ? 's' : 'short', query: ask(P95) };
      if (/_(?:total|count|sum)$/.test(metric)) return { ...panel, unit: 'rps', query: ask(RATE) };
      return { ...panel, unit: metric.endsWith('_bytes') ? 'bytes' : 'short', query: ask('sum($metric{$s})') };
    });
}

function isPartOfHistogram(metric: string, metrics: ReadonlySet<string>): boolean {
  const [, base] = /^(.+)_(?:count|sum)$/.exec(metric) ?? [];
  return base !== undefined && metrics.has(`${base}_bucket`);
}
