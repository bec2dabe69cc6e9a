import { ProtobufError, type ProtobufReader } from '../../base/protobuf.ts';
import { keyValue, readKeyValue } from './key_value.ts';
import { countElement, type Usage } from './usage.ts';

/** What an AnyValue (opentelemetry.proto.common.v1) inside an array or a key-value list holds. */
type ListedValue =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly text: string }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'bytes'; readonly base64: string }
  | { readonly kind: 'array'; readonly values: readonly ListedValue[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [key: string, value: ListedValue])[] };

export interface ListText {
  readonly text: string;
  /** Whether the text is plain JSON that tells the list exactly; otherwise it is OTLP's JSON form of it. */
  readonly isPlain: boolean;
}

/**
 * An ArrayValue or KeyValueList message at [start, end) as text: JSON with integers in full, bytes in base64, an empty value
 * null. Where `usage.exact` asks for it, doubles keep a fraction, and a list that plain JSON would change is written as an
 * OTLP/JSON AnyValue. Moves the reader.
 * @throws ProtobufError when nested too deep
 */
export function listText(reader: ProtobufReader, start: number, end: number, keyed: boolean, usage: Usage): ListText {
  const list = readList(reader, start, end, keyed, usage, 1);
  if (!usage.exact) return { text: plainJson(list, String), isPlain: true };
  return isPlain(list)
    ? { text: plainJson(list, fractionText), isPlain: true }
    : { text: JSON.stringify(otlpJson(list)), isPlain: false };
}

/** A double as text that reads as the same double. */
export const doubleText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/** A two's-complement 64-bit integer in decimal, from its halves. */
export function int64Text(low: number, high: number): string {
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low)).toString();
}

export function base64(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('base64');
}

function utf8(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}

function readList(
  reader: ProtobufReader,
  start: number,
  end: number,
  keyed: boolean,
  usage: Usage,
  depth: number,
): ListedValue {
  if (depth > usage.limits.protobufDepth)
    throw new ProtobufError(`values nested deeper than ${usage.limits.protobufDepth}`);
  const values: ListedValue[] = [];
  const entries: (readonly [string, ListedValue])[] = [];
  let at = start;
  while (at < end) {
    reader.position = at;
    reader.end = end;
    const tag = reader.tag();
    if (tag !== 0x0a) {
      reader.skip(tag);
      at = reader.position;
      continue;
    }
    countElement(usage);
    const itemEnd = reader.lengthEnd();
    const itemStart = reader.position;
    if (keyed) {
      readKeyValue(reader, itemStart, itemEnd);
      const key = utf8(reader.bytes, keyValue.keyStart, keyValue.keyEnd);
      entries.push([key, readValue(reader, keyValue.valueStart, keyValue.valueEnd, usage, depth + 1)]);
    } else values.push(readValue(reader, itemStart, itemEnd, usage, depth + 1));
    at = itemEnd;
  }
  return keyed ? { kind: 'map', entries } : { kind: 'array', values };
}

function readValue(reader: ProtobufReader, start: number, end: number, usage: Usage, depth: number): ListedValue {
  let value: ListedValue = { kind: 'nothing' };
  let at = start;
  while (at < end) {
    reader.position = at;
    reader.end = end;
    const tag = reader.tag();
    if (tag === 0x0a || tag === 0x3a || tag === 0x2a || tag === 0x32) {
      const to = reader.lengthEnd();
      const from = reader.position;
      if (tag === 0x0a) value = { kind: 'string', text: utf8(reader.bytes, from, to) };
      else if (tag === 0x3a) value = { kind: 'bytes', base64: base64(reader.bytes, from, to) };
      else value = readList(reader, from, to, tag === 0x32, usage, depth);
      at = to;
      continue;
    }
    if (tag === 0x10) value = { kind: 'bool', value: reader.varint32() !== 0 };
    else if (tag === 0x18) {
      reader.varint64();
      value = { kind: 'int', text: int64Text(reader.low, reader.high) };
    } else if (tag === 0x21) value = { kind: 'double', value: reader.double() };
    else reader.skip(tag);
    at = reader.position;
  }
  return value;
}

/** JSON numbers tell a double by its fraction or exponent. */
function fractionText(value: number): string {
  const text = doubleText(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function plainJson(value: ListedValue, numberText: (value: number) => string): string {
  switch (value.kind) {
    case 'nothing':
      return 'null';
    case 'string':
      return JSON.stringify(value.text);
    case 'bool':
      return String(value.value);
    case 'int':
      return value.text;
    case 'double':
      return Number.isFinite(value.value) ? numberText(value.value) : JSON.stringify(String(value.value));
    case 'bytes':
      return JSON.stringify(value.base64);
    case 'array':
      return `[${value.values.map((item) => plainJson(item, numberText)).join(',')}]`;
    case 'map':
      return `{${value.entries.map(([key, item]) => `${JSON.stringify(key)}:${plainJson(item, numberText)}`).join(',')}}`;
  }
}

/** Names that JavaScript's objects put before all others, whatever order they came in. */
const INDEX_NAME = /^(?:0|[1-9]\d*)$/;

/** Whether plain JSON tells this value exactly: it has no bytes, no NaN, and keeps no name twice. */
function isPlain(value: ListedValue): boolean {
  switch (value.kind) {
    case 'bytes':
      return false;
    case 'double':
      return Number.isFinite(value.value);
    case 'array':
      return value.values.every(isPlain);
    case 'map':
      return (
        new Set(value.entries.map(([key]) => key)).size === value.entries.length &&
        value.entries.every(([key, item]) => !INDEX_NAME.test(key) && isPlain(item))
      );
    default:
      return true;
  }
}

/** An AnyValue as OTLP/JSON writes it. */
function otlpJson(value: ListedValue): Record<string, unknown> {
  switch (value.kind) {
    case 'nothing':
      return {};
    case 'string':
      return { stringValue: value.text };
    case 'bool':
      return { boolValue: value.value };
    case 'int':
      return { intValue: value.text };
    case 'double':
      return {
        doubleValue:
          Number.isFinite(value.value) && !Object.is(value.value, -0) ? value.value : doubleText(value.value),
      };
    case 'bytes':
      return { bytesValue: value.base64 };
    case 'array':
      return { arrayValue: { values: value.values.map(otlpJson) } };
    case 'map':
      return { kvlistValue: { values: value.entries.map(([key, item]) => ({ key, value: otlpJson(item) })) } };
  }
}
