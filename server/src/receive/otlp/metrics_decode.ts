import { ProtobufError, ProtobufReader } from '../../base/protobuf.ts';
import { type Decode, DecodeError, type Interner } from '../../model/ingest.ts';
import { AttributeSet, type MetricType } from '../../store/index.ts';
import { DeltaStates } from './delta.ts';
import { eachMessage, readResource, readScope } from './envelope.ts';
import { metricName, type NameKind } from './metric_names.ts';
import { PointAppender } from './metrics_append.ts';
import { PointWriter } from './metrics_mapping.ts';
import { PointReader } from './metrics_points.ts';
import type { ScopeIdentity } from './resource_identity.ts';
import { attributePairs } from './resource_labels.ts';
import { DEFAULT_OTLP_SETTINGS, type OtlpSettings } from './settings.ts';

/** Fields of Metric (opentelemetry/proto/metrics/v1/metrics.proto) that hold its points, and how they are read. */
const GAUGE = 0x2a;
const SUM = 0x3a;
const HISTOGRAM = 0x4a;
const EXPONENTIAL_HISTOGRAM = 0x52;
const SUMMARY = 0x5a;
const CUMULATIVE = 2;
const DELTA = 1;

interface Metric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  /** The field its points are in, 0 when it has none. */
  readonly kind: number;
  readonly start: number;
  readonly end: number;
}

/** Counts of series whose points come as deltas, kept from request to request, for each tenant's interner. */
const deltasOf = new WeakMap<Interner, DeltaStates>();

/**
 * Decodes ExportMetricsServiceRequest in protobuf, already decompressed.
 * `meta` are the OtlpSettings of the moment, the defaults when there are none.
 */
export const decodeOtlpMetricsProtobuf: Decode = (body, context, meta) => {
  const settings = meta === undefined ? DEFAULT_OTLP_SETTINGS : (meta as OtlpSettings);
  const reader = new ProtobufReader(body);
  const writer = new PointWriter(reader, context, settings);
  const points = new PointReader(reader, writer.usage);
  let deltas = deltasOf.get(context.series);
  if (deltas === undefined) {
    deltas = new DeltaStates();
    deltasOf.set(context.series, deltas);
  }
  deltas.begin(context.nowMs);
  const appender = new PointAppender(reader, writer, deltas);
  try {
    eachMessage(reader, 0x0a, () => {
      writer.beginResource(attributePairs(readResource(reader, writer.usage)));
      eachMessage(reader, 0x12, () => {
        if (settings.promoteScopeMetadata) writer.beginScope(readScopeIdentity(reader, writer));
        eachMessage(reader, 0x12, () => readMetric(reader, writer, points, appender));
      });
      writer.endResource();
    });
  } catch (error) {
    deltas.rollBack();
    if (!(error instanceof ProtobufError)) throw error;
    throw new DecodeError('undecodable', `not a valid ExportMetricsServiceRequest: ${error.message}`, { cause: error });
  }
  const { droppedAttributes, truncatedValues } = writer.usage;
  const decoded = writer.finish();
  return droppedAttributes + truncatedValues === 0
    ? decoded
    : { ...decoded, report: { droppedAttributes, truncatedValues } };
};

/** The scope of the ScopeMetrics the reader is in, which is left where it was. */
function readScopeIdentity(reader: ProtobufReader, writer: PointWriter): ScopeIdentity {
  const start = reader.position;
  const attributes = new AttributeSet();
  const scope = readScope(reader, writer.usage, attributes);
  let schemaUrl = '';
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x1a) schemaUrl = reader.text();
    else reader.skip(tag);
  }
  reader.position = start;
  const text = (from: number, to: number): string => Buffer.from(reader.bytes.subarray(from, to)).toString('utf8');
  return {
    name: text(scope.nameStart, scope.nameEnd),
    version: text(scope.versionStart, scope.versionEnd),
    schemaUrl,
    attributes: attributePairs(attributes),
  };
}

function readMetric(reader: ProtobufReader, writer: PointWriter, points: PointReader, appender: PointAppender): void {
  const metric = readHeader(reader);
  if (metric.kind === 0) return;
  reader.position = metric.start;
  reader.end = metric.end;
  const { temporality, monotonic } = readAggregation(reader, metric);
  const { kind, unit, description } = metric;
  const known = kind === GAUGE || kind === SUMMARY || temporality === CUMULATIVE || temporality === DELTA;
  const name = metricName(metric.name, unit, nameKind(kind, monotonic), writer.settings);
  if (!known || name === '') {
    refuseAll(reader, writer, metric, name);
    return;
  }
  const delta = kind !== GAUGE && kind !== SUMMARY && temporality === DELTA;
  writer.beginMetric({ name, type: metricType(kind, monotonic), unit, description });
  eachMessage(reader, 0x0a, () => {
    if (kind === HISTOGRAM) appender.histogram(points.histogram(), delta);
    else if (kind === EXPONENTIAL_HISTOGRAM) appender.exponential(points.exponential(), delta);
    else if (kind === SUMMARY) appender.summary(points.summary());
    else appender.number(points.number(), delta);
  });
}

/** Name and the like may stand behind the points, so the points are only located here. */
function readHeader(reader: ProtobufReader): Metric {
  let name = '';
  let description = '';
  let unit = '';
  let kind = 0;
  let start = 0;
  let end = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) name = reader.text();
    else if (tag === 0x12) description = reader.text();
    else if (tag === 0x1a) unit = reader.text();
    else if (tag === GAUGE || tag === SUM || tag === HISTOGRAM || tag === EXPONENTIAL_HISTOGRAM || tag === SUMMARY) {
      kind = tag;
      end = reader.lengthEnd();
      start = reader.position;
      reader.position = end;
    } else reader.skip(tag);
  }
  return { name, description, unit, kind, start, end };
}

/** Temporality and monotonicity of the points the reader is bounded to, which is left at their start. */
function readAggregation(reader: ProtobufReader, metric: Metric): { temporality: number; monotonic: boolean } {
  let temporality = 0;
  let monotonic = false;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x10) temporality = reader.varint32();
    else if (tag === 0x18 && metric.kind === SUM) monotonic = reader.varint32() !== 0;
    else reader.skip(tag);
  }
  reader.position = metric.start;
  return { temporality, monotonic };
}

function refuseAll(reader: ProtobufReader, writer: PointWriter, metric: Metric, name: string): void {
  let count = 0;
  eachMessage(reader, 0x0a, () => {
    count++;
  });
  const shown = JSON.stringify(metric.name.slice(0, 128));
  if (name === '') {
    writer.refusePoints({ reason: 'invalid_record', message: `metric ${shown} has no usable name` }, count);
  } else {
    writer.refusePoints({ reason: 'unsupported', message: `metric ${shown} does not say its temporality` }, count);
  }
}

function nameKind(kind: number, monotonic: boolean): NameKind {
  return kind === GAUGE ? 'gauge' : kind === SUM && monotonic ? 'counter' : 'other';
}

function metricType(kind: number, monotonic: boolean): MetricType {
  switch (kind) {
    case SUM:
      return monotonic ? 'counter' : 'gauge';
    case HISTOGRAM:
    case EXPONENTIAL_HISTOGRAM:
      return 'histogram';
    case SUMMARY:
      return 'summary';
    default:
      return 'gauge';
  }
}
