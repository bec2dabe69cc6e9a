import { ProtobufError, type ProtobufReader, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from '../../base/protobuf.ts';
import { nanosToMs } from '../../model/nanoseconds.ts';
import {
  type Bits,
  type ExponentialBuckets,
  type ExponentialPoint,
  type HistogramPoint,
  type NumberPoint,
  newPoints,
  type PointHeader,
  resetHeader,
  type SummaryPoint,
  setNumber,
} from './points.ts';
import { countElement, type Usage } from './usage.ts';

const TWO_32 = 4_294_967_296;
const TIME = (3 << 3) | WIRE_FIXED64;
const START = (2 << 3) | WIRE_FIXED64;

/** Reads data points, the reader being bounded to one; the result is valid until the next point of its kind. */
export class PointReader {
  readonly #reader: ProtobufReader;
  readonly #usage: Usage;
  readonly #points = newPoints();

  constructor(reader: ProtobufReader, usage: Usage) {
    this.#reader = reader;
    this.#usage = usage;
  }

  /** NumberDataPoint, of gauges and sums. */
  number(): NumberPoint {
    const reader = this.#reader;
    const point = this.#points.number;
    resetHeader(point);
    point.value.low = 0;
    point.value.high = 0;
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x21) readDouble(reader, point.value);
      else if (tag === 0x31) readInteger(reader, point.value);
      else this.#common(tag, point, 7, 8, 5);
    }
    return point;
  }

  /** HistogramDataPoint. */
  histogram(): HistogramPoint {
    const reader = this.#reader;
    const point = this.#points.histogram;
    resetHeader(point);
    point.count = 0;
    setNumber(point.sum, 0);
    point.hasSum = false;
    point.counts = [];
    point.bounds = [];
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x21) point.count = readCount(reader);
      else if (tag === 0x29) {
        readDouble(reader, point.sum);
        point.hasSum = true;
      } else if (tag >>> 3 === 6) this.#repeated(tag, point.counts, readCount);
      else if (tag >>> 3 === 7) this.#repeated(tag, point.bounds, (source) => source.double());
      else this.#common(tag, point, 9, 10, 8);
    }
    return point;
  }

  /** ExponentialHistogramDataPoint. */
  exponential(): ExponentialPoint {
    const reader = this.#reader;
    const point = this.#points.exponential;
    resetHeader(point);
    point.count = 0;
    setNumber(point.sum, 0);
    point.hasSum = false;
    point.scale = 0;
    point.zeroCount = 0;
    point.zeroThreshold = 0;
    point.positive = { offset: 0, counts: [] };
    point.negative = { offset: 0, counts: [] };
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x21) point.count = readCount(reader);
      else if (tag === 0x29) {
        readDouble(reader, point.sum);
        point.hasSum = true;
      } else if (tag === 0x30) point.scale = reader.sint32();
      else if (tag === 0x39) point.zeroCount = readCount(reader);
      else if (tag === 0x42) this.#readBuckets(point.positive);
      else if (tag === 0x4a) this.#readBuckets(point.negative);
      else if (tag === 0x71) point.zeroThreshold = reader.double();
      else this.#common(tag, point, 1, 10, 11);
    }
    return point;
  }

  /** SummaryDataPoint. */
  summary(): SummaryPoint {
    const reader = this.#reader;
    const point = this.#points.summary;
    resetHeader(point);
    point.count = 0;
    setNumber(point.sum, 0);
    point.quantiles = [];
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x21) point.count = readCount(reader);
      else if (tag === 0x29) readDouble(reader, point.sum);
      else if (tag === 0x32) point.quantiles.push(this.#readQuantile());
      else this.#common(tag, point, 7, 8, 0);
    }
    return point;
  }

  /** Fields every kind has: times (2 and 3 in all), attributes, flags, exemplars. */
  #common(tag: number, point: PointHeader, attributes: number, flags: number, exemplars: number): void {
    const reader = this.#reader;
    if (tag === TIME) {
      reader.fixed64();
      point.timeMs = nanosToMs(reader.low, reader.high);
      point.time = exactMs(reader);
    } else if (tag === START) {
      reader.fixed64();
      point.startMs = nanosToMs(reader.low, reader.high);
      point.start = exactMs(reader);
    } else if (tag === ((attributes << 3) | WIRE_BYTES)) point.attributes.read(reader);
    else if (tag === ((flags << 3) | WIRE_VARINT)) point.flags = reader.varint32();
    else if (tag === ((exemplars << 3) | WIRE_BYTES)) point.exemplars.read(reader);
    else reader.skip(tag);
  }

  /** A repeated number, packed or not. */
  #repeated(tag: number, into: number[], read: (reader: ProtobufReader) => number): void {
    const reader = this.#reader;
    if ((tag & 7) !== WIRE_BYTES) {
      if ((tag & 7) !== WIRE_FIXED64) reader.skip(tag);
      else this.#push(into, read(reader));
      return;
    }
    const end = reader.lengthEnd();
    while (reader.position < end) this.#push(into, read(reader));
    if (reader.position !== end) throw new ProtobufError(`packed numbers pass their end at byte ${reader.position}`);
  }

  #push(into: number[], value: number): void {
    countElement(this.#usage);
    into.push(value);
  }

  /** Buckets: offset 1, bucket_counts 2 (varints). */
  #readBuckets(into: ExponentialBuckets): void {
    const reader = this.#reader;
    const outer = reader.end;
    const end = reader.lengthEnd();
    reader.end = end;
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x08) into.offset = reader.sint32();
      else if (tag === 0x10) this.#push(into.counts, readVarintCount(reader));
      else if (tag === 0x12) {
        const packedEnd = reader.lengthEnd();
        while (reader.position < packedEnd) this.#push(into.counts, readVarintCount(reader));
        if (reader.position !== packedEnd) throw new ProtobufError(`packed counts pass their end at byte ${packedEnd}`);
      } else reader.skip(tag);
    }
    reader.end = outer;
  }

  #readQuantile(): { quantile: number; value: Bits } {
    const reader = this.#reader;
    countElement(this.#usage);
    const outer = reader.end;
    reader.end = reader.lengthEnd();
    let quantile = 0;
    const value: Bits = { low: 0, high: 0 };
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x09) quantile = reader.double();
      else if (tag === 0x11) readDouble(reader, value);
      else reader.skip(tag);
    }
    reader.end = outer;
    return { quantile, value };
  }
}

/** The fixed64 nanoseconds read last in ms; a double tells times apart that differ by a microsecond. */
function exactMs({ low, high }: ProtobufReader): number {
  return (high * TWO_32) / 1e6 + low / 1e6;
}

export function readDouble(reader: ProtobufReader, into: Bits): void {
  reader.fixed64();
  into.low = reader.low;
  into.high = reader.high;
}

/** An sfixed64 as the double nearest to it. */
export function readInteger(reader: ProtobufReader, into: Bits): void {
  reader.fixed64();
  setNumber(into, (reader.high | 0) * TWO_32 + reader.low);
}

function readCount(reader: ProtobufReader): number {
  reader.fixed64();
  return reader.high * TWO_32 + reader.low;
}

function readVarintCount(reader: ProtobufReader): number {
  reader.varint64();
  return reader.high * TWO_32 + reader.low;
}
