import type { ProtobufShape } from '../../base/protobuf_json.ts';

/** Messages of tempopb (grafana/tempo pkg/tempopb/tempo.proto, common.proto) as far as they are spoken here. */

const ANY_VALUE: ProtobufShape = {
  stringValue: { number: 1, type: 'text' },
  boolValue: { number: 2, type: 'bool' },
  intValue: { number: 3, type: 'int64' },
  doubleValue: { number: 4, type: 'double' },
  arrayValue: { number: 5, type: { message: () => ARRAY_VALUE } },
  kvlistValue: { number: 6, type: { message: () => KEY_VALUE_LIST } },
  bytesValue: { number: 7, type: 'bytes' },
};
const ARRAY_VALUE: ProtobufShape = { values: { number: 1, type: { message: () => ANY_VALUE }, repeats: 'list' } };
const KEY_VALUE: ProtobufShape = {
  key: { number: 1, type: 'text' },
  value: { number: 2, type: { message: () => ANY_VALUE } },
};
const KEY_VALUE_LIST: ProtobufShape = { values: { number: 1, type: { message: () => KEY_VALUE }, repeats: 'list' } };
const attributes = (number: number): ProtobufShape[string] => ({
  number,
  type: { message: () => KEY_VALUE },
  repeats: 'list',
});

const SPAN: ProtobufShape = {
  spanID: { number: 1, type: 'text' },
  name: { number: 2, type: 'text' },
  startTimeUnixNano: { number: 3, type: 'uint64' },
  durationNanos: { number: 4, type: 'uint64' },
  attributes: attributes(5),
};
const SPAN_SET: ProtobufShape = {
  spans: { number: 1, type: { message: () => SPAN }, repeats: 'list' },
  matched: { number: 2, type: 'uint32' },
  attributes: attributes(3),
};
const SERVICE_STATS: ProtobufShape = {
  spanCount: { number: 1, type: 'uint32' },
  errorCount: { number: 2, type: 'uint32' },
};
const TRACE_SEARCH_METADATA: ProtobufShape = {
  traceID: { number: 1, type: 'text' },
  rootServiceName: { number: 2, type: 'text' },
  rootTraceName: { number: 3, type: 'text' },
  startTimeUnixNano: { number: 4, type: 'uint64' },
  durationMs: { number: 5, type: 'uint32' },
  spanSet: { number: 6, type: { message: () => SPAN_SET } },
  spanSets: { number: 7, type: { message: () => SPAN_SET }, repeats: 'list' },
  serviceStats: { number: 8, type: { message: () => SERVICE_STATS }, repeats: 'map' },
};
const SEARCH_METRICS: ProtobufShape = {
  inspectedTraces: { number: 1, type: 'uint32' },
  inspectedBytes: { number: 2, type: 'uint64' },
  totalBlocks: { number: 3, type: 'uint32' },
  completedJobs: { number: 4, type: 'uint32' },
  totalJobs: { number: 5, type: 'uint32' },
  inspectedSpans: { number: 7, type: 'uint64' },
};
const METADATA_METRICS: ProtobufShape = {
  inspectedBytes: { number: 1, type: 'uint64' },
  totalJobs: { number: 2, type: 'uint32' },
  completedJobs: { number: 3, type: 'uint32' },
};
const SAMPLE: ProtobufShape = { value: { number: 1, type: 'double' }, timestampMs: { number: 2, type: 'int64' } };
const EXEMPLAR: ProtobufShape = {
  labels: attributes(1),
  value: { number: 2, type: 'double' },
  timestampMs: { number: 3, type: 'int64' },
};
const TIME_SERIES: ProtobufShape = {
  labels: attributes(1),
  samples: { number: 2, type: { message: () => SAMPLE }, repeats: 'list' },
  exemplars: { number: 4, type: { message: () => EXEMPLAR }, repeats: 'list' },
};
const INSTANT_SERIES: ProtobufShape = { labels: attributes(1), value: { number: 2, type: 'double' } };
const TAGS_SCOPE: ProtobufShape = {
  name: { number: 1, type: 'text' },
  tags: { number: 2, type: 'text', repeats: 'list' },
};
const TAG_VALUE: ProtobufShape = { type: { number: 1, type: 'text' }, value: { number: 2, type: 'text' } };

const metadataMetrics: ProtobufShape = { metrics: { number: 2, type: { message: () => METADATA_METRICS } } };
const searchMetrics: ProtobufShape = { metrics: { number: 2, type: { message: () => SEARCH_METRICS } } };

export const SEARCH_RESPONSE: ProtobufShape = {
  traces: { number: 1, type: { message: () => TRACE_SEARCH_METADATA }, repeats: 'list' },
  ...searchMetrics,
};
export const TAGS_RESPONSE: ProtobufShape = {
  tagNames: { number: 1, type: 'text', repeats: 'list' },
  ...metadataMetrics,
};
export const TAGS_V2_RESPONSE: ProtobufShape = {
  scopes: { number: 1, type: { message: () => TAGS_SCOPE }, repeats: 'list' },
  ...metadataMetrics,
};
export const TAG_VALUES_RESPONSE: ProtobufShape = {
  tagValues: { number: 1, type: 'text', repeats: 'list' },
  ...metadataMetrics,
};
export const TAG_VALUES_V2_RESPONSE: ProtobufShape = {
  tagValues: { number: 1, type: { message: () => TAG_VALUE }, repeats: 'list' },
  ...metadataMetrics,
};
export const QUERY_RANGE_RESPONSE: ProtobufShape = {
  series: { number: 1, type: { message: () => TIME_SERIES }, repeats: 'list' },
  ...searchMetrics,
};
export const QUERY_INSTANT_RESPONSE: ProtobufShape = {
  series: { number: 1, type: { message: () => INSTANT_SERIES }, repeats: 'list' },
  ...searchMetrics,
};

export const SEARCH_REQUEST: ProtobufShape = {
  tags: { number: 1, type: 'text', repeats: 'map' },
  minDurationMs: { number: 2, type: 'uint32' },
  maxDurationMs: { number: 3, type: 'uint32' },
  limit: { number: 4, type: 'uint32' },
  start: { number: 5, type: 'uint32' },
  end: { number: 6, type: 'uint32' },
  q: { number: 8, type: 'text' },
  spss: { number: 9, type: 'uint32' },
};
export const TAGS_REQUEST: ProtobufShape = {
  scope: { number: 1, type: 'text' },
  q: { number: 2, type: 'text' },
  start: { number: 3, type: 'uint32' },
  end: { number: 4, type: 'uint32' },
  limit: { number: 5, type: 'uint32' },
  maxStaleValues: { number: 6, type: 'uint32' },
};
export const TAG_VALUES_REQUEST: ProtobufShape = {
  tagName: { number: 1, type: 'text' },
  q: { number: 2, type: 'text' },
  start: { number: 4, type: 'uint32' },
  end: { number: 5, type: 'uint32' },
  limit: { number: 6, type: 'uint32' },
  maxStaleValues: { number: 7, type: 'uint32' },
};
export const QUERY_RANGE_REQUEST: ProtobufShape = {
  q: { number: 1, type: 'text' },
  start: { number: 2, type: 'uint64' },
  end: { number: 3, type: 'uint64' },
  /** ns */
  step: { number: 4, type: 'uint64' },
  exemplars: { number: 16, type: 'uint32' },
  maxSeries: { number: 17, type: 'uint32' },
};
export const QUERY_INSTANT_REQUEST: ProtobufShape = {
  q: { number: 1, type: 'text' },
  start: { number: 2, type: 'uint64' },
  end: { number: 3, type: 'uint64' },
};
