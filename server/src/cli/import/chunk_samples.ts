import { BitReader, BlockFormatError, XorValue } from './bit_reader.ts';
import { readHistograms } from './histogram_chunk.ts';

/** Encodings of a chunk (tsdb/chunkenc, Encoding). */
const XOR = 1;
const HISTOGRAM = 2;
const FLOAT_HISTOGRAM = 3;
const XOR2 = 4;
const HISTOGRAM_ST = 5;
const FLOAT_HISTOGRAM_ST = 6;

const STALE_HIGH = 0x7ff0_0000;
const STALE_LOW = 2;

/** A histogram as a chunk holds it: spans, and one count for each bucket of them. */
export interface ChunkHistogram {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly count: number;
  readonly sumHigh: number;
  readonly sumLow: number;
  readonly isFloat: boolean;
  /** As prometheus/prompb numbers them: 0 unknown, 1 reset, 2 none, 3 gauge. */
  readonly resetHint: number;
  readonly positive: ChunkBuckets;
  readonly negative: ChunkBuckets;
  readonly customValues: readonly number[];
}

export interface ChunkBuckets {
  readonly offsets: readonly number[];
  readonly lengths: readonly number[];
  /** Absolute counts. */
  readonly counts: readonly number[];
}

/** Takes the samples of a chunk in order. Times are ms since the epoch; a start of 0 is none. */
export interface SampleVisitor {
  sample(timeMs: number, startMs: number, high: number, low: number): void;
  histogram(timeMs: number, startMs: number, histogram: ChunkHistogram): void;
}

/**
 * Reads every sample of a chunk's data (tsdb/docs/format/chunks.md).
 * @throws BlockFormatError when it is not what its encoding says
 */
export function readChunk(encoding: number, data: Uint8Array, visitor: SampleVisitor): void {
  const least = encoding === XOR ? 2 : 3;
  if (data.length < least) throw new BlockFormatError(`a chunk of ${data.length} bytes`);
  switch (encoding) {
    case XOR:
      readXor(data, visitor);
      return;
    case XOR2:
      readXor2(data, visitor);
      return;
    case HISTOGRAM:
    case FLOAT_HISTOGRAM:
      readHistograms(data, { isFloat: encoding === FLOAT_HISTOGRAM, withStarts: false }, visitor);
      return;
    case HISTOGRAM_ST:
    case FLOAT_HISTOGRAM_ST:
      readHistograms(data, { isFloat: encoding === FLOAT_HISTOGRAM_ST, withStarts: true }, visitor);
      return;
    default:
      throw new BlockFormatError(`a chunk of unknown encoding ${encoding}`);
  }
}

/** How many samples a chunk says it has. */
export function chunkSamples(encoding: number, data: Uint8Array): number {
  const count = ((data[0] ?? 0) << 8) | (data[1] ?? 0);
  return encoding === HISTOGRAM_ST || encoding === FLOAT_HISTOGRAM_ST ? count & 0x3fff : count;
}

/** Bits of a time's second difference, by the ones in its prefix. */
const XOR_TIME_BITS = [0, 14, 17, 20, 64] as const;

function readXor(data: Uint8Array, visitor: SampleVisitor): void {
  const count = chunkSamples(XOR, data);
  if (count === 0) return;
  const reader = new BitReader(data, 2);
  const value = new XorValue();
  let time = reader.varint();
  value.readWhole(reader);
  visitor.sample(time, 0, value.high, value.low);
  if (count === 1) return;
  let delta = reader.uvarint();
  time += delta;
  value.read(reader);
  visitor.sample(time, 0, value.high, value.low);
  for (let i = 2; i < count; i++) {
    const size = XOR_TIME_BITS[reader.ones(4)] as number;
    if (size === 64) delta += reader.int64();
    else if (size > 0) {
      const bits = reader.bits(size);
      delta += bits > 2 ** (size - 1) ? bits - 2 ** size : bits;
    }
    time += delta;
    value.read(reader);
    visitor.sample(time, 0, value.high, value.low);
  }
}

/** Start timestamps of a chunk, told after each sample from a certain one on (tsdb/chunkenc, stDecoder). */
export class StartReader {
  readonly #firstKnown: boolean;
  readonly #changesAt: number;
  #difference = 0;
  start = 0;

  constructor(header: number) {
    this.#firstKnown = (header & 0x80) !== 0;
    this.#changesAt = header & 0x7f;
  }

  /** @param index of the sample just read, from 0 */
  read(reader: BitReader, index: number, time: number, timeBefore: number): void {
    if (index === 0) {
      if (this.#firstKnown) this.start = time - reader.varint();
      return;
    }
    if (this.#changesAt === 0 || index < this.#changesAt) return;
    const value = reader.varbitInt();
    this.#difference = index === this.#changesAt ? value : this.#difference + value;
    this.start = timeBefore - this.#difference;
  }
}

/** Bits of a time's second difference, by the ones in the prefix of a sample; 5 is a stale sample. */
const XOR2_TIME_BITS = [0, 0, 13, 20, 64] as const;

function readXor2(data: Uint8Array, visitor: SampleVisitor): void {
  const count = chunkSamples(XOR2, data);
  if (count === 0) return;
  const reader = new BitReader(data, 3);
  const starts = new StartReader(data[2] as number);
  // Stale samples leave the value the next one is told against as it was.
  const value = new XorValue();
  let time = reader.varint();
  reader.bits64(64);
  const { high, low } = reader;
  if (high !== STALE_HIGH || low !== STALE_LOW) {
    value.high = high;
    value.low = low;
  }
  starts.read(reader, 0, time, 0);
  visitor.sample(time, starts.start, high, low);
  if (count === 1) return;
  let before = time;
  let delta = reader.uvarint();
  time += delta;
  let stale = readXor2Value(reader, value);
  starts.read(reader, 1, time, before);
  visit(visitor, time, starts.start, value, stale);
  for (let i = 2; i < count; i++) {
    before = time;
    const prefix = reader.ones(5);
    const size = XOR2_TIME_BITS[prefix] ?? 0;
    stale = prefix === 5;
    if (size === 64) delta += reader.int64();
    else if (size > 0) {
      const bits = reader.bits(size);
      delta += bits >= 2 ** (size - 1) ? bits - 2 ** size : bits;
    }
    time += delta;
    if (prefix === 1) {
      if (reader.bit() === 0) value.readSame(reader);
      else value.readNew(reader);
    } else if (size > 0) stale = readXor2Value(reader, value);
    starts.read(reader, i, time, before);
    visit(visitor, time, starts.start, value, stale);
  }
}

/** Prefix 0: as before; 10: the same bits; 110: other bits; 111: stale. Returns whether it is stale. */
function readXor2Value(reader: BitReader, value: XorValue): boolean {
  const prefix = reader.ones(3);
  if (prefix === 1) value.readSame(reader);
  else if (prefix === 2) value.readNew(reader);
  return prefix === 3;
}

function visit(visitor: SampleVisitor, time: number, start: number, value: XorValue, stale: boolean): void {
  visitor.sample(time, start, stale ? STALE_HIGH : value.high, stale ? STALE_LOW : value.low);
}
