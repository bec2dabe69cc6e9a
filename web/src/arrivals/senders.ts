export interface Doors {
  /** The origin this page came from. */
  readonly origin: string;
  /** OTLP over HTTP, or null when only the main port is open. */
  readonly otlpHttp: string | null;
  readonly otlpGrpc: string | null;
}

export interface Sender {
  readonly id: string;
  readonly name: string;
  /** File or place the text belongs in. */
  readonly place: string;
  readonly text: string;
}

/** Host and port of an origin, and whether it speaks TLS, for senders that want them apart. */
function parts(origin: string): { readonly host: string; readonly port: string; readonly tls: boolean } {
  const url = new URL(origin);
  const tls = url.protocol === 'https:';
  return { host: url.hostname, port: url.port === '' ? (tls ? '443' : '80') : url.port, tls };
}

/**
 * A door's address as a sender elsewhere would use it: a server that listens on loopback or on every address is known
 * to the browser by the page's own host.
 */
export function reachable(door: string, origin: string): string {
  const url = new URL(door);
  if (/^(?:127\.|0\.0\.0\.0$|localhost$|\[::1?\]$)/.test(url.hostname)) url.hostname = new URL(origin).hostname;
  return url.origin;
}

/** Ready configurations for the usual senders, with this server's addresses filled in. */
export function senders({ origin, otlpHttp, otlpGrpc }: Doors): readonly Sender[] {
  const { host, port, tls } = parts(origin);
  const otlp = otlpHttp === null ? origin : reachable(otlpHttp, origin);
  const grpc =
    otlpGrpc === null
      ? ''
      : `\n# or over gRPC:\n# OTEL_EXPORTER_OTLP_PROTOCOL=grpc OTEL_EXPORTER_OTLP_ENDPOINT=${reachable(otlpGrpc, origin)}`;
  return [
    {
      id: 'otlp',
      name: 'OpenTelemetry SDK',
      place: 'environment',
      text: `export OTEL_SERVICE_NAME=my-service
export OTEL_EXPORTER_OTLP_ENDPOINT=${otlp}
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_TRACES_EXPORTER=otlp
export OTEL_METRICS_EXPORTER=otlp
export OTEL_LOGS_EXPORTER=otlp${grpc}`,
    },
    {
      id: 'collector',
      name: 'OpenTelemetry Collector',
      place: 'config.yaml',
      text: `exporters:
  otlphttp/trilith:
    endpoint: ${otlp}
    compression: gzip
service:
  pipelines:
    traces: { receivers: [otlp], exporters: [otlphttp/trilith] }
    metrics: { receivers: [otlp], exporters: [otlphttp/trilith] }
    logs: { receivers: [otlp], exporters: [otlphttp/trilith] }`,
    },
    {
      id: 'remote-write',
      name: 'Prometheus remote write',
      place: 'prometheus.yml',
      text: `remote_write:
  - url: ${origin}/api/v1/write`,
    },
    {
      id: 'scrape',
      name: 'Scrape my service',
      place: 'prometheus.yml (TRILITH_PROMETHEUS_CONFIG)',
      text: `scrape_configs:
  - job_name: my-service
    scrape_interval: 15s
    static_configs:
      - targets: ['127.0.0.1:8080']`,
    },
    {
      id: 'fluent-bit',
      name: 'Fluent Bit',
      place: 'fluent-bit.conf',
      text: `[OUTPUT]
    name                 loki
    match                *
    host                 ${host}
    port                 ${port}
    tls                  ${tls ? 'on' : 'off'}
    uri                  /loki/api/v1/push
    labels               job=fluent-bit, service=$service
    structured_metadata  trace_id=$trace_id, span_id=$span_id
    line_format          json`,
    },
    {
      id: 'promtail',
      name: 'Promtail, Alloy',
      place: 'promtail.yaml',
      text: `clients:
  - url: ${origin}/loki/api/v1/push`,
    },
    {
      id: 'pino',
      name: 'pino-loki',
      place: 'Node.js',
      text: `import pino from 'pino';

const log = pino({
  transport: {
    target: 'pino-loki',
    options: { host: '${origin}', labels: { service: 'my-service' }, batching: { interval: 1 } },
  },
});`,
    },
    {
      id: 'curl',
      name: 'curl',
      place: 'shell',
      text: `curl -s ${origin}/loki/api/v1/push -H 'content-type: application/json' -d "{\\"streams\\":[{\\"stream\\":{\\"service\\":\\"hello\\",\\"level\\":\\"INFO\\"},\\"values\\":[[\\"$(date +%s)000000000\\",\\"hello from curl\\"]]}]}"`,
    },
  ];
}
