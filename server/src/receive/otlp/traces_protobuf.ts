import { ProtobufError, ProtobufReader } from '../../base/protobuf.ts';
import { type Decode, type Decoded, DecodeError } from '../../model/ingest.ts';
import { nanosToMs } from '../../model/nanoseconds.ts';
import { Rejections } from '../../model/rejections.ts';
import { UNKNOWN_SERVICE } from '../../model/service.ts';
import {
  AttributeSet,
  appendHex,
  SPAN_KINDS,
  SPAN_PARTS,
  SpanBuilder,
  type SpanColumns,
  STATUS_CODES,
  TextBuilder,
  TraceRangeBuilder,
} from '../../store/index.ts';
import { appendAttributes, Ranges } from './common.ts';
import { eachMessage, eachRecord, readResource, readSchemaUrl, type Scope } from './envelope.ts';
import { acceptedMs, isId, SPAN_ID_BYTES, TRACE_ID_BYTES } from './record.ts';
import { SpanOrigins, type SpanResource } from './span_origin.ts';
import { appendEvent, appendLink } from './span_parts.ts';
import { newUsage, type Usage } from './usage.ts';

/** A guess that sizes the columns. */
const BYTES_PER_SPAN = 300;
const TWO_32 = 4_294_967_296;
const SERVICE_NAME = Buffer.from('service.name');
const NO_SERVICE = Buffer.from(UNKNOWN_SERVICE);

/** One span being read: numbers and ranges of the request, reused from span to span. */
interface SpanFields {
  traceStart: number;
  traceEnd: number;
  spanStart: number;
  spanEnd: number;
  parentStart: number;
  parentEnd: number;
  stateStart: number;
  stateEnd: number;
  nameStart: number;
  nameEnd: number;
  kind: number;
  startLow: number;
  startHigh: number;
  endLow: number;
  endHigh: number;
  statusCode: number;
  messageStart: number;
  messageEnd: number;
  droppedAttributes: number;
  droppedEvents: number;
  droppedLinks: number;
  flags: number;
  /** Its size. */
  bytes: number;
}

interface Request {
  readonly reader: ProtobufReader;
  readonly builder: SpanBuilder;
  readonly ranges: TraceRangeBuilder;
  readonly rejections: Rejections;
  readonly usage: Usage;
  /** Reused from resource to resource and from scope to scope. */
  readonly resourceAttributes: AttributeSet;
  readonly scopeAttributes: AttributeSet;
  readonly origins: SpanOrigins;
  readonly span: SpanFields;
  readonly attributes: Ranges;
  readonly events: Ranges;
  readonly links: Ranges;
  readonly nested: Ranges;
  readonly types: TextBuilder;
  readonly oldestMs: number;
  readonly newestMs: number;
  accepted: number;
}

/** ExportTraceServiceRequest (opentelemetry.proto.collector.trace.v1) to span rows. Throws DecodeError. */
export const decodeOtlpTracesProtobuf: Decode = (body, context): Decoded => {
  const { limits, nowMs } = context;
  const request: Request = {
    reader: new ProtobufReader(body),
    builder: new SpanBuilder(Math.min(limits.recordsPerRequest, Math.ceil(body.length / BYTES_PER_SPAN)), context),
    ranges: new TraceRangeBuilder(),
    rejections: new Rejections(),
    usage: newUsage(context, true),
    resourceAttributes: new AttributeSet(),
    scopeAttributes: new AttributeSet(),
    origins: new SpanOrigins(),
    span: newSpanFields(),
    attributes: new Ranges(),
    events: new Ranges(),
    links: new Ranges(),
    nested: new Ranges(),
    types: new TextBuilder(256, 1),
    oldestMs: nowMs - limits.oldestLogMs,
    newestMs: nowMs + limits.newestMs,
    accepted: 0,
  };
  try {
    eachMessage(request.reader, 0x0a, () => readResourceSpans(request));
  } catch (error) {
    if (error instanceof ProtobufError) throw new DecodeError('undecodable', error.message, { cause: error });
    throw error;
  }
  const { usage, builder } = request;
  const spans = builder.sections();
  return {
    sections: [...spans, ...request.ranges.sections(builder.keptTraces)],
    accepted: { samples: 0, histograms: 0, exemplars: 0, logs: 0, spans: request.accepted },
    rejections: request.rejections.list(),
    report: { droppedAttributes: usage.droppedAttributes, truncatedValues: usage.truncatedValues },
  };
};

