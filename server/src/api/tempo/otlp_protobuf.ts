import type { StoredSpan } from '../../store/index.ts';
import { type OtlpEntry, type OtlpValue, otlpAttributes } from './otlp_values.ts';
import { groupByResource, kindNumber, type ResourceGroup, statusNumber, untyped } from './resource_spans.ts';

/** Protobuf fields as pieces of bytes; nested messages are written first and then framed. */
class Message {
  private readonly pieces: Uint8Array[] = [];
  size = 0;

  private push(bytes: Uint8Array): this {
    this.pieces.push(bytes);
    this.size += bytes.length;
    return this;
  }

  private varint(value: bigint | number): this {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    do {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      bytes.push(rest === 0n ? low : low | 0x80);
    } while (rest !== 0n);
    return this.push(Uint8Array.from(bytes));
  }

  /** A varint field; zero is left out unless `always`. */
  integer(field: number, value: bigint | number, always = false): this {
    return BigInt(value) === 0n && !always ? this : this.varint(field << 3).varint(value);
  }

  fixed64(field: number, value: bigint): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
    return this.varint((field << 3) | 1).push(bytes);
  }

  double(field: number, value: number): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    return this.varint((field << 3) | 1).push(bytes);
  }

  bytes(field: number, value: Uint8Array): this {
    return this.varint((field << 3) | 2)
      .varint(value.length)
      .push(value);
  }

  text(field: number, value: string, always = false): this {
    return value === '' && !always ? this : this.bytes(field, Buffer.from(value, 'utf8'));
  }

  hex(field: number, value: string): this {
    return value === '' ? this : this.bytes(field, Buffer.from(value, 'hex'));
  }

  message(field: number, inner: Message): this {
    this.varint((field << 3) | 2).varint(inner.size);
    this.pieces.push(...inner.pieces);
    this.size += inner.size;
    return this;
  }

  finish(): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(this.size);
    let at = 0;
    for (const piece of this.pieces) {
      out.set(piece, at);
      at += piece.length;
    }
    return out;
  }
}

/** opentelemetry.proto.common.v1.AnyValue */
function anyValue(value: OtlpValue): Message {
  const message = new Message();
  switch (value.kind) {
    case 'string':
      return message.text(1, value.value, true);
    case 'bool':
      return message.integer(2, value.value ? 1 : 0, true);
    case 'int':
      return message.integer(3, value.value, true);
    case 'double':
      return message.double(4, value.value);
    case 'array': {
      const list = new Message();
      for (const item of value.values) list.message(1, anyValue(item));
      return message.message(5, list);
    }
    case 'map': {
      const list = new Message();
      for (const entry of value.entries) list.message(1, keyValue(entry));
      return message.message(6, list);
    }
    case 'bytes':
      return message.bytes(7, value.value);
  }
}

function keyValue(entry: OtlpEntry): Message {
  return new Message().text(1, entry.key).message(2, anyValue(entry.value));
}

function attributes(message: Message, field: number, entries: readonly OtlpEntry[]): Message {
  for (const entry of entries) message.message(field, keyValue(entry));
  return message;
}

/** opentelemetry.proto.trace.v1.Span */
function spanMessage(span: StoredSpan): Message {
  const message = new Message()
    .hex(1, span.traceId)
    .hex(2, span.spanId)
    .text(3, span.traceState)
    .hex(4, span.parentSpanId)
    .text(5, span.name)
    .integer(6, kindNumber(span.kind))
    .fixed64(7, span.startNs)
    .fixed64(8, span.startNs + span.durationNs);
  attributes(message, 9, otlpAttributes(span.attributes));
  for (const event of span.events) {
    const inner = new Message().fixed64(1, event.timeNs).text(2, event.name);
    message.message(11, attributes(inner, 3, otlpAttributes(untyped(event.attributes))));
  }
  for (const link of span.links) {
    const inner = new Message().hex(1, link.traceId).hex(2, link.spanId).text(3, link.traceState);
    message.message(13, attributes(inner, 4, otlpAttributes(untyped(link.attributes))));
  }
  return message.message(15, new Message().text(2, span.statusMessage).integer(3, statusNumber(span.status)));
}

/** opentelemetry.proto.trace.v1.ResourceSpans */
function resourceSpans(group: ResourceGroup): Message {
  const message = new Message().message(1, attributes(new Message(), 1, otlpAttributes(group.resource)));
  for (const scope of group.scopes) {
    const inner = new Message().message(1, new Message().text(1, scope.name).text(2, scope.version));
    for (const span of scope.spans) inner.message(2, spanMessage(span));
    message.message(2, inner);
  }
  return message;
}

function traceMessage(spans: readonly StoredSpan[]): Message {
  const trace = new Message();
  for (const group of groupByResource(spans)) trace.message(1, resourceSpans(group));
  return trace;
}

/** tempopb.Trace: the same fields as opentelemetry.proto.trace.v1.TracesData. */
export function traceProtobuf(spans: readonly StoredSpan[]): Uint8Array<ArrayBuffer> {
  return traceMessage(spans).finish();
}

/** tempopb.TraceByIDResponse: trace 1, status 3 (0 complete, 1 partial), message 4. */
export function traceResponseProtobuf(spans: readonly StoredSpan[], partial: boolean): Uint8Array<ArrayBuffer> {
  const message = new Message().message(1, traceMessage(spans));
  return partial ? message.integer(3, 1).text(4, 'the trace is larger than what is shown').finish() : message.finish();
}
