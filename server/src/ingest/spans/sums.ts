import { ProtobufReader } from '../../base/protobuf.ts';
import { ProtobufWriter } from '../../base/protobuf_writer.ts';
import { classicIndex, nativeIndex } from './latency.ts';
import type { SpanFamily } from './span_families.ts';

/** Observations of durations since the series began. */
export interface HistogramSums {
  count: number;
  /** Seconds. */
  sum: number;
  /** Per bound, and one for those above all; not cumulative. */
  readonly classic: number[];
  /** By number of the native bucket; durations of zero are counted in `zero`. */
  readonly native: Map<number, number>;
  zero: number;
}

/** Everything one key has counted since it was first seen. */
export interface Sums {
  readonly counters: number[];
  readonly histograms: readonly HistogramSums[];
}

function newHistogramSums(bounds: readonly number[]): HistogramSums {
  return { count: 0, sum: 0, classic: new Array<number>(bounds.length + 1).fill(0), native: new Map(), zero: 0 };
}

export function newSums({ counters, histograms, bounds }: SpanFamily): Sums {
  return {
    counters: counters.map(() => 0),
    histograms: histograms.map(() => newHistogramSums(bounds)),
  };
}

/** Counts a duration `weight` times. */
export function observe(into: HistogramSums, bounds: readonly number[], seconds: number, weight: number): void {
  into.count += weight;
  into.sum += seconds * weight;
  const bucket = classicIndex(bounds, seconds);
  into.classic[bucket] = (into.classic[bucket] ?? 0) + weight;
  if (seconds === 0) into.zero += weight;
  else {
    const index = nativeIndex(seconds);
    into.native.set(index, (into.native.get(index) ?? 0) + weight);
  }
}

/** Adds a histogram `weight` times. */
export function addHistogram(into: HistogramSums, added: HistogramSums, weight: number): void {
  into.count += added.count * weight;
  into.sum += added.sum * weight;
  into.zero += added.zero * weight;
  for (const [i, count] of added.classic.entries()) into.classic[i] = (into.classic[i] ?? 0) + count * weight;
  for (const [index, count] of added.native) into.native.set(index, (into.native.get(index) ?? 0) + count * weight);
}

/** HistogramSums: sum = 1, zero = 2, count = 7, classic bucket numbers = 3 and counts = 4, native numbers = 5 (zigzag) and counts = 6. */
function writeHistogram(writer: ProtobufWriter, field: number, sums: HistogramSums): void {
  const start = writer.open(field);
  writer.double(1, sums.sum);
  if (sums.zero !== 0) writer.double(2, sums.zero);
  writer.double(7, sums.count);
  const numbers: number[] = [];
  const counts: number[] = [];
  for (const [i, count] of sums.classic.entries()) {
    if (count === 0) continue;
    numbers.push(i);
    counts.push(count);
  }
  writer.packedUint32(3, numbers);
  writeCounts(writer, 4, counts);
  const indexes = [...sums.native.keys()];
  writer.packedUint32(
    5,
    indexes.map((index) => ((index << 1) ^ (index >> 31)) >>> 0),
  );
  writeCounts(writer, 6, [...sums.native.values()]);
  writer.close(start);
}

/** Whole counts as varints in `field`, others as doubles in `field` + 10. */
function writeCounts(writer: ProtobufWriter, field: number, counts: readonly number[]): void {
  if (counts.every((count) => Number.isInteger(count) && count <= 0xffff_ffff)) writer.packedUint32(field, counts);
  else writer.packedDouble(field + 10, counts);
}

/** Reads what `writeHistogram` wrote. Throws ProtobufError. */
function readHistogram(reader: ProtobufReader, bounds: readonly number[]): HistogramSums {
  const sums = newHistogramSums(bounds);
  let classic: number[] = [];
  let classicCounts: number[] = [];
  let native: number[] = [];
  let nativeCounts: number[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 0x09:
        sums.sum = reader.double();
        break;
      case 0x11:
        sums.zero = reader.double();
        break;
      case 0x39:
        sums.count = reader.double();
        break;
      case 0x1a:
        classic = readPacked(reader);
        break;
      case 0x22:
        classicCounts = readPacked(reader);
        break;
      case 0x2a:
        native = readPacked(reader).map((value) => (value >>> 1) ^ -(value & 1));
        break;
      case 0x32:
        nativeCounts = readPacked(reader);
        break;
      case 0x72:
        classicCounts = readPackedDoubles(reader);
        break;
      case 0x82:
        nativeCounts = readPackedDoubles(reader);
        break;
      default:
        reader.skip(tag);
    }
  }
  for (const [i, bucket] of classic.entries()) sums.classic[bucket] = classicCounts[i] ?? 0;
  for (const [i, index] of native.entries()) sums.native.set(index, nativeCounts[i] ?? 0);
  return sums;
}

function readPacked(reader: ProtobufReader): number[] {
  const inner = reader.nested();
  const values: number[] = [];
  while (!inner.done) values.push(inner.varint32());
  return values;
}

function readPackedDoubles(reader: ProtobufReader): number[] {
  const inner = reader.nested();
  const values: number[] = [];
  while (!inner.done) values.push(inner.double());
  return values;
}

/** Sums: counter = 1 (repeated), histogram = 2 (repeated). */
export function encodeSums({ counters, histograms }: Sums): Uint8Array<ArrayBuffer> {
  const writer = new ProtobufWriter(256);
  for (const counter of counters) writer.double(1, counter);
  for (const histogram of histograms) writeHistogram(writer, 2, histogram);
  return writer.finish().slice();
}

/** Throws ProtobufError. */
export function decodeSums(bytes: Uint8Array<ArrayBuffer>, { counters, bounds, histograms }: SpanFamily): Sums {
  const reader = new ProtobufReader(bytes);
  const found: { counters: number[]; histograms: HistogramSums[] } = { counters: [], histograms: [] };
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x09) found.counters.push(reader.double());
    else if (tag === 0x12) found.histograms.push(readHistogram(reader.nested(), bounds));
    else reader.skip(tag);
  }
  return {
    counters: counters.map((_, i) => found.counters[i] ?? 0),
    histograms: histograms.map((_, i) => found.histograms[i] ?? newHistogramSums(bounds)),
  };
}
