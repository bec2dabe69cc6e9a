import { encodeMessage, withBinaryIds } from './messages.ts';

/**
 * Good requests of every door. `neighbour(n)` holds records that are looked for at the end; `captures` are what is damaged:
 * other names, and everything the protocol knows in them.
 */
export interface Payloads {
  neighbour(n: number): Buffer;
  readonly captures: readonly Buffer[];
}

/** Records in one neighbour. */
export const RECORDS = 3;

type Pairs = readonly (readonly [name: string, value: string])[];

const NOW = Date.now();
const timeMs = (n: number): number => NOW - 60_000 + n * 10;
const ns = (ms: number): string => `${ms}000000`;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

export function neighbourTrace(door: string, n: number): string {
  return Buffer.from(`${door}`.padEnd(12, '-').slice(0, 12)).toString('hex') + n.toString(16).padStart(8, '0');
}

export const neighbourValue = (n: number, i: number): number => n * 10 + i + 0.5;
export const neighbourLine = (door: string, n: number, i: number): string =>
  `level=info door=${door} item=${n * 10 + i}`;

function goodPairs(door: string, n: number, i: number): Pairs {
  return [
    ['__name__', 'hostile_good'],
    ['door', door],
    ['i', String(i)],
    ['n', String(n)],
  ];
}

const DAMAGED: Pairs = [
  ['__name__', 'hostile_damaged_total'],
  ['instance', '10.0.0.7:8080'],
  ['job', 'payments-api'],
  ['route', '/v1/pay/текст'],
];

const HISTOGRAM = {
  countInt: 9,
  sum: 18.4,
  schema: 1,
  zeroThreshold: 0.001,
  zeroCountInt: 2,
  positiveSpans: [
    { offset: 0, length: 2 },
    { offset: 1, length: 2 },
  ],
  positiveDeltas: [1, 1, -1, 0],
  timestamp: timeMs(0),
};

const labelled = (pairs: Pairs) => pairs.map(([name, value]) => ({ name, value }));
const exemplarPairs: Pairs = [['trace_id', TRACE]];

export function remoteWrite1(door: string): Payloads {
  const encode = (timeseries: readonly object[], metadata: readonly object[] = []): Buffer =>
    encodeMessage('prometheus.WriteRequest', { timeseries, metadata });
  return {
    neighbour: (n) =>
      encode(
        Array.from({ length: RECORDS }, (_, i) => ({
          labels: labelled(goodPairs(door, n, i)),
          samples: [{ value: neighbourValue(n, i), timestamp: timeMs(n) }],
        })),
      ),
    captures: [
      encode([
        {
          labels: labelled(DAMAGED),
          samples: [1, 2, 3].map((k) => ({ value: k * 1.5, timestamp: timeMs(k) })),
          exemplars: [{ labels: labelled(exemplarPairs), value: 0.5, timestamp: timeMs(1) }],
        },
      ]),
      encode(
        [{ labels: labelled(DAMAGED), histograms: [HISTOGRAM] }],
        [{ type: 1, metricFamilyName: 'hostile_damaged', help: 'Damaged.', unit: 's' }],
      ),
      encode([{ labels: labelled(DAMAGED), samples: [{ value: Number.NaN, timestamp: timeMs(9) }] }]),
    ],
  };
}

export function remoteWrite2(door: string): Payloads {
  const encode = (series: readonly { readonly labels: Pairs; readonly [field: string]: unknown }[]): Buffer => {
    const symbols = [''];
    const reference = (text: string): number => {
      const known = symbols.indexOf(text);
      return known >= 0 ? known : symbols.push(text) - 1;
    };
    const refs = (pairs: Pairs) => pairs.flat().map(reference);
    const timeseries = series.map(({ labels, ...rest }) => ({
      ...rest,
      labelsRefs: refs(labels),
      exemplars: rest.exemplars === true ? [{ labelsRefs: refs(exemplarPairs), value: 2, timestamp: timeMs(1) }] : [],
      metadata: { type: 1, helpRef: reference('Help.'), unitRef: reference('seconds') },
    }));
    return encodeMessage('write.Request', { symbols, timeseries });
  };
  return {
    neighbour: (n) =>
      encode(
        Array.from({ length: RECORDS }, (_, i) => ({
          labels: goodPairs(door, n, i),
          samples: [{ value: neighbourValue(n, i), timestamp: timeMs(n) }],
        })),
      ),
    captures: [
      encode([
        { labels: DAMAGED, samples: [1, 2].map((k) => ({ value: k / 3, timestamp: timeMs(k) })), exemplars: true },
      ]),
      encode([{ labels: DAMAGED, histograms: [HISTOGRAM] }]),
    ],
  };
}

