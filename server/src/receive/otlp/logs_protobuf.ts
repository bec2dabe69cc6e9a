import { ProtobufError, ProtobufReader } from '../../base/protobuf.ts';
import { type Decode, type DecodeContext, type Decoded, DecodeError } from '../../model/ingest.ts';
import { labelValue } from '../../model/labels.ts';
import { fieldOfName } from '../../model/log_field_names.ts';
import {
  ABSENT,
  ELSEWHERE,
  type LineFields,
  newLineFields,
  noteField,
  resetLineFields,
  severityOfName,
} from '../../model/log_fields.ts';
import { scanLine } from '../../model/log_line.ts';
import { Rejections } from '../../model/rejections.ts';
import { SEVERITY_CRITICAL, SEVERITY_FATAL, severityOfNumber } from '../../model/severity.ts';
import {
  AttributeSet,
  appendError,
  appendHex,
  appendId,
  cutAt,
  LogBuilder,
  type LogColumns,
  TextBuilder,
} from '../../store/index.ts';
import { appendAnyValue, appendAttributes, lastValue, Ranges } from './common.ts';
import { eachMessage, eachRecord, readResource, type Scope } from './envelope.ts';
import { acceptedMs, isId, SPAN_ID_BYTES, TRACE_ID_BYTES } from './record.ts';
import { attributePairs, indexLabels, indexLabelsRefusal } from './resource_labels.ts';
import { newUsage, type Usage } from './usage.ts';

/** A guess that sizes the columns. */
const BYTES_PER_RECORD = 250;
const UTF8 = new TextEncoder();

/** What the records of one ResourceLogs have in common. */
interface Resource {
  readonly attributes: AttributeSet;
  readonly service: Uint8Array;
  readonly idLow: number;
  readonly idHigh: number;
}

/** One record being read: numbers and ranges of the request, reused from record to record. */
interface RecordFields {
  timeLow: number;
  timeHigh: number;
  observedLow: number;
  observedHigh: number;
  severityNumber: number;
  severityStart: number;
  severityEnd: number;
  bodyStart: number;
  bodyEnd: number;
  traceStart: number;
  traceEnd: number;
  spanStart: number;
  spanEnd: number;
  eventStart: number;
  eventEnd: number;
  flags: number;
  dropped: number;
}

interface Request {
  readonly reader: ProtobufReader;
  readonly context: DecodeContext;
  readonly builder: LogBuilder;
  readonly rejections: Rejections;
  readonly usage: Usage;
  /** Reused from resource to resource and from scope to scope. */
  readonly resourceAttributes: AttributeSet;
  readonly scopeAttributes: AttributeSet;
  readonly record: RecordFields;
  readonly attributes: Ranges;
  /** Found in attributes: ranges in the attribute column's bytes. */
  readonly inAttributes: LineFields;
  /** Found in the body: ranges in the body column's bytes. */
  readonly inBody: LineFields;
  readonly types: TextBuilder;
  readonly oldestMs: number;
  readonly newestMs: number;
  accepted: number;
}

/** ExportLogsServiceRequest (opentelemetry.proto.collector.logs.v1) to log rows. Throws DecodeError. */
export const decodeOtlpLogsProtobuf: Decode = (body, context): Decoded => {
  const { limits, nowMs } = context;
  const rows = Math.min(limits.recordsPerRequest, Math.ceil(body.length / BYTES_PER_RECORD));
  const request: Request = {
    reader: new ProtobufReader(body),
    context,
    builder: new LogBuilder(rows, body.length >>> 1, context),
    rejections: new Rejections(),
    usage: newUsage(context),
    resourceAttributes: new AttributeSet(),
    scopeAttributes: new AttributeSet(),
    record: newRecordFields(),
    attributes: new Ranges(),
    inAttributes: newLineFields(),
    inBody: newLineFields(),
    types: new TextBuilder(256, 1),
    oldestMs: nowMs - limits.oldestLogMs,
    newestMs: nowMs + limits.newestMs,
    accepted: 0,
  };
  try {
    eachMessage(request.reader, 0x0a, () => readResourceLogs(request));
  } catch (error) {
    if (error instanceof ProtobufError) throw new DecodeError('undecodable', error.message, { cause: error });
    throw error;
  }
  const { usage } = request;
  return {
    sections: request.builder.sections(),
    accepted: { samples: 0, histograms: 0, exemplars: 0, logs: request.accepted, spans: 0 },
    rejections: request.rejections.list(),
    report: { droppedAttributes: usage.droppedAttributes, truncatedValues: usage.truncatedValues },
  };
};

