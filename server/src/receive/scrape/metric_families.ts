import { ProtobufError, ProtobufReader, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from '../../base/protobuf.ts';
import { type RawBuckets, readBuckets, readExemplar } from './metric_parts.ts';
import { readTime } from './protobuf_time.ts';

/** The delimited protobuf format: io.prometheus.client.MetricFamily messages, each with its length in front (client_model). */
export type FamilyType = 'counter' | 'gauge' | 'summary' | 'unknown' | 'histogram' | 'gaugehistogram';
const TYPES: readonly FamilyType[] = ['counter', 'gauge', 'summary', 'unknown', 'histogram', 'gaugehistogram'];

export interface FamilyHead {
  readonly name: string;
  readonly help: string;
  readonly unit: string;
  readonly type: FamilyType;
}

export interface RawExemplar {
  readonly pairs: readonly (readonly [string, string])[];
  readonly value: number;
  /** Ms since the epoch, NaN when it has none. */
  readonly timeMs: number;
}

export interface RawBucket {
  cumulative: number;
  bound: number;
  exemplar: RawExemplar | undefined;
}

/** A histogram message: the classic buckets and the native ones beside them. */
export interface RawHistogram {
  count: number;
  isFloat: boolean;
  sum: number;
  readonly buckets: RawBucket[];
  schema: number;
  zeroThreshold: number;
  zeroCount: number;
  readonly negative: RawBuckets;
  readonly positive: RawBuckets;
  readonly exemplars: RawExemplar[];
}

/** One metric of a family. Numbers that are not there are 0. */
export interface RawMetric {
  /** Where its label messages stand in the body: start, end, start, end, … */
  readonly labels: readonly number[];
  /** Ms since the epoch; 0: the time of the scrape. */
  readonly timeMs: number;
  /** When counting began, ms since the epoch; 0: not told. */
  startMs: number;
  value: number;
  count: number;
  sum: number;
  readonly quantiles: (readonly [quantile: number, value: number])[];
  exemplar: RawExemplar | undefined;
  histogram: RawHistogram | undefined;
}

/**
 * Walks the families of a body and their metrics. Throws ProtobufError for bytes that are none.
 * @param family called once a family, before its metrics
 */
export function walkFamilies(
  body: Uint8Array<ArrayBuffer>,
  family: (head: FamilyHead) => void,
  metric: (metric: RawMetric, head: FamilyHead) => void,
): void {
  const reader = new ProtobufReader(body);
  while (!reader.done) {
    const end = reader.lengthEnd();
    const { head, metrics } = readFamily(body, reader.position, end);
    if (metrics.length > 0) family(head);
    for (let i = 0; i < metrics.length; i += 2)
      metric(readMetric(body, metrics[i] as number, metrics[i + 1] as number), head);
    reader.position = end;
  }
}

function readFamily(
  body: Uint8Array<ArrayBuffer>,
  start: number,
  end: number,
): { head: FamilyHead; metrics: number[] } {
  const reader = new ProtobufReader(body, start, end);
  const metrics: number[] = [];
  let [name, help, unit, type] = ['', '', '', 0];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | WIRE_BYTES)) name = reader.text();
    else if (tag === ((2 << 3) | WIRE_BYTES)) help = reader.text();
    else if (tag === ((3 << 3) | WIRE_VARINT)) type = reader.varint32();
    else if (tag === ((5 << 3) | WIRE_BYTES)) unit = reader.text();
    else if (tag === ((4 << 3) | WIRE_BYTES)) {
      const metricEnd = reader.lengthEnd();
      metrics.push(reader.position, metricEnd);
      reader.position = metricEnd;
    } else reader.skip(tag);
  }
  const known = TYPES[type];
  if (known === undefined) throw new ProtobufError(`unknown metric type for metric ${JSON.stringify(name)}: ${type}`);
  return { head: { name, help, unit, type: known }, metrics };
}

function readMetric(body: Uint8Array<ArrayBuffer>, start: number, end: number): RawMetric {
  const reader = new ProtobufReader(body, start, end);
  const labels: number[] = [];
  let timeMs = 0;
  const metric: RawMetric = {
    labels,
    get timeMs() {
      return timeMs;
    },
    startMs: 0,
    value: 0,
    count: 0,
    sum: 0,
    quantiles: [],
    exemplar: undefined,
    histogram: undefined,
  };
  while (!reader.done) {
    const tag = reader.tag();
    const field = tag >>> 3;
    if (tag === ((6 << 3) | WIRE_VARINT)) timeMs = reader.int64Number();
    else if ((tag & 7) !== WIRE_BYTES) reader.skip(tag);
    else if (field === 1) {
      const labelEnd = reader.lengthEnd();
      labels.push(reader.position, labelEnd);
      reader.position = labelEnd;
    } else if (field === 2 || field === 5) readSimple(reader.nested(), metric);
    else if (field === 3) readCounter(reader.nested(), metric);
    else if (field === 4) readSummary(reader.nested(), metric);
    else if (field === 7) metric.histogram = readHistogram(reader.nested(), metric);
    else reader.skip(tag);
  }
  return metric;
}

