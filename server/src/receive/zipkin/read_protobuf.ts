import { ProtobufReader } from '../../base/protobuf.ts';
import { NO_ENDPOINT, type ZipkinEndpoint, type ZipkinSpan } from './zipkin_span.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const KINDS = ['', 'CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'] as const;

const wide = (reader: ProtobufReader): number => reader.high * 4_294_967_296 + reader.low;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The spans of a ListOfSpans (zipkin.proto3). Throws ProtobufError. */
export function* readListOfSpans(body: Uint8Array<ArrayBuffer>): Generator<ZipkinSpan> {
  const reader = new ProtobufReader(body);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) yield readSpan(reader.nested());
    else reader.skip(tag);
  }
}

function readSpan(reader: ProtobufReader): ZipkinSpan {
  const span: Mutable<ZipkinSpan> & {
    annotations: { timestamp: number; value: string }[];
    tags: [string, string][];
  } = {
    traceId: '',
    id: '',
    parentId: '',
    kind: '',
    name: '',
    timestamp: 0,
    duration: 0,
    localEndpoint: NO_ENDPOINT,
    remoteEndpoint: NO_ENDPOINT,
    annotations: [],
    tags: [],
    debug: false,
    shared: false,
  };
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        span.traceId = hex(reader.slice());
        break;
      case 0x12:
        span.parentId = hex(reader.slice());
        break;
      case 0x1a:
        span.id = hex(reader.slice());
        break;
      case 0x20:
        span.kind = KINDS[reader.varint32()] ?? '';
        break;
      case 0x2a:
        span.name = reader.text();
        break;
      case 0x31:
        reader.fixed64();
        span.timestamp = wide(reader);
        break;
      case 0x38:
        reader.varint64();
        span.duration = wide(reader);
        break;
      case 0x42:
        span.localEndpoint = readEndpoint(reader.nested());
        break;
      case 0x4a:
        span.remoteEndpoint = readEndpoint(reader.nested());
        break;
      case 0x52:
        span.annotations.push(readAnnotation(reader.nested()));
        break;
      case 0x5a:
        span.tags.push(readTag(reader.nested()));
        break;
      case 0x60:
        span.debug = reader.varint32() !== 0;
        break;
      case 0x68:
        span.shared = reader.varint32() !== 0;
        break;
      default:
        reader.skip(tag);
    }
  }
  return span;
}

function readEndpoint(reader: ProtobufReader): ZipkinEndpoint {
  const endpoint = { ...NO_ENDPOINT };
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) endpoint.serviceName = reader.text();
    else if (tag === 0x12) endpoint.ipv4 = reader.slice().join('.');
    else if (tag === 0x1a) endpoint.ipv6 = colons(reader.slice());
    else if (tag === 0x20) endpoint.port = reader.varint32() & 0xffff;
    else reader.skip(tag);
  }
  return endpoint;
}

function colons(address: Uint8Array): string {
  return (hex(address).match(/.{4}/g) ?? []).map((group) => group.replace(/^0{1,3}/, '')).join(':');
}

function readAnnotation(reader: ProtobufReader): { timestamp: number; value: string } {
  const annotation = { timestamp: 0, value: '' };
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x09) {
      reader.fixed64();
      annotation.timestamp = wide(reader);
    } else if (tag === 0x12) annotation.value = reader.text();
    else reader.skip(tag);
  }
  return annotation;
}

function readTag(reader: ProtobufReader): [string, string] {
  const entry: [string, string] = ['', ''];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) entry[0] = reader.text();
    else if (tag === 0x12) entry[1] = reader.text();
    else reader.skip(tag);
  }
  return entry;
}
