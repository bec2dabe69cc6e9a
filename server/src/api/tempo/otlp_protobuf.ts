import { ProtobufWriter } from '../../base/protobuf_writer.ts';
import type { StoredAttributes, StoredSpan } from '../../store/index.ts';
import { type OtlpEntry, type OtlpValue, otlpAttributes } from './otlp_values.ts';
import { groupByResource, kindNumber, type ScopeGroup, statusNumber, typedAttributes } from './resource_spans.ts';

/** What a span takes at about, bytes. */
const BYTES_PER_SPAN = 1024;

/** opentelemetry.proto.common.v1.AnyValue in a field; one that holds nothing is an empty message. */
function writeValue(writer: ProtobufWriter, field: number, value: OtlpValue): void {
  const start = writer.open(field);
  switch (value.kind) {
    case 'string':
      writer.text(1, value.value);
      break;
    case 'bool':
      writer.uint32(2, value.value ? 1 : 0);
      break;
    case 'int':
      writer.int64(3, value.value);
      break;
    case 'double':
      writer.double(4, value.value);
      break;
    case 'array': {
      const list = writer.open(5);
      for (const item of value.values) writeValue(writer, 1, item);
      writer.close(list);
      break;
    }
    case 'map': {
      const list = writer.open(6);
      for (const entry of value.entries) writeEntry(writer, 1, entry);
      writer.close(list);
      break;
    }
    case 'bytes':
      writer.bytes(7, value.value);
      break;
    case 'nothing':
      break;
  }
  writer.close(start);
}

function writeEntry(writer: ProtobufWriter, field: number, { key, value }: OtlpEntry): void {
  const start = writer.open(field);
  writer.text(1, key);
  writeValue(writer, 2, value);
  writer.close(start);
}

function writeAttributes(writer: ProtobufWriter, field: number, attributes: StoredAttributes): void {
  for (const entry of otlpAttributes(attributes)) writeEntry(writer, field, entry);
}

/** Numbers and texts that are zero or empty are left out, as in proto3. */
function writeNumber(writer: ProtobufWriter, field: number, value: number): void {
  if (value !== 0) writer.uint32(field, value);
}

function writeFixed32(writer: ProtobufWriter, field: number, value: number): void {
  if (value !== 0) writer.fixed32(field, value);
}

function writeText(writer: ProtobufWriter, field: number, text: string): void {
  if (text !== '') writer.text(field, text);
}

function writeHex(writer: ProtobufWriter, field: number, hex: string): void {
  if (hex !== '') writer.bytes(field, Buffer.from(hex, 'hex'));
}

/** opentelemetry.proto.trace.v1.Span */
function writeSpan(writer: ProtobufWriter, field: number, span: StoredSpan): void {
  const number = (name: string): number => span.numbers.get(name) ?? 0;
  const start = writer.open(field);
  writeHex(writer, 1, span.traceId);
  writeHex(writer, 2, span.spanId);
  writeText(writer, 3, span.traceState);
  writeHex(writer, 4, span.parentSpanId);
  writeText(writer, 5, span.name);
  writeNumber(writer, 6, kindNumber(span.kind));
  writer.fixed64(7, span.startNs);
  writer.fixed64(8, span.startNs + span.durationNs);
  writeAttributes(writer, 9, span.attributes);
  writeNumber(writer, 10, number('dropped_attributes_count'));
  span.events.forEach((event, i) => {
    const inner = writer.open(11);
    writer.fixed64(1, event.timeNs);
    writeText(writer, 2, event.name);
    writeAttributes(writer, 3, typedAttributes(event));
    writeNumber(writer, 4, number(`events.${i}.dropped_attributes_count`));
    writer.close(inner);
  });
  writeNumber(writer, 12, number('dropped_events_count'));
  span.links.forEach((link, i) => {
    const inner = writer.open(13);
    writeHex(writer, 1, link.traceId);
    writeHex(writer, 2, link.spanId);
    writeText(writer, 3, link.traceState);
    writeAttributes(writer, 4, typedAttributes(link));
    writeNumber(writer, 5, number(`links.${i}.dropped_attributes_count`));
    writeFixed32(writer, 6, number(`links.${i}.flags`));
    writer.close(inner);
  });
  writeNumber(writer, 14, number('dropped_links_count'));
  const status = writer.open(15);
  writeText(writer, 2, span.statusMessage);
  writeNumber(writer, 3, statusNumber(span.status));
  writer.close(status);
  writeFixed32(writer, 16, number('flags'));
  writer.close(start);
}

/** opentelemetry.proto.trace.v1.ScopeSpans */
function writeScope(writer: ProtobufWriter, field: number, scope: ScopeGroup): void {
  const start = writer.open(field);
  const inner = writer.open(1);
  writeText(writer, 1, scope.name);
  writeText(writer, 2, scope.version);
  writeAttributes(writer, 3, scope.attributes);
  writeNumber(writer, 4, scope.droppedAttributes);
  writer.close(inner);
  for (const span of scope.spans) writeSpan(writer, 2, span);
  writeText(writer, 3, scope.schemaUrl);
  writer.close(start);
}

/** The ResourceSpans (opentelemetry.proto.trace.v1) of spans, each in field 1. */
function writeTrace(writer: ProtobufWriter, spans: readonly StoredSpan[]): void {
  for (const group of groupByResource(spans)) {
    const start = writer.open(1);
    const resource = writer.open(1);
    writeAttributes(writer, 1, group.resource);
    writeNumber(writer, 2, group.droppedAttributes);
    writer.close(resource);
    for (const scope of group.scopes) writeScope(writer, 2, scope);
    writeText(writer, 3, group.schemaUrl);
    writer.close(start);
  }
}

/** tempopb.Trace: the same fields as opentelemetry.proto.trace.v1.TracesData. */
export function traceProtobuf(spans: readonly StoredSpan[]): Uint8Array<ArrayBuffer> {
  const writer = new ProtobufWriter(spans.length * BYTES_PER_SPAN);
  writeTrace(writer, spans);
  return writer.finish();
}

/** tempopb.TraceByIDResponse: trace 1, status 3 (0 complete, 1 partial), message 4. */
export function traceResponseProtobuf(spans: readonly StoredSpan[], partial: boolean): Uint8Array<ArrayBuffer> {
  const writer = new ProtobufWriter(spans.length * BYTES_PER_SPAN);
  const trace = writer.open(1);
  writeTrace(writer, spans);
  writer.close(trace);
  if (partial) {
    writer.uint32(3, 1);
    writer.text(4, 'the trace is larger than what is shown');
  }
  return writer.finish();
}