function readSimple(reader: ProtobufReader, metric: RawMetric): void {
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | WIRE_FIXED64)) metric.value = reader.double();
    else reader.skip(tag);
  }
}

function readCounter(reader: ProtobufReader, metric: RawMetric): void {
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | WIRE_FIXED64)) metric.value = reader.double();
    else if (tag === ((2 << 3) | WIRE_BYTES)) metric.exemplar = readExemplar(reader.nested());
    else if (tag === ((3 << 3) | WIRE_BYTES)) metric.startMs = readTime(reader.nested());
    else reader.skip(tag);
  }
}

function readSummary(reader: ProtobufReader, metric: RawMetric): void {
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | WIRE_VARINT)) metric.count = uint64Number(reader);
    else if (tag === ((2 << 3) | WIRE_FIXED64)) metric.sum = reader.double();
    else if (tag === ((4 << 3) | WIRE_BYTES)) metric.startMs = readTime(reader.nested());
    else if (tag === ((3 << 3) | WIRE_BYTES)) metric.quantiles.push(twoDoubles(reader.nested()));
    else reader.skip(tag);
  }
}

function twoDoubles(reader: ProtobufReader): [number, number] {
  const pair: [number, number] = [0, 0];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | WIRE_FIXED64)) pair[0] = reader.double();
    else if (tag === ((2 << 3) | WIRE_FIXED64)) pair[1] = reader.double();
    else reader.skip(tag);
  }
  return pair;
}

const uint64Number = (reader: ProtobufReader): number => {
  reader.varint64();
  return reader.high * 4_294_967_296 + reader.low;
};

function readHistogram(reader: ProtobufReader, metric: RawMetric): RawHistogram {
  const histogram: RawHistogram = {
    count: 0,
    isFloat: false,
    sum: 0,
    buckets: [],
    schema: 0,
    zeroThreshold: 0,
    zeroCount: 0,
    negative: { offsets: [], lengths: [], deltas: [], counts: [] },
    positive: { offsets: [], lengths: [], deltas: [], counts: [] },
    exemplars: [],
  };
  let [floatCount, floatZero] = [0, 0];
  while (!reader.done) {
    const tag = reader.tag();
    const field = tag >>> 3;
    if (tag === ((1 << 3) | WIRE_VARINT)) histogram.count = uint64Number(reader);
    else if (tag === ((4 << 3) | WIRE_FIXED64)) floatCount = reader.double();
    else if (tag === ((2 << 3) | WIRE_FIXED64)) histogram.sum = reader.double();
    else if (tag === ((3 << 3) | WIRE_BYTES)) histogram.buckets.push(readBucket(reader.nested()));
    else if (tag === ((15 << 3) | WIRE_BYTES)) metric.startMs = readTime(reader.nested());
    else if (tag === ((5 << 3) | WIRE_VARINT)) histogram.schema = reader.sint32();
    else if (tag === ((6 << 3) | WIRE_FIXED64)) histogram.zeroThreshold = reader.double();
    else if (tag === ((7 << 3) | WIRE_VARINT)) histogram.zeroCount = uint64Number(reader);
    else if (tag === ((8 << 3) | WIRE_FIXED64)) floatZero = reader.double();
    else if (field >= 9 && field <= 11) readBuckets(reader, tag, field - 9, histogram.negative);
    else if (field >= 12 && field <= 14) readBuckets(reader, tag, field - 12, histogram.positive);
    else if (tag === ((16 << 3) | WIRE_BYTES)) histogram.exemplars.push(readExemplar(reader.nested()));
    else reader.skip(tag);
  }
  histogram.isFloat = floatCount > 0 || floatZero > 0;
  if (histogram.isFloat) {
    histogram.count = floatCount;
    histogram.zeroCount = floatZero;
  }
  return histogram;
}

function readBucket(reader: ProtobufReader): RawBucket {
  const bucket: RawBucket = { cumulative: 0, bound: 0, exemplar: undefined };
  let floatCount = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | WIRE_VARINT)) bucket.cumulative = uint64Number(reader);
    else if (tag === ((4 << 3) | WIRE_FIXED64)) floatCount = reader.double();
    else if (tag === ((2 << 3) | WIRE_FIXED64)) bucket.bound = reader.double();
    else if (tag === ((3 << 3) | WIRE_BYTES)) bucket.exemplar = readExemplar(reader.nested());
    else reader.skip(tag);
  }
  if (floatCount > 0) bucket.cumulative = floatCount;
  return bucket;
}
