import { ProtobufError, ProtobufReader } from '../../base/protobuf.ts';
import { type Decode, DecodeError } from '../../model/ingest.ts';
import type { MetricType } from '../../store/index.ts';
import { eachMessage, readResource } from './envelope.ts';
import { metricName, type NameKind, unitName } from './metric_names.ts';
import { PointWriter } from './metrics_mapping.ts';
import { PointReader } from './metrics_points.ts';
import { attributePairs } from './resource_labels.ts';

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

/** Decodes ExportMetricsServiceRequest in protobuf, already decompressed. */
export const decodeOtlpMetricsProtobuf: Decode = (body, context) => {
  const reader = new ProtobufReader(body);
  const writer = new PointWriter(reader, context);
  const points = new PointReader(reader, writer);
  try {
    eachMessage(reader, 0x0a, () => {
      writer.beginResource(attributePairs(readResource(reader, writer.usage)));
      eachMessage(reader, 0x12, () => {
        eachMessage(reader, 0x12, () => readMetric(reader, writer, points, context.nowMs));
      });
      writer.endResource();
    });
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    throw new DecodeError('undecodable', `not a valid ExportMetricsServiceRequest: ${error.message}`, { cause: error });
  }
  const { droppedAttributes, truncatedValues } = writer.usage;
  const decoded = writer.finish();
  return droppedAttributes + truncatedValues === 0
    ? decoded
    : { ...decoded, report: { droppedAttributes, truncatedValues } };
};

function readMetric(reader: ProtobufReader, writer: PointWriter, points: PointReader, nowMs: number): void {
  const metric = readHeader(reader);
  if (metric.kind === 0) return;
  reader.position = metric.start;
  reader.end = metric.end;
  const { temporality, monotonic } = readAggregation(reader, metric);
  const cumulative = metric.kind === GAUGE || metric.kind === SUMMARY || temporality === CUMULATIVE;
  const name = metricName(metric.name, metric.unit, nameKind(metric.kind, monotonic));
  if (!cumulative || name === '') {
    refuseAll(reader, writer, metric, temporality);
    return;
  }
  const type = metricType(metric.kind, monotonic);
  writer.columns.metadata.append({ metric: name, type, help: metric.description, unit: unitName(metric.unit) }, nowMs);
  writer.beginMetric(name);
  eachMessage(reader, 0x0a, () => {
    if (metric.kind === HISTOGRAM) points.histogram();
    else if (metric.kind === EXPONENTIAL_HISTOGRAM) points.exponentialHistogram();
    else if (metric.kind === SUMMARY) points.summary();
    else points.number();
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

function refuseAll(reader: ProtobufReader, writer: PointWriter, metric: Metric, temporality: number): void {
  let count = 0;
  eachMessage(reader, 0x0a, () => {
    count++;
  });
  const shown = JSON.stringify(metric.name.slice(0, 128));
  if (temporality === DELTA) {
    const hint = 'send cumulative (OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative)';
    writer.refusePoints({ reason: 'unsupported', message: `metric ${shown} has delta temporality; ${hint}` }, count);
  } else if (metricName(metric.name, '', 'other') === '') {
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