function newSpanFields(): SpanFields {
  return {
    traceStart: 0,
    traceEnd: 0,
    spanStart: 0,
    spanEnd: 0,
    parentStart: 0,
    parentEnd: 0,
    stateStart: 0,
    stateEnd: 0,
    nameStart: 0,
    nameEnd: 0,
    kind: 0,
    startLow: 0,
    startHigh: 0,
    endLow: 0,
    endHigh: 0,
    statusCode: 0,
    messageStart: 0,
    messageEnd: 0,
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
    flags: 0,
    bytes: 0,
  };
}

function readResourceSpans(request: Request): void {
  const { reader, usage, scopeAttributes } = request;
  eachRecord(
    reader,
    usage,
    scopeAttributes,
    () => resourceOf(request),
    (resource, scope) => {
      readSpan(request);
      const columns = columnsFor(request);
      if (columns !== undefined) appendSpan(request, columns, resource, scope);
    },
  );
}

function resourceOf(request: Request): SpanResource {
  const attributes = readResource(request.reader, request.usage, request.resourceAttributes);
  const service = attributes.value(SERVICE_NAME);
  return {
    attributes,
    service: service === undefined || service.length === 0 ? NO_SERVICE : service,
    schemaUrl: readSchemaUrl(request.reader),
  };
}

/** Span (opentelemetry.proto.trace.v1): notes where everything is, writes nothing. */
function readSpan(request: Request): void {
  const { reader, span, attributes, events, links } = request;
  span.traceEnd = span.traceStart = span.spanEnd = span.spanStart = span.parentEnd = span.parentStart = 0;
  span.stateEnd = span.stateStart = span.nameEnd = span.nameStart = span.messageEnd = span.messageStart = 0;
  span.kind = span.startLow = span.startHigh = span.endLow = span.endHigh = span.statusCode = 0;
  span.droppedAttributes = span.droppedEvents = span.droppedLinks = span.flags = 0;
  attributes.count = events.count = links.count = 0;
  span.bytes = reader.end - reader.position;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        span.traceEnd = reader.lengthEnd();
        span.traceStart = reader.position;
        reader.position = span.traceEnd;
        break;
      case 0x12:
        span.spanEnd = reader.lengthEnd();
        span.spanStart = reader.position;
        reader.position = span.spanEnd;
        break;
      case 0x1a:
        span.stateEnd = reader.lengthEnd();
        span.stateStart = reader.position;
        reader.position = span.stateEnd;
        break;
      case 0x22:
        span.parentEnd = reader.lengthEnd();
        span.parentStart = reader.position;
        reader.position = span.parentEnd;
        break;
      case 0x2a:
        span.nameEnd = reader.lengthEnd();
        span.nameStart = reader.position;
        reader.position = span.nameEnd;
        break;
      case 0x30:
        span.kind = reader.varint32();
        break;
      case 0x39:
        reader.fixed64();
        span.startLow = reader.low;
        span.startHigh = reader.high;
        break;
      case 0x41:
        reader.fixed64();
        span.endLow = reader.low;
        span.endHigh = reader.high;
        break;
      case 0x4a:
        attributes.read(reader);
        attributes.readShort(reader, 0x4a);
        break;
      case 0x50:
        span.droppedAttributes = reader.varint32();
        break;
      case 0x5a:
        events.read(reader);
        break;
      case 0x60:
        span.droppedEvents = reader.varint32();
        break;
      case 0x6a:
        links.read(reader);
        break;
      case 0x70:
        span.droppedLinks = reader.varint32();
        break;
      case 0x7a:
        readStatus(reader, span);
        break;
      case 0x85:
        span.flags = reader.fixed32();
        break;
      default:
        reader.skip(tag);
    }
  }
}

function readStatus(reader: ProtobufReader, span: SpanFields): void {
  const outerEnd = reader.end;
  reader.end = reader.lengthEnd();
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x12) {
      span.messageEnd = reader.lengthEnd();
      span.messageStart = reader.position;
      reader.position = span.messageEnd;
    } else if (tag === 0x18) span.statusCode = reader.varint32();
    else reader.skip(tag);
  }
  reader.end = outerEnd;
}

/** The day's columns for the span just read, or undefined when it is refused. */
function columnsFor(request: Request): SpanColumns | undefined {
  const { reader, span, rejections } = request;
  if (!isId(reader.bytes, span.traceStart, span.traceEnd, TRACE_ID_BYTES)) {
    rejections.add('invalid_record', 1, () => 'a span has no valid trace id (16 bytes, not all zero)');
    return undefined;
  }
  if (!isId(reader.bytes, span.spanStart, span.spanEnd, SPAN_ID_BYTES)) {
    rejections.add('invalid_record', 1, () => 'a span has no valid span id (8 bytes, not all zero)');
    return undefined;
  }
  const startMs = acceptedMs(span.startLow, span.startHigh, request, rejections, 'a span');
  return startMs < 0 ? undefined : request.builder.at(startMs);
}

