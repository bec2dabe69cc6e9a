import { ProtobufError, ProtobufReader, WIRE_FIXED64, WIRE_VARINT } from '../../base/protobuf.ts';
import { DecodeError } from '../../model/ingest.ts';
import type { SeriesSink } from './series_sink.ts';

const VALUE = (1 << 3) | WIRE_FIXED64;
const TIME = (2 << 3) | WIRE_VARINT;
const START = (3 << 3) | WIRE_VARINT;
/** `09 value 10 timestamp` with a six-byte varint: times from 1971 to 2109, which is every sample in practice. */
const COMMON_SAMPLE = 16;
/** The same with `18 start`, as 2.0 sends it for counters. */
const COMMON_STARTED_SAMPLE = 23;
const TWO_28 = 268_435_456;

/**
 * Reads a Sample message (value 1, timestamp 2; both versions of the protocol) at [start, end) into the sink.
 * @throws ProtobufError when the bytes are malformed
 */
export function readSample(reader: ProtobufReader, start: number, end: number, sink: SeriesSink): void {
  const { bytes, view } = reader;
  const at = start + 10;
  const length = end - start;
  if (
    (length === COMMON_SAMPLE ||
      (length === COMMON_STARTED_SAMPLE && bytes[at + 6] === START && isSixBytes(bytes, at + 7))) &&
    bytes[start] === VALUE &&
    bytes[start + 9] === TIME &&
    isSixBytes(bytes, at)
  ) {
    const time = sixByteVarint(bytes, at);
    const value = view.getFloat64(start + 1, true);
    if (!Number.isNaN(value)) sink.sample(time, value, length === COMMON_SAMPLE ? 0 : sixByteVarint(bytes, at + 7));
    else sink.sampleRaw(time, view.getUint32(start + 1, true), view.getUint32(start + 5, true));
    return;
  }
  readAnySample(reader, start, end, sink);
}

/** Whether the varint at a position has six bytes. */
const isSixBytes = (bytes: Uint8Array, at: number): boolean =>
  ((bytes[at] as number) &
    (bytes[at + 1] as number) &
    (bytes[at + 2] as number) &
    (bytes[at + 3] as number) &
    (bytes[at + 4] as number)) >>>
    7 ===
    1 && (bytes[at + 5] as number) < 0x80;

function sixByteVarint(bytes: Uint8Array, at: number): number {
  const low =
    ((bytes[at] as number) & 0x7f) |
    (((bytes[at + 1] as number) & 0x7f) << 7) |
    (((bytes[at + 2] as number) & 0x7f) << 14) |
    (((bytes[at + 3] as number) & 0x7f) << 21);
  return (((bytes[at + 4] as number) & 0x7f) | ((bytes[at + 5] as number) << 7)) * TWO_28 + low;
}

/** Fields in any order, left out (zero) or unknown. */
function readAnySample(reader: ProtobufReader, start: number, end: number, sink: SeriesSink): void {
  const outer = reader.end;
  reader.position = start;
  reader.end = end;
  let low = 0;
  let high = 0;
  let time = 0;
  let began = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === VALUE) {
      reader.fixed64();
      low = reader.low;
      high = reader.high;
    } else if (tag === TIME) time = reader.int64Number();
    else if (tag === START) began = reader.int64Number();
    else reader.skip(tag);
  }
  reader.end = outer;
  words[0] = low;
  words[1] = high;
  const value = double[0] as number;
  if (Number.isNaN(value)) sink.sampleRaw(time, low, high);
  else sink.sample(time, value, began);
}

const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);

/** Runs a decoder over a body; malformed protobuf becomes the DecodeError the door answers with. */
export function withReader<T>(body: Uint8Array<ArrayBuffer>, what: string, read: (reader: ProtobufReader) => T): T {
  try {
    return read(new ProtobufReader(body));
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    throw new DecodeError('undecodable', `not a valid ${what}: ${error.message}`, { cause: error });
  }
}

/** Reads the message at the reader's position, bounds and position restored behind it. */
export function inMessage<T>(reader: ProtobufReader, read: (reader: ProtobufReader) => T): T {
  const outer = reader.end;
  const end = reader.lengthEnd();
  reader.end = end;
  const result = read(reader);
  reader.position = end;
  reader.end = outer;
  return result;
}
