import { ProtobufError, type ProtobufReader, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from '../../base/protobuf.ts';
import { checkedHistogram, type HistogramBuckets, type NativeHistogram } from '../../store/index.ts';

/** A Histogram message as read, before it is checked. */
export interface HistogramMessage {
  readonly timeMs: number;
  /** Start timestamp (2.0 only), 0 when there is none. */
  readonly startMs: number;
  readonly histogram: NativeHistogram | string;
}

/** Buckets of one sign on their way: counts come as deltas (integers) or absolute (floats). */
interface Buckets {
  readonly offsets: number[];
  readonly lengths: number[];
  readonly deltas: number[];
  readonly floats: number[];
}

/**
 * Reads a Histogram message (prometheus/prompb/types.proto; remote write 2.0 uses the same field numbers) from the reader's
 * position to its end.
 * @returns the histogram with absolute counts, or why it is invalid (`checkedHistogram`)
 * @throws ProtobufError when the bytes are malformed
 */
export function readHistogram(reader: ProtobufReader): HistogramMessage {
  const positive: Buckets = { offsets: [], lengths: [], deltas: [], floats: [] };
  const negative: Buckets = { offsets: [], lengths: [], deltas: [], floats: [] };
  const customValues: number[] = [];
  let timeMs = 0;
  let startMs = 0;
  let count = 0;
  let zeroCount = 0;
  let isFloat = false;
  let schema = 0;
  let zeroThreshold = 0;
  let resetHint = 0;
  let sumLow = 0;
  let sumHigh = 0;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case (1 << 3) | WIRE_VARINT:
        count = uint64Number(reader);
        break;
      case (2 << 3) | WIRE_FIXED64:
        count = reader.double();
        isFloat = true;
        break;
      case (3 << 3) | WIRE_FIXED64:
        reader.fixed64();
        sumLow = reader.low;
        sumHigh = reader.high;
        break;
      case (4 << 3) | WIRE_VARINT:
        schema = reader.sint32();
        break;
      case (5 << 3) | WIRE_FIXED64:
        zeroThreshold = reader.double();
        break;
      case (6 << 3) | WIRE_VARINT:
        zeroCount = uint64Number(reader);
        break;
      case (7 << 3) | WIRE_FIXED64:
        zeroCount = reader.double();
        break;
      case (14 << 3) | WIRE_VARINT:
        resetHint = reader.varint32();
        break;
      case (15 << 3) | WIRE_VARINT:
        timeMs = reader.int64Number();
        break;
      case (17 << 3) | WIRE_VARINT:
        startMs = reader.int64Number();
        break;
      default:
        if (tag >>> 3 === 16) doubles(reader, tag, customValues);
        else if (tag >>> 3 >= 8 && tag >>> 3 <= 10) bucketField(reader, tag, tag >>> 3, negative);
        else if (tag >>> 3 >= 11 && tag >>> 3 <= 13) bucketField(reader, tag, (tag >>> 3) - 3, positive);
        else reader.skip(tag);
    }
  }
  const header = { schema, resetHint, zeroThreshold, zeroCount, count, sumLow, sumHigh, customValues };
  const histogram = { ...header, positive: absolute(positive, isFloat), negative: absolute(negative, isFloat) };
  return { timeMs, startMs, histogram: checkedHistogram(histogram, isFloat) };
}

/** Spans, deltas and counts of one sign; `field` is the number of the negative side (8, 9, 10). */
function bucketField(reader: ProtobufReader, tag: number, field: number, into: Buckets): void {
  if (field === 10) {
    doubles(reader, tag, into.floats);
    return;
  }
  if (field === 9) {
    if ((tag & 7) === WIRE_VARINT) into.deltas.push(reader.sint64Number());
    else if ((tag & 7) === WIRE_BYTES) {
      const end = reader.lengthEnd();
      while (reader.position < end) into.deltas.push(smallSint64(reader));
      if (reader.position !== end) throw new ProtobufError(`packed deltas pass their end at byte ${reader.position}`);
    } else reader.skip(tag);
    return;
  }
  if ((tag & 7) !== WIRE_BYTES) {
    reader.skip(tag);
    return;
  }
  const outer = reader.end;
  reader.end = reader.lengthEnd();
  let offset = 0;
  let length = 0;
  while (!reader.done) {
    const part = reader.tag();
    if (part === ((1 << 3) | WIRE_VARINT)) offset = reader.sint32();
    else if (part === ((2 << 3) | WIRE_VARINT)) length = reader.varint32();
    else reader.skip(part);
  }
  reader.end = outer;
  into.offsets.push(offset);
  into.lengths.push(length);
}

function doubles(reader: ProtobufReader, tag: number, into: number[]): void {
  if ((tag & 7) === WIRE_FIXED64) into.push(reader.double());
  else if ((tag & 7) === WIRE_BYTES) {
    const end = reader.lengthEnd();
    while (reader.position + 8 <= end) into.push(reader.double());
    if (reader.position !== end) throw new ProtobufError(`packed doubles pass their end at byte ${reader.position}`);
  } else reader.skip(tag);
}

function uint64Number(reader: ProtobufReader): number {
  reader.varint64();
  return reader.high * 4_294_967_296 + reader.low;
}

/** A zigzag varint; bigint arithmetic only where a number would lose digits. */
function smallSint64(reader: ProtobufReader): number {
  reader.varint64();
  const { low, high } = reader;
  if (high === 0) return (low & 1) === 0 ? low / 2 : -(low + 1) / 2;
  const value = (BigInt(high) << 32n) | BigInt(low);
  return Number((value >> 1n) ^ -(value & 1n));
}

function absolute(buckets: Buckets, isFloat: boolean): HistogramBuckets {
  if (isFloat) return { offsets: buckets.offsets, lengths: buckets.lengths, counts: buckets.floats };
  let running = 0;
  const counts = buckets.deltas.map((delta) => {
    running += delta;
    return running;
  });
  return { offsets: buckets.offsets, lengths: buckets.lengths, counts };
}