function appendSpan(request: Request, columns: SpanColumns, resource: SpanResource, scope: Scope): void {
  const { reader, span } = request;
  const { bytes } = reader;
  const numbersBefore = columns.numbers.keys.rows;
  columns.timestamp.append(span.startLow, span.startHigh);
  appendHex(columns.traceId, bytes, span.traceStart, span.traceEnd);
  appendHex(columns.spanId, bytes, span.spanStart, span.spanEnd);
  const hasParent = isId(bytes, span.parentStart, span.parentEnd, SPAN_ID_BYTES);
  appendHex(columns.parentSpanId, bytes, span.parentStart, hasParent ? span.parentEnd : span.parentStart);
  columns.traceState.append(bytes, span.stateStart, span.stateEnd);
  columns.name.append(bytes, span.nameStart, span.nameEnd);
  columns.kind.appendIndex(span.kind < SPAN_KINDS.length ? span.kind : 0);
  request.origins.append(columns, bytes, resource, scope);
  appendDuration(columns, span);
  columns.size.append(span.bytes);
  columns.statusCode.appendIndex(span.statusCode < STATUS_CODES.length ? span.statusCode : 0);
  columns.statusMessage.append(bytes, span.messageStart, span.messageEnd);
  appendSpanAttributes(request, columns);
  for (let i = 0; i < request.events.count; i++) appendEvent(request, columns, i);
  columns.eventOffsets.append(columns.eventName.rows);
  for (let i = 0; i < request.links.count; i++) appendLink(request, columns, i);
  columns.linkOffsets.append(columns.linkTraceId.rows);
  appendNumbers(columns, span, resource, scope);
  request.accepted++;
  const endMs = nanosToMs(span.endLow, span.endHigh);
  const startMs = nanosToMs(span.startLow, span.startHigh);
  const lacks = lackedBy(request, resource, scope, columns.numbers.keys.rows > numbersBefore);
  request.ranges.note(bytes, span.traceStart, span.traceEnd, startMs, Math.max(startMs, endMs), lacks);
  reader.position = reader.end;
}

const {
  events,
  links,
  traceState,
  statusMessage,
  scope: scopeNames,
  scopeAttributes,
  schemaUrls,
  numbers,
} = SPAN_PARTS;

/** Bits of what the span just read has nothing of. @param hasNumbers flags or counts of what was dropped */
function lackedBy(request: Request, resource: SpanResource, scope: Scope, hasNumbers: boolean): number {
  const { span } = request;
  const hasUrls = resource.schemaUrl.start < resource.schemaUrl.end || scope.schemaUrl.start < scope.schemaUrl.end;
  return (
    (request.events.count === 0 ? events.bit : 0) |
    (request.links.count === 0 ? links.bit : 0) |
    (span.stateStart === span.stateEnd ? traceState.bit : 0) |
    (span.messageStart === span.messageEnd ? statusMessage.bit : 0) |
    (scope.nameStart === scope.nameEnd && scope.versionStart === scope.versionEnd ? scopeNames.bit : 0) |
    (scope.attributes.types.length === 0 ? scopeAttributes.bit : 0) |
    (hasUrls ? 0 : schemaUrls.bit) |
    (hasNumbers ? 0 : numbers.bit)
  );
}

/** Ends the row of numbers; those of events and links are there already. */
function appendNumbers({ numbers }: SpanColumns, span: SpanFields, resource: SpanResource, scope: Scope): void {
  numbers.entry('flags', span.flags);
  numbers.entry('dropped_attributes_count', span.droppedAttributes);
  numbers.entry('dropped_events_count', span.droppedEvents);
  numbers.entry('dropped_links_count', span.droppedLinks);
  numbers.entry('resource.dropped_attributes_count', resource.attributes.dropped);
  numbers.entry('scope.dropped_attributes_count', scope.attributes.dropped);
  numbers.endRow();
}

/** Nanoseconds from start to end; 0 when a clock went backwards. */
function appendDuration(columns: SpanColumns, span: SpanFields): void {
  let low = span.endLow - span.startLow;
  let high = span.endHigh - span.startHigh;
  if (low < 0) {
    low += TWO_32;
    high--;
  }
  if (high < 0) columns.duration.append(0, 0);
  else columns.duration.append(low, high);
}

function appendSpanAttributes(request: Request, columns: SpanColumns): void {
  const { reader, attributes, types, span, usage } = request;
  types.clear();
  span.droppedAttributes = appendAttributes(
    reader,
    attributes,
    span.droppedAttributes,
    columns.attributes,
    types,
    usage,
  );
  columns.attributes.endRow();
  columns.attributeTypes.appendAll(types);
}