function newRecordFields(): RecordFields {
  return {
    timeLow: 0,
    timeHigh: 0,
    observedLow: 0,
    observedHigh: 0,
    severityNumber: 0,
    severityStart: 0,
    severityEnd: 0,
    bodyStart: 0,
    bodyEnd: 0,
    traceStart: 0,
    traceEnd: 0,
    spanStart: 0,
    spanEnd: 0,
    eventStart: 0,
    eventEnd: 0,
    flags: 0,
    dropped: 0,
  };
}

function readResourceLogs(request: Request): void {
  const { reader, usage, rejections, scopeAttributes } = request;
  eachRecord(
    reader,
    usage,
    scopeAttributes,
    () => resourceOf(request),
    (resource, scope) => {
      if ('reason' in resource) {
        rejections.add(resource.reason, 1, () => resource.message);
        return;
      }
      readRecord(request);
      const columns = columnsFor(request);
      if (columns !== undefined) appendRecord(request, columns, resource, scope);
    },
  );
}

/** Why a resource's records are refused. */
type Refusal = NonNullable<ReturnType<typeof indexLabelsRefusal>>;

function resourceOf(request: Request): Resource | Refusal {
  const attributes = readResource(request.reader, request.usage, request.resourceAttributes);
  const { streams, limits } = request.context;
  const labels = indexLabels(attributePairs(attributes));
  const refusal = indexLabelsRefusal(labels, limits);
  if (refusal !== undefined) return refusal;
  const reference = streams.intern(labels);
  if (reference < 0) {
    return {
      reason: 'stream_limit',
      message: `the limit of active log streams is reached; a new stream of service ${labelValue(labels, 'service_name')} was refused`,
    };
  }
  return {
    attributes,
    service: UTF8.encode(labelValue(labels, 'service_name')),
    idLow: streams.idLow[reference] as number,
    idHigh: streams.idHigh[reference] as number,
  };
}

/** LogRecord (opentelemetry.proto.logs.v1): notes where everything is, writes nothing. */
function readRecord(request: Request): void {
  const { reader, record, attributes } = request;
  record.timeLow = record.timeHigh = record.observedLow = record.observedHigh = record.severityNumber = 0;
  record.severityStart =
    record.severityEnd =
    record.bodyStart =
    record.bodyEnd =
    record.traceStart =
    record.traceEnd =
      0;
  record.spanStart = record.spanEnd = record.eventStart = record.eventEnd = record.flags = record.dropped = 0;
  attributes.count = 0;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 0x09:
        reader.fixed64();
        record.timeLow = reader.low;
        record.timeHigh = reader.high;
        break;
      case 0x59:
        reader.fixed64();
        record.observedLow = reader.low;
        record.observedHigh = reader.high;
        break;
      case 0x10:
        record.severityNumber = reader.varint32();
        break;
      case 0x1a:
        record.severityEnd = reader.lengthEnd();
        record.severityStart = reader.position;
        reader.position = record.severityEnd;
        break;
      case 0x2a:
        record.bodyEnd = reader.lengthEnd();
        record.bodyStart = reader.position;
        reader.position = record.bodyEnd;
        break;
      case 0x32:
        attributes.read(reader);
        attributes.readShort(reader, 0x32);
        break;
      case 0x38:
        record.dropped = reader.varint32();
        break;
      case 0x45:
        record.flags = reader.fixed32();
        break;
      case 0x4a:
        record.traceEnd = reader.lengthEnd();
        record.traceStart = reader.position;
        reader.position = record.traceEnd;
        break;
      case 0x52:
        record.spanEnd = reader.lengthEnd();
        record.spanStart = reader.position;
        reader.position = record.spanEnd;
        break;
      case 0x62:
        record.eventEnd = reader.lengthEnd();
        record.eventStart = reader.position;
        reader.position = record.eventEnd;
        break;
      default:
        reader.skip(tag);
    }
  }
}

