/** Environment variables and the setting each one is; flags have the same names (`--compat-ports`, `--data DIR`). */
export const ENVIRONMENT: Readonly<
  Record<string, { readonly path: readonly string[]; readonly kind: 'string' | 'boolean' | 'number' }>
> = {
  TRILITH_LISTEN: { path: ['listen'], kind: 'string' },
  TRILITH_OTLP_LISTEN: { path: ['otlp_listen'], kind: 'string' },
  TRILITH_OTLP_GRPC_LISTEN: { path: ['otlp_grpc_listen'], kind: 'string' },
  TRILITH_COMPAT_PORTS: { path: ['compat_ports'], kind: 'boolean' },
  TRILITH_CI_GITLAB_URL: { path: ['ci', 'gitlab', 'url'], kind: 'string' },
  TRILITH_CI_GITLAB_TOKEN: { path: ['ci', 'gitlab', 'token'], kind: 'string' },
  TRILITH_CI_GITLAB_WEBHOOK_TOKEN: { path: ['ci', 'gitlab', 'webhook_token'], kind: 'string' },
  TRILITH_FORWARD_LISTEN: { path: ['forward_listen'], kind: 'string' },
  TRILITH_FORWARD_SHARED_KEY: { path: ['forward', 'shared_key'], kind: 'string' },
  TRILITH_SYSLOG_UDP_LISTEN: { path: ['syslog', 'udp_listen'], kind: 'string' },
  TRILITH_SYSLOG_TCP_LISTEN: { path: ['syslog', 'tcp_listen'], kind: 'string' },
  TRILITH_SYSLOG_TLS_LISTEN: { path: ['syslog', 'tls_listen'], kind: 'string' },
  TRILITH_SYSLOG_TLS_CERT: { path: ['syslog', 'tls_cert'], kind: 'string' },
  TRILITH_SYSLOG_TLS_KEY: { path: ['syslog', 'tls_key'], kind: 'string' },
  TRILITH_JAEGER_AGENT_LISTEN: { path: ['jaeger', 'agent_listen'], kind: 'string' },
  TRILITH_DATA: { path: ['data'], kind: 'string' },
  TRILITH_LOG_LEVEL: { path: ['log_level'], kind: 'string' },
  TRILITH_PROMETHEUS_CONFIG: { path: ['prometheus_config'], kind: 'string' },
  TRILITH_ALERTMANAGER_CONFIG: { path: ['alerting', 'config'], kind: 'string' },
  TRILITH_ALERTING_LANGUAGE: { path: ['alerting', 'language'], kind: 'string' },
  TRILITH_ON_CALL_FILE: { path: ['on_call', 'file'], kind: 'string' },
  TRILITH_ON_CALL_SLACK_SIGNING_SECRET: { path: ['on_call', 'slack_signing_secret'], kind: 'string' },
  TRILITH_EXTERNAL_URL: { path: ['external_url'], kind: 'string' },
  TRILITH_SELF_MONITORING: { path: ['self_monitoring'], kind: 'boolean' },
  TRILITH_CLICKHOUSE_URL: { path: ['clickhouse', 'url'], kind: 'string' },
  TRILITH_CLICKHOUSE_CLUSTER: { path: ['clickhouse', 'cluster'], kind: 'string' },
  TRILITH_CLICKHOUSE_USER: { path: ['clickhouse', 'user'], kind: 'string' },
  TRILITH_CLICKHOUSE_PASSWORD: { path: ['clickhouse', 'password'], kind: 'string' },
  TRILITH_CLICKHOUSE_READER_USER: { path: ['clickhouse', 'reader_user'], kind: 'string' },
  TRILITH_CLICKHOUSE_READER_PASSWORD: { path: ['clickhouse', 'reader_password'], kind: 'string' },
  TRILITH_CLICKHOUSE_SECRET: { path: ['clickhouse', 'secret'], kind: 'string' },
  TRILITH_CLICKHOUSE_REPLICATED: { path: ['clickhouse', 'replicated'], kind: 'boolean' },
  TRILITH_ENGINE_MEMORY_MIB: { path: ['engine_memory_mib'], kind: 'number' },
  TRILITH_RECENT_SAMPLES_MIB: { path: ['recent_samples_mib'], kind: 'number' },
  TRILITH_RECENT_SPANS_MIB: { path: ['recent_spans_mib'], kind: 'number' },
  TRILITH_RECENT_LOGS_MIB: { path: ['recent_logs_mib'], kind: 'number' },
  TRILITH_ENABLE_FEATURE: { path: ['enable_feature'], kind: 'string' },
  TRILITH_RETENTION_METRICS_DAYS: { path: ['retention', 'metrics_days'], kind: 'number' },
  TRILITH_RETENTION_LOGS_DAYS: { path: ['retention', 'logs_days'], kind: 'number' },
  TRILITH_RETENTION_TRACES_DAYS: { path: ['retention', 'traces_days'], kind: 'number' },
  TRILITH_INGEST_MIB_PER_SECOND: { path: ['limits', 'ingest_mib_per_second'], kind: 'number' },
  TRILITH_ACTIVE_SERIES: { path: ['limits', 'active_series'], kind: 'number' },
  TRILITH_ACTIVE_STREAMS: { path: ['limits', 'active_streams'], kind: 'number' },
  TRILITH_DISK_RESERVE_MIB: { path: ['limits', 'disk_reserve_mib'], kind: 'number' },
  TRILITH_DISK_RESERVE_RATIO: { path: ['limits', 'disk_reserve_ratio'], kind: 'number' },
  TRILITH_OUT_OF_ORDER_MINUTES: { path: ['limits', 'out_of_order_minutes'], kind: 'number' },
  TRILITH_OLDEST_HOURS: { path: ['limits', 'oldest_hours'], kind: 'number' },
  TRILITH_QUERY_SECONDS: { path: ['limits', 'query_seconds'], kind: 'number' },
  TRILITH_QUERY_SAMPLES: { path: ['limits', 'query_samples'], kind: 'number' },
  TRILITH_QUERY_MEMORY_MIB: { path: ['limits', 'query_memory_mib'], kind: 'number' },
  TRILITH_QUERY_ROWS: { path: ['limits', 'query_rows'], kind: 'number' },
  TRILITH_QUERY_SERIES: { path: ['limits', 'query_series'], kind: 'number' },
  TRILITH_QUERIES_WAITING: { path: ['limits', 'queries_waiting'], kind: 'number' },
  TRILITH_SPAN_METRICS_ENABLED: { path: ['span_metrics', 'enabled'], kind: 'boolean' },
  TRILITH_SPAN_METRICS_INTERVAL_SECONDS: { path: ['span_metrics', 'interval_seconds'], kind: 'number' },
  TRILITH_SAMPLING_HEAD: { path: ['sampling', 'head'], kind: 'number' },
  TRILITH_RUNBOOKS: { path: ['runbooks', 'directory'], kind: 'string' },
  TRILITH_RUNBOOKS_CHECK_LINKS: { path: ['runbooks', 'check_links'], kind: 'boolean' },
  TRILITH_WAL_MIB: { path: ['limits', 'wal_mib'], kind: 'number' },
};

/** Variables read elsewhere, so that a typo among TRILITH_* is still an error. */
export const OTHER_VARIABLES: ReadonlySet<string> = new Set([
  'TRILITH_CONFIG',
  'TRILITH_FAULT',
  'TRILITH_URL',
  'TRILITH_KEY',
]);

/** What variables begin with that only tests read: a shell that has them may also start the program. */
export const TEST_VARIABLES = 'TRILITH_TEST_';

/** The flags and variables, one a line, for `--help`. */
export function describeSettings(): string {
  return Object.entries(ENVIRONMENT)
    .map(
      ([variable, { kind }]) =>
        `  --${variable.slice(8).toLowerCase().replaceAll('_', '-').padEnd(28)} ${variable.padEnd(34)} ${kind}`,
    )
    .join('\n');
}
