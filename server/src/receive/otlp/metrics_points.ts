import { ProtobufError, type ProtobufReader, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from '../../base/protobuf.ts';
import { nanosToMs } from '../../model/nanoseconds.ts';
import { countElement, Ranges } from './common.ts';
import { COARSEST_SCHEMA, FINEST_SCHEMA, nativeBuckets } from './exponential_buckets.ts';
import type { Part, PointWriter } from './metrics_mapping.ts';

const TWO_32 = 4_294_967_296;
/** DataPointFlags.NO_RECORDED_VALUE: the series has ended, which Prometheus tells by its staleness marker. */
const NO_RECORDED_VALUE = 1;
const STALE_LOW = 2;
const STALE_HIGH = 0x7ff0_0000;
/** Prometheus' default where the sender names none. */
const ZERO_THRESHOLD = 1e-128;

const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);

/** A number as the words of its bits, so that NaN keeps its payload. */
interface Value {
  low: number;
  high: number;
}

interface Buckets {
  offset: number;
  counts: number[];
}

/** Reads the data points of each kind, the reader being bounded to one, and appends what they become. */
export class PointReader {
  readonly #reader: ProtobufReader;
  readonly #writer: PointWriter;
  readonly #attributes = new Ranges();
  readonly #exemplars = new Ranges();
  #timeMs = 0;
  #flags = 0;

  constructor(reader: ProtobufReader, writer: PointWriter) {
    this.#reader = reader;
    this.#writer = writer;
  }

