import { BitReader, BlockFormatError, XorValue } from './bit_reader.ts';
import {
  type ChunkBuckets,
  type ChunkHistogram,
  chunkSamples,
  HISTOGRAM,
  HISTOGRAM_ST,
  type SampleVisitor,
  STALE_HIGH,
  STALE_LOW,
  StartReader,
} from './chunk.ts';

const CUSTOM_BUCKETS = -53;
/** Beyond it a chunk's layout is damage: upstream's chunks hold about 1 KiB of a few hundred buckets. */
const MOST_BUCKETS = 100_000;
const NO_BUCKETS: ChunkBuckets = { offsets: [], lengths: [], counts: [] };

const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);

interface Spans {
  readonly offsets: readonly number[];
  readonly lengths: readonly number[];
  readonly buckets: number;
}

/** What all histograms of a chunk have in common. */
interface Layout {
  readonly zeroThreshold: number;
  readonly schema: number;
  readonly positive: Spans;
  readonly negative: Spans;
  readonly customValues: readonly number[];
}

/** Numbers of one histogram on their way from sample to sample. */
interface Counts {
  count(): number;
  zeroCount(): number;
  readonly sum: XorValue;
  /** Absolute counts of a side. */
  side(positive: boolean): number[];
  /** @param first whether it is the first sample of the chunk */
  read(reader: BitReader, first: boolean): void;
}

/**
 * Reads the histograms of a chunk (tsdb/docs/format/chunks.md, "Histogram chunk data" and those behind it).
 * Three bytes of header: the number of samples and, with start timestamps, how they are told; what is known of a reset.
 */
export function readHistograms(
  data: Uint8Array,
  { isFloat, withStarts }: { readonly isFloat: boolean; readonly withStarts: boolean },
  visitor: SampleVisitor,
): void {
  const samples = chunkSamples(withStarts ? HISTOGRAM_ST : HISTOGRAM, data);
  if (samples === 0) return;
  const reader = new BitReader(data, 3);
  const starts = new StartReader(withStarts ? (data[2] as number) : 0);
  const resets = (data[withStarts ? 0 : 2] as number) >>> 6;
  const layout = readLayout(reader);
  const counts = isFloat ? floatCounts(layout) : integerCounts(layout);
  let time = 0;
  let delta = 0;
  for (let i = 0; i < samples; i++) {
    const before = time;
    const told = reader.varbitInt();
    if (i === 0) time = told;
    else {
      delta += told;
      time += delta;
    }
    counts.read(reader, i === 0);
    if (withStarts) starts.read(reader, i, time, before);
    visitor.histogram(time, starts.start, histogramOf(layout, counts, isFloat, resetHint(resets, i)));
  }
}

/** Two bits at the beginning of a chunk are about its first sample; within a chunk there is never a reset. */
function resetHint(header: number, index: number): number {
  if (header === 3) return 3;
  if (index > 0) return 2;
  return header === 2 ? 1 : 0;
}

function histogramOf(layout: Layout, counts: Counts, isFloat: boolean, hint: number): ChunkHistogram {
  const { schema, zeroThreshold } = layout;
  const { high: sumHigh, low: sumLow } = counts.sum;
  const stale = sumHigh === STALE_HIGH && sumLow === STALE_LOW;
  const side = (spans: Spans, positive: boolean): ChunkBuckets =>
    stale ? NO_BUCKETS : { offsets: spans.offsets, lengths: spans.lengths, counts: counts.side(positive) };
  return {
    schema,
    zeroThreshold: stale ? 0 : zeroThreshold,
    zeroCount: stale ? 0 : counts.zeroCount(),
    count: stale ? 0 : counts.count(),
    sumHigh,
    sumLow,
    isFloat,
    resetHint: hint,
    positive: side(layout.positive, true),
    negative: side(layout.negative, false),
    customValues: stale ? [] : layout.customValues,
  };
}

