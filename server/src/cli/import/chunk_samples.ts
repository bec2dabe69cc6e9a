import { BitReader, BlockFormatError, XorValue } from './bit_reader.ts';
import {
  chunkSamples,
  FLOAT_HISTOGRAM,
  FLOAT_HISTOGRAM_ST,
  HISTOGRAM,
  HISTOGRAM_ST,
  type SampleVisitor,
  STALE_HIGH,
  STALE_LOW,
  StartReader,
  XOR,
  XOR2,
} from './chunk.ts';
import { readHistograms } from './histogram_chunk.ts';

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
