import { isJsonObject, JsonError, parseJson } from '../../base/json_input.ts';
import { ProtobufWriter } from '../../base/protobuf_writer.ts';
import { DecodeError, type DecodeLimits } from '../../model/ingest.ts';
import type { Field, FieldType, Message } from './json_schema.ts';

/**
 * OTLP/JSON (opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding") to the same request in protobuf, so that one
 * decoder gives both encodings one meaning. Names may be lowerCamelCase or as in the .proto files; unknown ones and
 * nulls are skipped; 64-bit integers come as strings or numbers, enums as numbers or names.
 * @throws DecodeError `undecodable`, naming the path of the offending value
 */
export function otlpJsonToProtobuf(body: Uint8Array, message: Message, limits: DecodeLimits): Uint8Array<ArrayBuffer> {
  const writer = new ProtobufWriter(body.length + 1024);
  writeMessage(writer, parse(body, limits), message, '');
  return writer.finish();
}

function parse(body: Uint8Array, limits: DecodeLimits): unknown {
  try {
    return parseJson(body, { depth: limits.jsonDepth, elements: limits.elementsPerRequest });
  } catch (error) {
    if (error instanceof JsonError) throw new DecodeError('undecodable', error.message, { cause: error });
    throw error;
  }
}

function malformed(path: string, expected: string): DecodeError {
  return new DecodeError('undecodable', `${path === '' ? 'the request' : path.slice(1)} must be ${expected}`);
}

function writeMessage(writer: ProtobufWriter, value: unknown, message: Message, path: string): void {
  if (!isJsonObject(value)) throw malformed(path, 'an object');
  for (const name of Object.keys(value)) {
    const field = message.get(name) ?? message.get(camelCase(name));
    const content = value[name];
    if (field === undefined || content === null || content === undefined) continue;
    const at = `${path}.${name}`;
    if (field.repeated !== true) {
      writeField(writer, content, field, at);
      continue;
    }
    if (!Array.isArray(content)) throw malformed(at, 'an array');
    content.forEach((item: unknown, i) => {
      writeField(writer, item, field, `${at}[${i}]`);
    });
  }
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function writeField(writer: ProtobufWriter, value: unknown, field: Field, path: string): void {
  if (field.message !== undefined) {
    const start = writer.open(field.number);
    writeMessage(writer, value, field.message(), path);
    writer.close(start);
  } else if (field.names !== undefined) writer.int64(field.number, BigInt(enumNumber(value, field.names, path)));
  else writeScalar(writer, value, field.number, field.type ?? 'string', path);
}

function enumNumber(value: unknown, names: Readonly<Record<string, number>>, path: string): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  if (typeof value === 'string') {
    // SEVERITY_NUMBER_INFO2, SPAN_KIND_SERVER: the last word is ours.
    const number = new Map(Object.entries(names)).get(value.slice(value.lastIndexOf('_') + 1));
    if (number !== undefined) return number;
  }
  throw malformed(path, `a number or one of the enum's names`);
}

function writeScalar(writer: ProtobufWriter, value: unknown, number: number, type: FieldType, path: string): void {
  switch (type) {
    case 'string':
      if (typeof value !== 'string') throw malformed(path, 'a string');
      writer.text(number, value);
      return;
    case 'bytes':
      if (typeof value !== 'string') throw malformed(path, 'base64 text');
      writer.bytes(number, Buffer.from(value, 'base64'));
      return;
    case 'hex':
      if (typeof value !== 'string') throw malformed(path, 'hex text');
      // Text that is not hex has no bytes, and a record without an id is judged by its decoder.
      writer.bytes(number, /^(?:[0-9a-fA-F]{2})*$/.test(value) ? Buffer.from(value, 'hex') : new Uint8Array(0));
      return;
    case 'bool':
      if (typeof value !== 'boolean') throw malformed(path, 'a boolean');
      writer.uint32(number, value ? 1 : 0);
      return;
    case 'double':
      writer.double(number, doubleOf(value, path));
      return;
    case 'fixed32':
      writer.fixed32(number, Number(integerOf(value, path) & 0xffff_ffffn));
      return;
    case 'fixed64':
    case 'sfixed64':
      writer.fixed64(number, integerOf(value, path));
      return;
    case 'sint32': {
      const integer = integerOf(value, path);
      writer.int64(number, BigInt.asUintN(32, (integer << 1n) ^ (integer >> 31n)));
      return;
    }
    case 'int32':
    case 'uint32':
    case 'int64':
      writer.int64(number, integerOf(value, path));
      return;
  }
}

function integerOf(value: unknown, path: string): bigint {
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 64) return BigInt(value);
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return BigInt(value);
  throw malformed(path, 'an integer');
}

function doubleOf(value: unknown, path: string): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN') return Number.NaN;
  if (value === 'Infinity') return Number.POSITIVE_INFINITY;
  if (value === '-Infinity') return Number.NEGATIVE_INFINITY;
  if (typeof value === 'string' && /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value)) return Number(value);
  throw malformed(path, 'a number');
}