/**
 * The day's columns for the record just read, or undefined when its time is refused. A record without a time has the
 * time it was observed, or else the time it came (logs data model, "Field: Timestamp").
 */
function columnsFor(request: Request): LogColumns | undefined {
  const { record, rejections } = request;
  if (record.timeLow === 0 && record.timeHigh === 0) {
    record.timeLow = record.observedLow;
    record.timeHigh = record.observedHigh;
    if (record.timeLow === 0 && record.timeHigh === 0) {
      const now = BigInt(Math.floor(request.context.nowMs)) * 1_000_000n;
      record.timeLow = Number(now & 0xffff_ffffn);
      record.timeHigh = Number(now >> 32n);
    }
  }
  const ms = acceptedMs(record.timeLow, record.timeHigh, request, rejections, 'a log record');
  return ms < 0 ? undefined : request.builder.at(ms);
}

function appendRecord(request: Request, columns: LogColumns, resource: Resource, scope: Scope): void {
  const { reader, record } = request;
  const { bytes } = reader;
  columns.timestamp.append(record.timeLow, record.timeHigh);
  columns.streamId.append(resource.idLow, resource.idHigh);
  columns.traceFlags.append(record.flags & 0xff);
  columns.serviceName.append(resource.service, 0, resource.service.length);
  columns.resourceAttributes.set(resource.attributes);
  columns.resourceAttributes.endRow();
  columns.scopeName.append(bytes, scope.nameStart, scope.nameEnd);
  columns.scopeVersion.append(bytes, scope.versionStart, scope.versionEnd);
  columns.scopeAttributes.set(scope.attributes);
  columns.scopeAttributes.endRow();
  columns.eventName.append(bytes, record.eventStart, record.eventEnd);
  appendRecordAttributes(request, columns);
  appendBody(request, columns);
  appendSeverity(request, columns);
  columns.logAttributes.endRow();
  appendIds(request, columns);
  request.accepted++;
}

/** The record's attributes, and which of them are fields of ours. */
function appendRecordAttributes(request: Request, columns: LogColumns): void {
  const { reader, record, attributes, types, usage, inAttributes } = request;
  const { keys, values } = columns.logAttributes;
  const first = keys.rows;
  types.clear();
  appendAttributes(reader, attributes, record.dropped, columns.logAttributes, types, usage);
  resetLineFields(inAttributes);
  const names = keys.table.keys;
  for (let i = first; i < keys.rows; i++) {
    const key = keys.index(i);
    const field = fieldOfName(names.bytes, names.start(key), names.start(key + 1));
    if (field !== 0) noteField(inAttributes, field, values.bytes, values.start(i), values.start(i + 1));
  }
}

/** The body as text, and what it says about itself. */
function appendBody(request: Request, columns: LogColumns): void {
  const { reader, record, usage, inAttributes, inBody } = request;
  const { body } = columns;
  appendAnyValue(reader, record.bodyStart, record.bodyEnd, body, usage.limits.logLineBytes, usage);
  if (lastValue.cutFrom > 0) {
    columns.markTruncated(lastValue.cutFrom);
    usage.truncatedValues++;
  }
  resetLineFields(inBody);
  inBody.severity = inAttributes.severity;
  if (inAttributes.traceStart !== ABSENT) inBody.traceStart = ELSEWHERE;
  if (inAttributes.spanStart !== ABSENT) inBody.spanStart = ELSEWHERE;
  if (inAttributes.requestStart !== ABSENT) inBody.requestStart = ELSEWHERE;
  if (inAttributes.userStart !== ABSENT) inBody.userStart = ELSEWHERE;
  if (inAttributes.errorTypeStart !== ABSENT) inBody.errorTypeStart = ELSEWHERE;
  if (inAttributes.errorMessageStart !== ABSENT) inBody.errorMessageStart = ELSEWHERE;
  const start = body.start(body.rows - 1);
  scanLine(body.bytes, start, body.length, inBody);
  if (inBody.errorTypeStart >= 0 || inBody.errorMessageStart >= 0)
    appendError(columns.logAttributes, inBody, body.bytes, start, body.length);
}