const LINES = [
  '{"level":50,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","request_id":"r-1","user_id":42,"msg":"card_declined"}',
  'ts=2026-11-22T10:00:00Z level=warn caller=main.go:12 msg="slow \\"query\\"" duration=1.5s',
  'плохая строка \u0000 с нулём и 👍',
];

export function lokiProtobuf(door: string): Payloads {
  const stamp = (ms: number) => ({ seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1_000_000 });
  const encode = (labels: string, lines: readonly string[], n: number, metadata: readonly object[] = []): Buffer =>
    encodeMessage('logproto.PushRequest', {
      streams: [
        {
          labels,
          entries: lines.map((line, i) => ({
            timestamp: stamp(timeMs(n) + i),
            line,
            structuredMetadata: metadata,
          })),
        },
      ],
    });
  return {
    neighbour: (n) =>
      encode(
        `{app="good", door="${door}"}`,
        Array.from({ length: RECORDS }, (_, i) => neighbourLine(door, n, i)),
        n,
      ),
    captures: [
      encode('{app="damaged", namespace="prod", pod="p-1"}', LINES, 1, [{ name: 'trace_id', value: TRACE }]),
      encode('{service_name="damaged", level="error"}', LINES.slice(0, 1), 2),
    ],
  };
}

export function lokiJson(door: string): Payloads {
  const encode = (stream: object, lines: readonly string[], n: number, metadata?: object): Buffer =>
    Buffer.from(
      JSON.stringify({
        streams: [
          {
            stream,
            values: lines.map((line, i) =>
              metadata === undefined ? [ns(timeMs(n) + i), line] : [ns(timeMs(n) + i), line, metadata],
            ),
          },
        ],
      }),
    );
  return {
    neighbour: (n) =>
      encode(
        { app: 'good', door },
        Array.from({ length: RECORDS }, (_, i) => neighbourLine(door, n, i)),
        n,
      ),
    captures: [
      encode({ app: 'damaged', namespace: 'prod', level: 'warn' }, LINES, 1, { trace_id: TRACE, pod: 'p-1' }),
      encode({ service_name: 'damaged' }, LINES.slice(1), 2),
    ],
  };
}

/** Fluent Bit's `http` output, `json_lines`. */
export function fluentJson(door: string): Payloads {
  const encode = (lines: readonly string[], n: number, fields: object): Buffer =>
    Buffer.from(lines.map((log, i) => JSON.stringify({ date: (timeMs(n) + i) / 1000, log, ...fields })).join('\n'));
  return {
    neighbour: (n) =>
      encode(
        Array.from({ length: RECORDS }, (_, i) => neighbourLine(door, n, i)),
        n,
        { service_name: `good-${door}` },
      ),
    captures: [
      encode(LINES, 1, {
        stream: 'stderr',
        kubernetes: { pod_name: 'p-1', namespace_name: 'prod', labels: { app: 'damaged' } },
      }),
      encode(LINES.slice(1), 2, {
        service: 'damaged',
        amount: 1e21,
        list: [1, { текст: null }],
        '@timestamp': '2026-11-22',
      }),
    ],
  };
}

export type OtlpFormat = 'protobuf' | 'json';
type OtlpMessage = 'otlp.TracesData' | 'otlp.LogsData' | 'otlp.MetricsData';

const attribute = (key: string, value: object) => ({ key, value });
const text = (key: string, value: string) => attribute(key, { stringValue: value });
const resource = (service: string) => ({
  attributes: [text('service.name', service), text('service.instance.id', 'pod-1')],
});
const SCOPE = { name: 'http', version: '1.0', attributes: [text('scope.k', 'v')] };
const VALUES = [
  text('s', 'текст'),
  attribute('i', { intValue: '-9223372036854775808' }),
  attribute('d', { doubleValue: 637.704 }),
  attribute('b', { boolValue: true }),
  attribute('a', { arrayValue: { values: [{ stringValue: 'x' }, { intValue: '7' }] } }),
  attribute('k', { kvlistValue: { values: [text('in', 'side')] } }),
];

function otlp(format: OtlpFormat, message: OtlpMessage): (request: object) => Buffer {
  return (request) =>
    format === 'json' ? Buffer.from(JSON.stringify(request)) : encodeMessage(message, withBinaryIds(request) as object);
}

