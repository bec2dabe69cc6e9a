import { ProtobufWriter } from '../../base/protobuf_writer.ts';

/** A value with the type it was sent with; integers are bigints. */
export type SpanValue = string | number | bigint | boolean | Uint8Array;
export type SpanAttribute = readonly [name: string, value: SpanValue];

/** OTLP's span kinds. */
export const SPAN_KIND = { unspecified: 0, internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
/** OTLP's status codes. */
export const STATUS_CODE = { unset: 0, ok: 1, error: 2 } as const;

/** Tags by which OpenTelemetry's exporters carry what Zipkin and Jaeger have no place for: they become parts of the span. */
export const CARRIER_TAGS: ReadonlySet<string> = new Set([
  'error',
  'otel.status_code',
  'otel.status_description',
  'otel.scope.name',
  'otel.scope.version',
  'otel.library.name',
  'otel.library.version',
  'w3c.tracestate',
]);

/** A span as other protocols tell it. Ids are lower-case hex of 32 and 16 digits; times ns since the epoch. */
export interface SpanRecord {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly traceState?: string;
  readonly name: string;
  readonly kind: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly status: number;
  readonly statusMessage: string;
  readonly attributes: readonly SpanAttribute[];
  readonly events: readonly {
    readonly timeNs: bigint;
    readonly name: string;
    readonly attributes: readonly SpanAttribute[];
  }[];
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: readonly SpanAttribute[];
  }[];
  readonly scope?: { readonly name: string; readonly version: string };
}

/** Spans of one process. */
export interface SpanResource {
  readonly service: string;
  readonly attributes: readonly SpanAttribute[];
  readonly spans: readonly SpanRecord[];
}

/** A hex id as it is stored, or undefined when it is none; shorter ids are padded on the left. */
export function hexId(text: string, digits: 16 | 32): string | undefined {
  if (!/^[0-9a-fA-F]+$/.test(text) || text.length > digits || /^0+$/.test(text)) return undefined;
  return text.toLowerCase().padStart(digits, '0');
}

/** The id that the halves of a number make, for protocols that write ids as numbers. */
export function idOf(low: bigint, high?: bigint): string {
  const hex = (half: bigint): string => BigInt.asUintN(64, half).toString(16).padStart(16, '0');
  return high === undefined ? hex(low) : hex(high) + hex(low);
}

/** The spans as an OTLP request (opentelemetry.proto.collector.trace.v1), so that one decoder stores all of them. */
export function otlpRequest(resources: readonly SpanResource[]): Uint8Array<ArrayBuffer> {
  const writer = new ProtobufWriter(4096);
  for (const { service, attributes, spans } of resources) {
    const inResource = writer.open(1);
    const resource = writer.open(1);
    if (service !== '') writeAttribute(writer, 1, ['service.name', service]);
    for (const attribute of attributes) writeAttribute(writer, 1, attribute);
    writer.close(resource);
    for (const span of spans) {
      const inScope = writer.open(2);
      if (span.scope !== undefined) {
        const scope = writer.open(1);
        writer.text(1, span.scope.name);
        writer.text(2, span.scope.version);
        writer.close(scope);
      }
      writeSpan(writer, span);
      writer.close(inScope);
    }
    writer.close(inResource);
  }
  return writer.finish();
}

const hexBytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex');

function writeSpan(writer: ProtobufWriter, span: SpanRecord): void {
  const start = writer.open(2);
  writer.bytes(1, hexBytes(span.traceId));
  writer.bytes(2, hexBytes(span.spanId));
  if (span.traceState !== undefined && span.traceState !== '') writer.text(3, span.traceState);
  if (span.parentSpanId !== '') writer.bytes(4, hexBytes(span.parentSpanId));
  writer.text(5, span.name);
  writer.uint32(6, span.kind);
  writer.fixed64(7, span.startNs);
  writer.fixed64(8, span.endNs);
  for (const attribute of span.attributes) writeAttribute(writer, 9, attribute);
  for (const { timeNs, name, attributes } of span.events) {
    const event = writer.open(11);
    writer.fixed64(1, timeNs);
    writer.text(2, name);
    for (const attribute of attributes) writeAttribute(writer, 3, attribute);
    writer.close(event);
  }
  for (const { traceId, spanId, attributes } of span.links) {
    const link = writer.open(13);
    writer.bytes(1, hexBytes(traceId));
    writer.bytes(2, hexBytes(spanId));
    for (const attribute of attributes) writeAttribute(writer, 4, attribute);
    writer.close(link);
  }
  const status = writer.open(15);
  if (span.statusMessage !== '') writer.text(2, span.statusMessage);
  writer.uint32(3, span.status);
  writer.close(status);
  writer.close(start);
}

function writeAttribute(writer: ProtobufWriter, field: number, [name, value]: SpanAttribute): void {
  const start = writer.open(field);
  writer.text(1, name);
  const inner = writer.open(2);
  if (typeof value === 'string') writer.text(1, value);
  else if (typeof value === 'boolean') writer.uint32(2, value ? 1 : 0);
  else if (typeof value === 'bigint') writer.int64(3, value);
  else if (typeof value === 'number') writer.double(4, value);
  else writer.bytes(7, value);
  writer.close(inner);
  writer.close(start);
}
