import { ProtobufError, type ProtobufReader, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from '../../base/protobuf.ts';
import { readTime } from './protobuf_time.ts';

/** Native buckets of one sign: spans, and counts as deltas (integers) or absolute (floats). */
export interface RawBuckets {
  readonly offsets: number[];
  readonly lengths: number[];
  readonly deltas: number[];
  readonly counts: number[];
}

/** Spans, deltas or counts: `part` 0, 1, 2. */
export function readBuckets(reader: ProtobufReader, tag: number, part: number, into: RawBuckets): void {
  if (part === 0 && (tag & 7) === WIRE_BYTES) readSpan(reader.nested(), into);
  else if (part === 1) repeated(reader, tag, WIRE_VARINT, () => into.deltas.push(reader.sint64Number()));
  else if (part === 2) repeated(reader, tag, WIRE_FIXED64, () => into.counts.push(reader.double()));
  else reader.skip(tag);
}

function readSpan(reader: ProtobufReader, into: RawBuckets): void {
  let [offset, length] = [0, 0];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | WIRE_VARINT)) offset = reader.sint32();
    else if (tag === ((2 << 3) | WIRE_VARINT)) length = reader.varint32();
    else reader.skip(tag);
  }
  into.offsets.push(offset);
  into.lengths.push(length);
}

/** A repeated number, packed or one by one. */
function repeated(reader: ProtobufReader, tag: number, wire: number, one: () => void): void {
  if ((tag & 7) === wire) one();
  else if ((tag & 7) === WIRE_BYTES) {
    const end = reader.lengthEnd();
    while (reader.position < end) one();
    if (reader.position !== end) throw new ProtobufError(`packed numbers pass their end at byte ${reader.position}`);
  } else reader.skip(tag);
}

/** A name and a value: io.prometheus.client.LabelPair. */
export function readPair(reader: ProtobufReader): [name: string, value: string] {
  const pair: [string, string] = ['', ''];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | WIRE_BYTES)) pair[0] = reader.text();
    else if (tag === ((2 << 3) | WIRE_BYTES)) pair[1] = reader.text();
    else reader.skip(tag);
  }
  return pair;
}

export function readExemplar(reader: ProtobufReader): {
  readonly pairs: readonly (readonly [string, string])[];
  readonly value: number;
  readonly timeMs: number;
} {
  const pairs: (readonly [string, string])[] = [];
  let [value, timeMs] = [0, Number.NaN];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | WIRE_BYTES)) pairs.push(readPair(reader.nested()));
    else if (tag === ((2 << 3) | WIRE_FIXED64)) value = reader.double();
    else if (tag === ((3 << 3) | WIRE_BYTES)) timeMs = readTime(reader.nested());
    else reader.skip(tag);
  }
  return { pairs, value, timeMs };
}