export function otlpTraces(door: string, format: OtlpFormat): Payloads {
  const encode = otlp(format, 'otlp.TracesData');
  const request = (service: string, spans: readonly object[]) => ({
    resourceSpans: [{ resource: resource(service), scopeSpans: [{ scope: SCOPE, spans }] }],
  });
  const span = (id: string, traceId: string, startMs: number, more: object = {}) => ({
    traceId,
    spanId: id,
    name: 'POST /v1/pay',
    kind: 2,
    startTimeUnixNano: ns(startMs),
    endTimeUnixNano: ns(startMs + 15),
    ...more,
  });
  return {
    neighbour: (n) =>
      encode(
        request(
          'good',
          Array.from({ length: RECORDS }, (_, i) =>
            span((i + 1).toString(16).padStart(16, '0'), neighbourTrace(door, n), timeMs(n)),
          ),
        ),
      ),
    captures: [
      encode(
        request('damaged', [
          span(SPAN, TRACE, timeMs(1), {
            parentSpanId: '00f067aa0ba902b8',
            traceState: 'a=1',
            attributes: VALUES,
            events: [{ timeUnixNano: ns(timeMs(1)), name: 'exception', attributes: [text('exception.type', 'E')] }],
            links: [{ traceId: TRACE, spanId: SPAN, attributes: [text('l', '1')] }],
            status: { code: 2, message: 'card_declined' },
          }),
        ]),
      ),
      encode(request('damaged', [span(SPAN, TRACE, timeMs(2)), span('00f067aa0ba902b9', TRACE, timeMs(3))])),
    ],
  };
}

export function otlpLogs(door: string, format: OtlpFormat): Payloads {
  const encode = otlp(format, 'otlp.LogsData');
  const request = (service: string, logRecords: readonly object[]) => ({
    resourceLogs: [
      {
        resource: { attributes: [...resource(service).attributes, text('k8s.container.name', door)] },
        scopeLogs: [{ scope: SCOPE, logRecords }],
      },
    ],
  });
  const record = (line: string, ms: number, more: object = {}) => ({
    timeUnixNano: ns(ms),
    observedTimeUnixNano: ns(ms),
    severityNumber: 9,
    severityText: 'INFO',
    body: { stringValue: line },
    ...more,
  });
  return {
    neighbour: (n) =>
      encode(
        request(
          `good-${door}`,
          Array.from({ length: RECORDS }, (_, i) => record(neighbourLine(door, n, i), timeMs(n) + i)),
        ),
      ),
    captures: [
      encode(
        request('damaged', [
          record('card_declined', timeMs(1), { attributes: VALUES, traceId: TRACE, spanId: SPAN, flags: 1 }),
          record('', timeMs(2), { body: { kvlistValue: { values: VALUES } } }),
        ]),
      ),
      encode(
        request(
          'damaged',
          LINES.map((line, i) => record(line, timeMs(i))),
        ),
      ),
    ],
  };
}

export function otlpMetrics(door: string, format: OtlpFormat): Payloads {
  const encode = otlp(format, 'otlp.MetricsData');
  const request = (service: string, metrics: readonly object[]) => ({
    resourceMetrics: [{ resource: resource(service), scopeMetrics: [{ scope: SCOPE, metrics }] }],
  });
  const at = (n: number) => ({ timeUnixNano: ns(timeMs(n)) });
  const exemplars = [{ ...at(1), asDouble: 0.5, traceId: TRACE, spanId: SPAN, filteredAttributes: [text('u', '1')] }];
  return {
    neighbour: (n) =>
      encode(
        request('good', [
          {
            name: 'hostile_good',
            gauge: {
              dataPoints: Array.from({ length: RECORDS }, (_, i) => ({
                ...at(n),
                asDouble: neighbourValue(n, i),
                attributes: [text('door', door), text('i', String(i)), text('n', String(n))],
              })),
            },
          },
        ]),
      ),
    captures: [
      encode(
        request('damaged', [
          {
            name: 'queue.depth',
            unit: '{items}',
            description: 'Depth.',
            gauge: { dataPoints: [{ ...at(1), asInt: '-7' }] },
          },
          {
            name: 'requests',
            unit: '1',
            sum: {
              aggregationTemporality: 2,
              isMonotonic: true,
              dataPoints: [{ ...at(2), asDouble: 12.5, attributes: VALUES, exemplars }],
            },
          },
        ]),
      ),
      encode(
        request('damaged', [
          {
            name: 'latency',
            unit: 's',
            histogram: {
              aggregationTemporality: 2,
              dataPoints: [
                { ...at(3), count: '6', sum: 2.75, bucketCounts: ['1', '2', '3'], explicitBounds: [0.1, 1], exemplars },
              ],
            },
          },
          {
            name: 'sizes',
            exponentialHistogram: {
              aggregationTemporality: 2,
              dataPoints: [
                {
                  ...at(4),
                  count: '7',
                  sum: 9,
                  scale: 3,
                  zeroCount: '1',
                  positive: { offset: 2, bucketCounts: ['1', '5'] },
                },
              ],
            },
          },
          {
            name: 'gc',
            summary: {
              dataPoints: [{ ...at(5), count: '3', sum: 1, quantileValues: [{ quantile: 0.5, value: 0.25 }] }],
            },
          },
        ]),
      ),
    ],
  };
}
