import protobuf from 'protobufjs';

/**
 * Requests for tests and benchmarks, encoded by protobufjs from the upstream message definitions, so that our decoders are
 * held against an encoder that is not ours.
 */
const V1 = protobuf.parse(`syntax = "proto3"; package prometheus;
message WriteRequest { repeated TimeSeries timeseries = 1; repeated MetricMetadata metadata = 3; }
message MetricMetadata { uint32 type = 1; string metric_family_name = 2; string help = 4; string unit = 5; }
message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; repeated Exemplar exemplars = 3; repeated Histogram histograms = 4; }
message Label { string name = 1; string value = 2; }
message Sample { double value = 1; int64 timestamp = 2; }
message Exemplar { repeated Label labels = 1; double value = 2; int64 timestamp = 3; }
message BucketSpan { sint32 offset = 1; uint32 length = 2; }
message Histogram {
  oneof count { uint64 count_int = 1; double count_float = 2; }
  double sum = 3; sint32 schema = 4; double zero_threshold = 5;
  oneof zero_count { uint64 zero_count_int = 6; double zero_count_float = 7; }
  repeated BucketSpan negative_spans = 8; repeated sint64 negative_deltas = 9; repeated double negative_counts = 10;
  repeated BucketSpan positive_spans = 11; repeated sint64 positive_deltas = 12; repeated double positive_counts = 13;
  uint32 reset_hint = 14; int64 timestamp = 15; repeated double custom_values = 16;
}`).root;

const V2 = protobuf.parse(`syntax = "proto3"; package write.v2;
message Request { repeated string symbols = 4; repeated TimeSeries timeseries = 5; }
message TimeSeries { repeated uint32 labels_refs = 1; repeated Sample samples = 2; repeated Histogram histograms = 3; repeated Exemplar exemplars = 4; Metadata metadata = 5; }
message Exemplar { repeated uint32 labels_refs = 1; double value = 2; int64 timestamp = 3; }
message Sample { double value = 1; int64 timestamp = 2; int64 start_timestamp = 3; }
message Metadata { uint32 type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }
message BucketSpan { sint32 offset = 1; uint32 length = 2; }
message Histogram {
  oneof count { uint64 count_int = 1; double count_float = 2; }
  double sum = 3; sint32 schema = 4; double zero_threshold = 5;
  oneof zero_count { uint64 zero_count_int = 6; double zero_count_float = 7; }
  repeated BucketSpan negative_spans = 8; repeated sint64 negative_deltas = 9; repeated double negative_counts = 10;
  repeated BucketSpan positive_spans = 11; repeated sint64 positive_deltas = 12; repeated double positive_counts = 13;
  uint32 reset_hint = 14; int64 timestamp = 15; repeated double custom_values = 16; int64 start_timestamp = 17;
}`).root;

export interface TestHistogram {
  readonly countInt?: number;
  readonly countFloat?: number;
  readonly sum?: number;
  readonly schema?: number;
  readonly zeroThreshold?: number;
  readonly zeroCountInt?: number;
  readonly zeroCountFloat?: number;
  readonly positiveSpans?: readonly { readonly offset: number; readonly length: number }[];
  readonly positiveDeltas?: readonly number[];
  readonly positiveCounts?: readonly number[];
  readonly negativeSpans?: readonly { readonly offset: number; readonly length: number }[];
  readonly negativeDeltas?: readonly number[];
  readonly resetHint?: number;
  readonly customValues?: readonly number[];
  readonly timestamp: number;
}

export interface TestSeries {
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly samples?: readonly {
    readonly value: number;
    readonly timestamp: number;
    readonly startTimestamp?: number;
  }[];
  readonly histograms?: readonly TestHistogram[];
  readonly exemplars?: readonly {
    readonly labels: readonly (readonly [name: string, value: string])[];
    readonly value: number;
    readonly timestamp: number;
  }[];
  readonly metadata?: { readonly type: number; readonly help: string; readonly unit: string };
}

export interface TestMetadata {
  readonly type: number;
  readonly metricFamilyName: string;
  readonly help: string;
  readonly unit: string;
}

const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes);

/** A remote write 1.0 request, uncompressed. */
export function writeRequest1(
  series: readonly TestSeries[],
  metadata: readonly TestMetadata[] = [],
): Uint8Array<ArrayBuffer> {
  const type = V1.lookupType('prometheus.WriteRequest');
  const pairs = (labels: TestSeries['labels']) => labels.map(([name, value]) => ({ name, value }));
  const timeseries = series.map(({ labels, samples, histograms, exemplars }) => ({
    labels: pairs(labels),
    samples: samples ?? [],
    histograms: histograms ?? [],
    exemplars: (exemplars ?? []).map((exemplar) => ({ ...exemplar, labels: pairs(exemplar.labels) })),
  }));
  return own(type.encode(type.create({ timeseries, metadata })).finish());
}

/** A remote write 2.0 request, uncompressed. */
export function writeRequest2(series: readonly TestSeries[]): Uint8Array<ArrayBuffer> {
  const type = V2.lookupType('write.v2.Request');
  const symbols = new Map<string, number>([['', 0]]);
  const symbol = (text: string): number => {
    const known = symbols.get(text);
    if (known !== undefined) return known;
    symbols.set(text, symbols.size);
    return symbols.size - 1;
  };
  const refs = (labels: TestSeries['labels']) => labels.flatMap(([name, value]) => [symbol(name), symbol(value)]);
  const timeseries = series.map(({ labels, samples, histograms, exemplars, metadata }) => ({
    labelsRefs: refs(labels),
    samples: samples ?? [],
    histograms: histograms ?? [],
    exemplars: (exemplars ?? []).map((exemplar) => ({
      labelsRefs: refs(exemplar.labels),
      value: exemplar.value,
      timestamp: exemplar.timestamp,
    })),
    ...(metadata === undefined
      ? {}
      : { metadata: { type: metadata.type, helpRef: symbol(metadata.help), unitRef: symbol(metadata.unit) } }),
  }));
  return own(type.encode(type.create({ symbols: [...symbols.keys()], timeseries })).finish());
}
