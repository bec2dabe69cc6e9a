import type { BitReader } from './bit_reader.ts';

/** Encodings of a chunk (tsdb/chunkenc, Encoding). */
export const XOR = 1;
export const HISTOGRAM = 2;
export const FLOAT_HISTOGRAM = 3;
export const XOR2 = 4;
export const HISTOGRAM_ST = 5;
export const FLOAT_HISTOGRAM_ST = 6;

/** Prometheus' staleness marker. */
export const STALE_HIGH = 0x7ff0_0000;
export const STALE_LOW = 2;

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

/** How many samples a chunk says it has. */
export function chunkSamples(encoding: number, data: Uint8Array): number {
  const count = ((data[0] ?? 0) << 8) | (data[1] ?? 0);
  return encoding === HISTOGRAM_ST || encoding === FLOAT_HISTOGRAM_ST ? count & 0x3fff : count;
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
