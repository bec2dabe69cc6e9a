import { snappyCompress } from '../../../server/src/base/snappy.ts';
import { encodeMessage, withBinaryIds } from '../hostile/messages.ts';

/** A request to a door, ready to be posted. */
export interface PushRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Value and time, ms since the epoch. */
  readonly samples: readonly (readonly [value: number, timeMs: number])[];
}

/** A remote write 1.0 request; labels in the order given. */
export function remoteWrite(series: readonly Series[]): PushRequest {
  const timeseries = series.map(({ labels, samples }) => ({
    labels: Object.entries(labels).map(([name, value]) => ({ name, value })),
    samples: samples.map(([value, timestamp]) => ({ value, timestamp })),
  }));
  return {
    path: '/api/v1/write',
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
    body: snappyCompress(encodeMessage('prometheus.WriteRequest', { timeseries })),
  };
}

/** A Loki push of lines now, or at given times, ms since the epoch. */
export function lokiPush(
  stream: Readonly<Record<string, string>>,
  lines: readonly (string | readonly [line: string, timeMs: number])[],
): PushRequest {
  const now = Date.now();
  const values = lines.map((entry) => {
    const [line, timeMs] = typeof entry === 'string' ? [entry, now] : entry;
    return [`${timeMs}000000`, line];
  });
  return {
    path: '/loki/api/v1/push',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ streams: [{ stream, values }] })),
  };
}

type Signal = 'logs' | 'traces' | 'metrics';

const MESSAGES = { logs: 'otlp.LogsData', traces: 'otlp.TracesData', metrics: 'otlp.MetricsData' } as const;

/** An OTLP request of the items (log records, spans or metrics) of one resource. */
export function otlp(
  signal: Signal,
  items: readonly object[],
  format: 'json' | 'protobuf' = 'json',
  service = 'limits',
): PushRequest {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
  const request = {
    logs: { resourceLogs: [{ resource, scopeLogs: [{ logRecords: items }] }] },
    traces: { resourceSpans: [{ resource, scopeSpans: [{ spans: items }] }] },
    metrics: { resourceMetrics: [{ resource, scopeMetrics: [{ metrics: items }] }] },
  }[signal];
  const body =
    format === 'json'
      ? Buffer.from(JSON.stringify(request))
      : encodeMessage(MESSAGES[signal], withBinaryIds(request) as object);
  const type = format === 'json' ? 'application/json' : 'application/x-protobuf';
  return { path: `/v1/${signal}`, headers: { 'content-type': type }, body };
}

export const logRecord = (line: string, timeMs = Date.now(), more: object = {}): object => ({
  timeUnixNano: `${timeMs}000000`,
  severityNumber: 9,
  body: { stringValue: line },
  ...more,
});

export const span = (n: number, timeMs = Date.now(), more: object = {}): object => ({
  traceId: (n + 1).toString(16).padStart(32, 'a'),
  spanId: (n + 1).toString(16).padStart(16, 'b'),
  name: 'work',
  kind: 2,
  startTimeUnixNano: `${timeMs}000000`,
  endTimeUnixNano: `${timeMs}000000`,
  ...more,
});

export const gauge = (name: string, value: number, timeMs = Date.now()): object => ({
  name,
  gauge: { dataPoints: [{ timeUnixNano: `${timeMs}000000`, asDouble: value }] },
});

/** One small good request of every door. */
export function oneOfEach(n: number): readonly (PushRequest & { readonly name: string })[] {
  const now = Date.now();
  return [
    { name: 'remote write', ...remoteWrite([{ labels: { __name__: 'each', n: String(n) }, samples: [[n, now]] }]) },
    { name: 'Loki push', ...lokiPush({ app: 'each' }, [`each ${n}`]) },
    { name: 'OTLP logs', ...otlp('logs', [logRecord(`each ${n}`, now)]) },
    { name: 'OTLP logs, protobuf', ...otlp('logs', [logRecord(`each ${n}`, now)], 'protobuf', 'each') },
    { name: 'OTLP traces', ...otlp('traces', [span(n, now)]) },
    { name: 'OTLP metrics', ...otlp('metrics', [gauge('each_gauge', n, now)]) },
  ];
}
