/** Series made from spans: of the spans themselves (RED by operation) and of the edges between services. */
export type SpanFamilyName = 'calls' | 'edges';

export interface SpanFamily {
  /** What the parts of a key are, in order. */
  readonly labels: readonly string[];
  /** Counters in the order of {@link Sums.counters}, with their help. */
  readonly counters: readonly (readonly [name: string, help: string])[];
  /** Histograms of seconds in the order of {@link Sums.histograms}. */
  readonly histograms: readonly (readonly [name: string, help: string])[];
  /** Upper bounds of the classic buckets, seconds. */
  readonly bounds: readonly number[];
}

const doubling = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first * 2 ** i);

/** Names, labels and bounds as Tempo's metrics-generator has them (modules/generator/processor). */
export const SPAN_FAMILIES: Readonly<Record<SpanFamilyName, SpanFamily>> = {
  calls: {
    labels: ['service', 'span_name', 'span_kind', 'status_code'],
    counters: [
      ['traces_spanmetrics_calls_total', 'Spans, by operation; each as many as its sampling weight says.'],
      ['traces_spanmetrics_size_total', 'Bytes of spans as they came.'],
    ],
    histograms: [['traces_spanmetrics_latency', 'Duration of spans, in seconds.']],
    bounds: doubling(0.002, 14),
  },
  edges: {
    labels: ['client', 'server', 'connection_type'],
    counters: [
      ['traces_service_graph_request_total', 'Requests between two services.'],
      ['traces_service_graph_request_failed_total', 'Requests between two services that failed on either side.'],
    ],
    histograms: [
      ['traces_service_graph_request_server_seconds', 'Duration of requests as the server saw them.'],
      ['traces_service_graph_request_client_seconds', 'Duration of requests as the client saw them.'],
      ['traces_service_graph_request_messaging_system_seconds', 'Time messages were under way.'],
    ],
    bounds: doubling(0.1, 8),
  },
};

/** Places of the histograms of `edges`. */
export const EDGE_HISTOGRAM = { server: 0, client: 1, messaging: 2 } as const;

export const SPAN_KIND_LABELS = [
  'SPAN_KIND_UNSPECIFIED',
  'SPAN_KIND_INTERNAL',
  'SPAN_KIND_SERVER',
  'SPAN_KIND_CLIENT',
  'SPAN_KIND_PRODUCER',
  'SPAN_KIND_CONSUMER',
] as const;

export const STATUS_CODE_LABELS = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'] as const;

/** The label of the series that takes what is beyond the limit, as Tempo's. */
export const OVERFLOW_LABEL = 'metric_overflow';

/** Parts of a key are joined by this; texts that hold it lose it. */
export const KEY_SEPARATOR = '\u0000';