function readLayout(reader: BitReader): Layout {
  const width = reader.bits(8);
  let zeroThreshold = 0;
  if (width === 255) zeroThreshold = readDouble(reader);
  else if (width > 0) zeroThreshold = 0.5 * 2 ** (width - 243);
  const schema = reader.varbitInt();
  const positive = readSpans(reader);
  const negative = readSpans(reader);
  const customValues: number[] = [];
  if (schema === CUSTOM_BUCKETS) {
    const bounds = bounded(reader.varbitUint());
    for (let i = 0; i < bounds; i++) customValues.push(readBound(reader));
  }
  return { zeroThreshold, schema, positive, negative, customValues };
}

function readSpans(reader: BitReader): Spans {
  const offsets: number[] = [];
  const lengths: number[] = [];
  const spans = bounded(reader.varbitUint());
  let buckets = 0;
  for (let i = 0; i < spans; i++) {
    const length = reader.varbitUint();
    offsets.push(reader.varbitInt());
    lengths.push(length);
    buckets = bounded(buckets + length);
  }
  return { offsets, lengths, buckets };
}

function bounded(count: number): number {
  if (count > MOST_BUCKETS) throw new BlockFormatError(`a histogram of ${count} buckets`);
  return count;
}

function readDouble(reader: BitReader): number {
  reader.bits64(64);
  words[0] = reader.low;
  words[1] = reader.high;
  return double[0] as number;
}

/** Bounds that are thousandths are told as whole numbers. */
function readBound(reader: BitReader): number {
  const told = reader.varbitUint();
  return told === 0 ? readDouble(reader) : (told - 1) / 1000;
}

function isStale({ high, low }: XorValue): boolean {
  return high === STALE_HIGH && low === STALE_LOW;
}

/** Counts and differences of buckets as second differences from sample to sample. */
function integerCounts({ positive, negative }: Layout): Counts {
  const sum = new XorValue();
  let [count, countDelta, zero, zeroDelta] = [0, 0, 0, 0];
  const sides = [positive, negative].map(({ buckets }) => ({
    values: new Array<number>(buckets).fill(0),
    deltas: new Array<number>(buckets).fill(0),
  }));
  return {
    sum,
    count: () => count,
    zeroCount: () => zero,
    side(isPositive) {
      let running = 0;
      return (sides[isPositive ? 0 : 1]?.values ?? []).map((difference) => {
        running += difference;
        return running;
      });
    },
    read(reader, first) {
      if (first) {
        count = reader.varbitUint();
        zero = reader.varbitUint();
        sum.readWhole(reader);
      } else {
        countDelta += reader.varbitInt();
        count += countDelta;
        zeroDelta += reader.varbitInt();
        zero += zeroDelta;
        sum.read(reader);
        if (isStale(sum)) return;
      }
      for (const { values, deltas } of sides) {
        for (let i = 0; i < values.length; i++) {
          const told = reader.varbitInt();
          if (first) values[i] = told;
          else {
            deltas[i] = (deltas[i] as number) + told;
            values[i] = (values[i] as number) + (deltas[i] as number);
          }
        }
      }
    },
  };
}

/** Counts as doubles told against those of the sample before. */
function floatCounts({ positive, negative }: Layout): Counts {
  const [count, zero, sum] = [new XorValue(), new XorValue(), new XorValue()];
  const sides = [positive, negative].map(({ buckets }) => Array.from({ length: buckets }, () => new XorValue()));
  const number = ({ high, low }: XorValue): number => {
    words[0] = low;
    words[1] = high;
    return double[0] as number;
  };
  return {
    sum,
    count: () => number(count),
    zeroCount: () => number(zero),
    side: (isPositive) => (sides[isPositive ? 0 : 1] ?? []).map(number),
    read(reader, first) {
      for (const value of [count, zero, sum]) {
        if (first) value.readWhole(reader);
        else value.read(reader);
      }
      if (!first && isStale(sum)) return;
      for (const value of sides.flat()) {
        if (first) value.readWhole(reader);
        else value.read(reader);
      }
    },
  };
}
