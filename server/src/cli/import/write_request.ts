import { snappyCompress } from '../../base/snappy.ts';
import type { Labels } from '../../model/labels.ts';
import type { ChunkBuckets, ChunkHistogram, SampleVisitor } from './chunk.ts';

const SMALLEST = 1 << 20;
const TWO_32 = 4_294_967_296;
/** Tags of io.prometheus.write.v2 (Request, TimeSeries, Sample, Histogram, BucketSpan). */
const REQUEST_SYMBOLS = 0x22;
const REQUEST_SERIES = 0x2a;
const REFERENCES = 0x0a;
const SAMPLES = 0x12;
const HISTOGRAMS = 0x1a;

const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);

/**
 * A remote write 2.0 request in the making. Series are written as their samples come, symbols go to the end; lengths of
 * messages are padded varints filled in when the message ends.
 */
export class WriteRequest implements SampleVisitor {
  #bytes: Buffer<ArrayBuffer> = Buffer.allocUnsafeSlow(SMALLEST);
  #length = 0;
  readonly #symbols = new Map<string, number>([['', 0]]);
  #open = -1;
  /** Samples and histograms written. */
  samples = 0;
  /** What the receiver counts against its limit of elements: series, symbols, buckets. */
  elements = 0;

  /** Bytes written so far, without symbols. */
  get size(): number {
    return this.#length;
  }

  get isEmpty(): boolean {
    return this.samples === 0;
  }

  /** Begins a series; samples until {@link end} are its own. */
  begin(labels: Labels): void {
    this.elements += 1 + labels.length;
    this.#open = this.#begin(REQUEST_SERIES);
    const references = labels.map((text) => this.#symbol(text));
    this.#need(references.length * 5 + 10);
    this.#byte(REFERENCES);
    this.#varint(references.reduce((sum, reference) => sum + varintLength(reference), 0));
    for (const reference of references) this.#varint(reference);
  }

  end(): void {
    this.#end(this.#open);
  }

  sample(timeMs: number, startMs: number, high: number, low: number): void {
    this.samples++;
    this.#need(48);
    const time = varintLength(timeMs);
    this.#byte(SAMPLES);
    this.#byte(10 + time + (startMs === 0 ? 0 : 1 + varintLength(startMs)));
    this.#byte(0x09);
    this.#bits(high, low);
    this.#byte(0x10);
    this.#varint(timeMs);
    if (startMs === 0) return;
    this.#byte(0x18);
    this.#varint(startMs);
  }

  histogram(timeMs: number, startMs: number, histogram: ChunkHistogram): void {
    const { isFloat, positive, negative, customValues } = histogram;
    this.samples++;
    this.elements += positive.counts.length + negative.counts.length + customValues.length;
    const start = this.#begin(HISTOGRAMS);
    this.#need(128);
    if (isFloat) this.#doubleField(2, histogram.count);
    else this.#varintField(1, histogram.count);
    this.#byte((3 << 3) | 1);
    this.#bits(histogram.sumHigh, histogram.sumLow);
    this.#varintField(4, zigzag(histogram.schema));
    this.#doubleField(5, histogram.zeroThreshold);
    if (isFloat) this.#doubleField(7, histogram.zeroCount);
    else this.#varintField(6, histogram.zeroCount);
    this.#side(8, negative, isFloat);
    this.#side(11, positive, isFloat);
    this.#varintField(14, histogram.resetHint);
    this.#varintField(15, timeMs);
    this.#doubles(16, customValues);
    if (startMs !== 0) this.#varintField(17, startMs);
    this.#end(start);
  }

  /** The request, compressed. */
  finish(): Uint8Array<ArrayBuffer> {
    for (const symbol of this.#symbols.keys()) {
      const length = Buffer.byteLength(symbol);
      this.#need(length + 10);
      this.#byte(REQUEST_SYMBOLS);
      this.#varint(length);
      this.#length += this.#bytes.write(symbol, this.#length);
    }
    return snappyCompress(this.#bytes.subarray(0, this.#length));
  }

  #symbol(text: string): number {
    const known = this.#symbols.get(text);
    if (known !== undefined) return known;
    this.elements++;
    const next = this.#symbols.size;
    this.#symbols.set(text, next);
    return next;
  }

  /** Spans, and counts: differences of integers, or doubles. `field` is the number of the spans. */
  #side(field: number, { offsets, lengths, counts }: ChunkBuckets, isFloat: boolean): void {
    for (const [i, offset] of offsets.entries()) {
      const span = this.#begin((field << 3) | 2);
      this.#need(32);
      this.#varintField(1, zigzag(offset));
      this.#varintField(2, lengths[i] ?? 0);
      this.#end(span);
    }
    if (isFloat) {
      this.#doubles(field + 2, counts);
      return;
    }
    if (counts.length === 0) return;
    const start = this.#begin(((field + 1) << 3) | 2);
    this.#need(counts.length * 10);
    let before = 0;
    for (const count of counts) {
      this.#varint(zigzag(count - before));
      before = count;
    }
    this.#end(start);
  }

  #doubles(field: number, values: readonly number[]): void {
    if (values.length === 0) return;
    const start = this.#begin((field << 3) | 2);
    this.#need(values.length * 8);
    for (const value of values) this.#double(value);
    this.#end(start);
  }

  #varintField(field: number, value: number): void {
    this.#varint(field << 3);
    this.#varint(value);
  }

  #doubleField(field: number, value: number): void {
    this.#varint((field << 3) | 1);
    this.#double(value);
  }

  #double(value: number): void {
    double[0] = value;
    this.#bits(words[1] as number, words[0] as number);
  }

  #begin(tag: number): number {
    this.#need(16);
    this.#varint(tag);
    this.#length += 5;
    return this.#length;
  }

  #end(start: number): void {
    let rest = this.#length - start;
    for (let i = start - 5; i < start - 1; i++) {
      this.#bytes[i] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[start - 1] = rest;
  }

  #byte(value: number): void {
    this.#bytes[this.#length++] = value;
  }

  #bits(high: number, low: number): void {
    this.#bytes.writeUInt32LE(low >>> 0, this.#length);
    this.#bytes.writeUInt32LE(high >>> 0, this.#length + 4);
    this.#length += 8;
  }

  /** A varint; negative numbers in ten bytes, as protobuf has them. */
  #varint(value: number): void {
    if (value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest >= 0x80n; rest >>= 7n) this.#byte(Number(rest & 0x7fn) | 0x80);
      this.#byte(Number(rest));
      return;
    }
    let rest = value;
    for (; rest >= TWO_32; rest = Math.floor(rest / 128)) this.#byte((rest % 128) | 0x80);
    let small = rest >>> 0;
    for (; small >= 0x80; small >>>= 7) this.#byte((small & 0x7f) | 0x80);
    this.#byte(small);
  }

  #need(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + count));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

function varintLength(value: number): number {
  if (value < 0) return 10;
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
  return length;
}

function zigzag(value: number): number {
  return value < 0 ? -value * 2 - 1 : value * 2;
}
