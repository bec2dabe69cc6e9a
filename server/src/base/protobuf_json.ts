import { ProtobufReader, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from './protobuf.ts';
import { ProtobufWriter } from './protobuf_writer.ts';

/**
 * Protobuf messages to and from their JSON form (protobuf.dev/programming-guides/json) by tables of their fields, for messages
 * that are few and small: 64-bit numbers are decimal text, bytes base64.
 */
export type ProtobufType =
  | 'text'
  | 'uint32'
  | 'uint64'
  | 'int64'
  | 'double'
  | 'bool'
  | 'bytes'
  | { readonly message: () => ProtobufShape };

export interface ProtobufField {
  readonly number: number;
  readonly type: ProtobufType;
  readonly repeats?: 'list' | 'map';
}

export type ProtobufShape = Readonly<Record<string, ProtobufField>>;
export type ProtobufJson = Readonly<Record<string, unknown>>;

/** A message from its JSON form. Members the shape does not have are left out. @throws TypeError for a value of another type */
export function encodeProtobuf(shape: ProtobufShape, json: ProtobufJson): Uint8Array<ArrayBuffer> {
  const writer = new ProtobufWriter(4096);
  writeMessage(writer, shape, json);
  return Uint8Array.from(writer.finish());
}

function writeMessage(writer: ProtobufWriter, shape: ProtobufShape, json: ProtobufJson): void {
  for (const [name, { number, type, repeats }] of Object.entries(shape)) {
    const value = json[name];
    if (value === undefined || value === null) continue;
    if (repeats === 'list') for (const item of value as readonly unknown[]) writeValue(writer, number, type, item);
    else if (repeats === 'map') writeMap(writer, number, type, value as ProtobufJson);
    else writeValue(writer, number, type, value);
  }
}

/** Entries of a map are messages of a key and a value. */
function writeMap(writer: ProtobufWriter, number: number, type: ProtobufType, map: ProtobufJson): void {
  for (const [key, value] of Object.entries(map)) {
    const entry = writer.open(number);
    writer.text(1, key);
    writeValue(writer, 2, type, value);
    writer.close(entry);
  }
}

function writeValue(writer: ProtobufWriter, number: number, type: ProtobufType, value: unknown): void {
  if (typeof type === 'object') {
    const start = writer.open(number);
    writeMessage(writer, type.message(), value as ProtobufJson);
    writer.close(start);
    return;
  }
  switch (type) {
    case 'text':
      writer.text(number, String(value));
      return;
    case 'uint32':
      writer.uint32(number, Number(value));
      return;
    case 'bool':
      writer.uint32(number, value === true ? 1 : 0);
      return;
    case 'double':
      writer.double(number, Number(value));
      return;
    case 'bytes':
      writer.bytes(number, Buffer.from(String(value), 'base64'));
      return;
    case 'uint64':
    case 'int64':
      if (typeof value !== 'string' && typeof value !== 'number') throw new TypeError(`field ${number} is no number`);
      writer.int64(number, BigInt(value));
  }
}

/** The JSON form of a message; fields it does not have are missing, those the shape does not have are skipped. Throws ProtobufError. */
export function decodeProtobuf(shape: ProtobufShape, message: Uint8Array<ArrayBuffer>): Record<string, unknown> {
  return readMessage(new ProtobufReader(message), shape);
}

function readMessage(reader: ProtobufReader, shape: ProtobufShape): Record<string, unknown> {
  const json: Record<string, unknown> = Object.create(null);
  const byTag = new Map(
    Object.entries(shape).map(([name, field]) => [(field.number << 3) | wireOf(field), { name, field }] as const),
  );
  while (!reader.done) {
    const tag = reader.tag();
    const known = byTag.get(tag);
    if (known === undefined) {
      reader.skip(tag);
      continue;
    }
    const { name, field } = known;
    if (field.repeats === 'map') {
      const entry = readMessage(reader.nested(), {
        key: { number: 1, type: 'text' },
        value: { number: 2, type: field.type },
      });
      const map = (json[name] ?? Object.create(null)) as Record<string, unknown>;
      map[String(entry.key ?? '')] = entry.value ?? '';
      json[name] = map;
    } else if (field.repeats === 'list') {
      const list = (json[name] ?? []) as unknown[];
      list.push(readValue(reader, field.type));
      json[name] = list;
    } else json[name] = readValue(reader, field.type);
  }
  return json;
}

function wireOf({ type, repeats }: ProtobufField): number {
  if (repeats === 'map' || typeof type === 'object' || type === 'text' || type === 'bytes') return WIRE_BYTES;
  return type === 'double' ? WIRE_FIXED64 : WIRE_VARINT;
}

function readValue(reader: ProtobufReader, type: ProtobufType): unknown {
  if (typeof type === 'object') return readMessage(reader.nested(), type.message());
  switch (type) {
    case 'text':
      return reader.text();
    case 'uint32':
      return reader.varint32();
    case 'bool':
      return reader.varint32() !== 0;
    case 'double':
      return reader.double();
    case 'bytes':
      return Buffer.from(reader.slice()).toString('base64');
    case 'uint64':
      return String(reader.uint64());
    case 'int64':
      return String(reader.int64());
  }
}