/** The record's own severity, else the one of an attribute, else the body's. A text of no known level is kept as an attribute. */
function appendSeverity(request: Request, columns: LogColumns): void {
  const { reader, record, inBody } = request;
  const { severityStart, severityEnd } = record;
  const hasText = severityEnd > severityStart;
  const named = hasText ? severityOfName(reader.bytes, severityStart, severityEnd) : 0;
  if (hasText && named === 0) {
    const key = UNKNOWN_SEVERITY_TEXT;
    const end = cutAt(reader.bytes, severityStart, Math.min(severityEnd, severityStart + SEVERITY_TEXT_BYTES));
    columns.logAttributes.entry(key, 0, key.length, reader.bytes, severityStart, end);
  }
  const numbered = severityOfNumber(record.severityNumber);
  if (numbered === 0) columns.appendSeverity(named === 0 ? inBody.severity : named);
  else {
    const critical = numbered === SEVERITY_FATAL && named === SEVERITY_CRITICAL;
    columns.appendSeverity(critical ? SEVERITY_CRITICAL : numbered, record.severityNumber);
  }
}

/** A severity is a word; of anything longer this much is kept. */
const SEVERITY_TEXT_BYTES = 256;
const UNKNOWN_SEVERITY_TEXT = UTF8.encode('severity_text');

/** TraceId, SpanId, RequestId, UserId: the record's own fields, else its attributes', else the body's. */
function appendIds(request: Request, columns: LogColumns): void {
  const { reader, record, inAttributes, inBody } = request;
  const attributeBytes = columns.logAttributes.values.bytes;
  const bodyBytes = columns.body.bytes;
  if (isId(reader.bytes, record.traceStart, record.traceEnd, TRACE_ID_BYTES)) {
    appendHex(columns.traceId, reader.bytes, record.traceStart, record.traceEnd);
  } else {
    const { found, bytes } =
      inAttributes.traceStart >= 0
        ? { found: inAttributes, bytes: attributeBytes }
        : { found: inBody, bytes: bodyBytes };
    appendId(columns.traceId, 32, bytes, found.traceStart, found.traceEnd, found.traceDecimal, '');
  }
  if (isId(reader.bytes, record.spanStart, record.spanEnd, SPAN_ID_BYTES)) {
    appendHex(columns.spanId, reader.bytes, record.spanStart, record.spanEnd);
  } else {
    const { found, bytes } =
      inAttributes.spanStart >= 0
        ? { found: inAttributes, bytes: attributeBytes }
        : { found: inBody, bytes: bodyBytes };
    appendId(columns.spanId, 16, bytes, found.spanStart, found.spanEnd, found.spanDecimal, '');
  }
  if (inAttributes.requestStart >= 0)
    columns.requestId.append(attributeBytes, inAttributes.requestStart, inAttributes.requestEnd);
  else if (inBody.requestStart >= 0) columns.requestId.append(bodyBytes, inBody.requestStart, inBody.requestEnd);
  else columns.requestId.endRow();
  if (inAttributes.userStart >= 0) columns.userId.append(attributeBytes, inAttributes.userStart, inAttributes.userEnd);
  else if (inBody.userStart >= 0) columns.userId.append(bodyBytes, inBody.userStart, inBody.userEnd);
  else columns.userId.endRow();
}