  /** NumberDataPoint, of gauges and sums. */
  number(): void {
    const reader = this.#reader;
    const value: Value = { low: 0, high: 0 };
    this.#reset();
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x21) readDouble(reader, value);
      else if (tag === 0x31) readInteger(reader, value);
      else this.#common(tag, 7, 8, 5);
    }
    if (!this.#writer.beginPoint(this.#timeMs, this.#attributes)) return;
    this.#append('', 0, value);
    this.#appendExemplars(() => this.#writer.series(''));
    this.#writer.endPoint(this.#timeMs);
  }

  /** HistogramDataPoint: a classic histogram, `_bucket` by bound, `_sum`, `_count`. */
  histogram(): void {
    const reader = this.#reader;
    const sum: Value = { low: 0, high: 0 };
    let hasSum = false;
    let count = 0;
    const counts: number[] = [];
    const bounds: number[] = [];
    this.#reset();
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x21) count = readCount(reader);
      else if (tag === 0x29) {
        readDouble(reader, sum);
        hasSum = true;
      } else if (tag >>> 3 === 6) this.#repeated(tag, counts, readCount);
      else if (tag >>> 3 === 7) this.#repeated(tag, bounds, (source) => source.double());
      else this.#common(tag, 9, 10, 8);
    }
    if (!this.#writer.beginPoint(this.#timeMs, this.#attributes)) return;
    this.#checkBuckets(counts, bounds);
    if (hasSum) this.#append('_sum', 0, sum);
    this.#appendNumber('_count', 0, count);
    let cumulative = 0;
    for (let i = 0; i < bounds.length; i++) {
      cumulative += counts[i] ?? 0;
      this.#appendNumber('_bucket', bounds[i] as number, cumulative);
    }
    this.#appendNumber('_bucket', Number.POSITIVE_INFINITY, count);
    this.#appendExemplars((value) => {
      const bound = bounds.find((upper) => value <= upper) ?? Number.POSITIVE_INFINITY;
      return this.#writer.series('_bucket', bound);
    });
    this.#writer.endPoint(this.#timeMs);
  }

  /** ExponentialHistogramDataPoint: a native histogram. */
  exponentialHistogram(): void {
    const reader = this.#reader;
    const sum: Value = { low: 0, high: 0 };
    let count = 0;
    let scale = 0;
    let zeroCount = 0;
    let zeroThreshold = 0;
    const positive: Buckets = { offset: 0, counts: [] };
    const negative: Buckets = { offset: 0, counts: [] };
    this.#reset();
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x21) count = readCount(reader);
      else if (tag === 0x29) readDouble(reader, sum);
      else if (tag === 0x30) scale = reader.sint32();
      else if (tag === 0x39) zeroCount = readCount(reader);
      else if (tag === 0x42) this.#readBuckets(positive);
      else if (tag === 0x4a) this.#readBuckets(negative);
      else if (tag === 0x71) zeroThreshold = reader.double();
      else this.#common(tag, 1, 10, 11);
    }
    if (!this.#writer.beginPoint(this.#timeMs, this.#attributes)) return;
    if (scale < COARSEST_SCHEMA) {
      const message = `scale ${scale} is coarser than native histograms go (${COARSEST_SCHEMA})`;
      this.#writer.refuse({ reason: 'unsupported', message });
    }
    const reference = this.#writer.series('');
    if (reference >= 0) {
      const stale = (this.#flags & NO_RECORDED_VALUE) !== 0;
      const scaleDown = Math.max(0, scale - FINEST_SCHEMA);
      const none: Buckets = { offset: 0, counts: [] };
      const sides = stale ? [none, none] : [positive, negative];
      const [above, below] = sides.map((side) => nativeBuckets(side.offset, side.counts, scaleDown));
      if (above !== undefined && below !== undefined) {
        this.#writer.columns.histograms.append(reference, this.#timeMs, {
          schema: Math.min(scale, FINEST_SCHEMA),
          resetHint: 0,
          zeroThreshold: zeroThreshold > 0 ? zeroThreshold : ZERO_THRESHOLD,
          zeroCount: stale ? 0 : zeroCount,
          count: stale ? 0 : count,
          sumLow: stale ? STALE_LOW : sum.low,
          sumHigh: stale ? STALE_HIGH : sum.high,
          positive: above,
          negative: below,
          customValues: [],
        });
      }
    }
    this.#appendExemplars(() => reference);
    this.#writer.endPoint(this.#timeMs);
  }

  /** SummaryDataPoint: a series per quantile, `_sum`, `_count`. */
  summary(): void {
    const reader = this.#reader;
    const sum: Value = { low: 0, high: 0 };
    let count = 0;
    const quantiles: { quantile: number; value: Value }[] = [];
    this.#reset();
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x21) count = readCount(reader);
      else if (tag === 0x29) readDouble(reader, sum);
      else if (tag === 0x32) quantiles.push(this.#readQuantile());
      else this.#common(tag, 7, 8, 0);
    }
    if (!this.#writer.beginPoint(this.#timeMs, this.#attributes)) return;
    this.#append('_sum', 0, sum);
    this.#appendNumber('_count', 0, count);
    for (const { quantile, value } of quantiles) this.#append('quantile', quantile, value);
    this.#writer.endPoint(this.#timeMs);
  }

  #reset(): void {
    this.#attributes.count = 0;
    this.#exemplars.count = 0;
    this.#timeMs = 0;
    this.#flags = 0;
  }

  /** Fields every kind has: time (always 3), attributes, flags, exemplars. */
  #common(tag: number, attributes: number, flags: number, exemplars: number): void {
    const reader = this.#reader;
    if (tag === ((3 << 3) | WIRE_FIXED64)) {
      reader.fixed64();
      this.#timeMs = nanosToMs(reader.low, reader.high);
    } else if (tag === ((attributes << 3) | WIRE_BYTES)) this.#attributes.read(reader);
    else if (tag === ((flags << 3) | WIRE_VARINT)) this.#flags = reader.varint32();
    else if (tag === ((exemplars << 3) | WIRE_BYTES)) this.#exemplars.read(reader);
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
    countElement(this.#writer.usage);
    into.push(value);
  }

  /** Buckets: offset 1, bucket_counts 2 (varints). */
  #readBuckets(into: Buckets): void {
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

  #readQuantile(): { quantile: number; value: Value } {
    const reader = this.#reader;
    countElement(this.#writer.usage);
    const outer = reader.end;
    reader.end = reader.lengthEnd();
    let quantile = 0;
    const value: Value = { low: 0, high: 0 };
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x09) quantile = reader.double();
      else if (tag === 0x11) readDouble(reader, value);
      else reader.skip(tag);
    }
    reader.end = outer;
    return { quantile, value };
  }

  #checkBuckets(counts: readonly number[], bounds: readonly number[]): void {
    if (counts.length > 0 && counts.length !== bounds.length + 1) {
      const message = `${counts.length} bucket counts for ${bounds.length} bounds`;
      this.#writer.refuse({ reason: 'invalid_record', message });
    }
    for (let i = 1; i < bounds.length; i++) {
      if ((bounds[i] as number) > (bounds[i - 1] as number)) continue;
      this.#writer.refuse({ reason: 'invalid_record', message: 'bucket bounds do not increase' });
      return;
    }
  }

  #appendNumber(part: Part, bound: number, value: number): void {
    double[0] = value;
    this.#append(part, bound, { low: words[0] as number, high: words[1] as number });
  }

  #append(part: Part, bound: number, { low, high }: Value): void {
    const reference = this.#writer.series(part, bound);
    if (reference < 0) return;
    const { samples } = this.#writer.columns;
    if ((this.#flags & NO_RECORDED_VALUE) !== 0) {
      samples.appendRaw(reference, this.#timeMs, STALE_LOW, STALE_HIGH);
      return;
    }
    words[0] = low;
    words[1] = high;
    const value = double[0] as number;
    if (Number.isNaN(value)) samples.appendRaw(reference, this.#timeMs, low, high);
    else samples.append(reference, this.#timeMs, value);
  }

  /** Exemplars whose time is out of bounds are left out and told. */
  #appendExemplars(seriesOf: (value: number) => number): void {
    for (let i = 0; i < this.#exemplars.count; i++) {
      countElement(this.#writer.usage);
      this.#readExemplar(this.#exemplars.start(i), this.#exemplars.end(i), seriesOf);
    }
  }

  #readExemplar(start: number, end: number, seriesOf: (value: number) => number): void {
    const reader = this.#reader;
    const { position, end: outer } = reader;
    reader.position = start;
    reader.end = end;
    const attributes = new Ranges();
    const value: Value = { low: 0, high: 0 };
    let timeMs = 0;
    let traceId = '';
    let spanId = '';
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x11) {
        reader.fixed64();
        timeMs = nanosToMs(reader.low, reader.high);
      } else if (tag === 0x19) readDouble(reader, value);
      else if (tag === 0x31) readInteger(reader, value);
      else if (tag === 0x22) spanId = hex(reader.slice());
      else if (tag === 0x2a) traceId = hex(reader.slice());
      else if (tag === 0x3a) attributes.read(reader);
      else reader.skip(tag);
    }
    reader.position = position;
    reader.end = outer;
    if (!this.#writer.exemplarInTime(timeMs)) {
      this.#writer.note({ reason: 'too_old', message: `time ${timeMs} ms is out of bounds` }, 'exemplar');
      return;
    }
    words[0] = value.low;
    words[1] = value.high;
    const number = double[0] as number;
    const labels = this.#writer.exemplarLabels(attributes).flat();
    if (traceId !== '') labels.push('trace_id', traceId);
    if (spanId !== '') labels.push('span_id', spanId);
    const reference = seriesOf(number);
    if (reference >= 0) this.#writer.columns.exemplars.append(reference, timeMs, number, labels);
  }
}

function readDouble(reader: ProtobufReader, into: Value): void {
  reader.fixed64();
  into.low = reader.low;
  into.high = reader.high;
}

/** An sfixed64 as the double nearest to it. */
function readInteger(reader: ProtobufReader, into: Value): void {
  reader.fixed64();
  double[0] = (reader.high | 0) * TWO_32 + reader.low;
  into.low = words[0] as number;
  into.high = words[1] as number;
}

function readCount(reader: ProtobufReader): number {
  reader.fixed64();
  return reader.high * TWO_32 + reader.low;
}

function readVarintCount(reader: ProtobufReader): number {
  reader.varint64();
  return reader.high * TWO_32 + reader.low;
}

/** Ids of zeros alone are no ids. */
function hex(bytes: Uint8Array): string {
  return bytes.every((byte) => byte === 0) ? '' : Buffer.from(bytes).toString('hex');
}
