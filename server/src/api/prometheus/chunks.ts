import { CUSTOM_SCHEMA, type FloatHistogram, HINT_GAUGE, HINT_NO_RESET, HINT_RESET } from '../../model/histogram.ts';
import { type BucketSpan, spansOf } from '../../model/histogram_spans.ts';
import {
  type BitWriter,
  createBitWriter,
  fitsSigned,
  halves,
  putFirstFloat,
  putNextFloat,
  putVarbitInt,
  putVarbitUint,
  type XorState,
} from './chunk_bits.ts';

/** A chunk of one series as upstream stores and streams it. */
export interface Chunk {
  readonly fromMs: number;
  readonly toMs: number;
  /** chunkenc.Encoding: 1 XOR, 3 float histogram. */
  readonly encoding: 1 | 3;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Samples of a float or a histogram series, ascending in time. */
export interface ChunkSamples {
  readonly times: ArrayLike<number>;
  /** The bits of the floats, low word first. */
  readonly words: Uint32Array;
  /** By sample; undefined where it is a float. */
  readonly histograms?: readonly (FloatHistogram | undefined)[] | undefined;
}

/** Samples in a chunk, as upstream cuts them. */
const SAMPLES_PER_CHUNK = 120;

/** Cuts samples into chunks: floats by number, histograms also where the layout of buckets changes or counts go down. */
export function chunksOf(samples: ChunkSamples): readonly Chunk[] {
  const chunks: Chunk[] = [];
  const count = samples.times.length;
  let from = 0;
  while (from < count) {
    const first = samples.histograms?.[from];
    let to = from + 1;
    while (to < count && to - from < SAMPLES_PER_CHUNK && continues(samples.histograms, to)) to++;
    chunks.push(first === undefined ? xorChunk(samples, from, to) : histogramChunk(samples, from, to));
    from = to;
  }
  return chunks;
}

function continues(histograms: ChunkSamples['histograms'], at: number): boolean {
  const [before, here] = [histograms?.[at - 1], histograms?.[at]];
  if (before === undefined || here === undefined) return before === here;
  return (
    sameLayout(before, here) && (here.hint === HINT_GAUGE || !(here.hint === HINT_RESET || wentDown(before, here)))
  );
}

const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

const sameLayout = (a: FloatHistogram, b: FloatHistogram): boolean =>
  a.schema === b.schema &&
  a.zeroThreshold === b.zeroThreshold &&
  (a.hint === HINT_GAUGE) === (b.hint === HINT_GAUGE) &&
  same(a.positive.indexes, b.positive.indexes) &&
  same(a.negative.indexes, b.negative.indexes) &&
  same(a.customValues, b.customValues);

const wentDown = (a: FloatHistogram, b: FloatHistogram): boolean =>
  b.count < a.count ||
  b.zeroCount < a.zeroCount ||
  b.positive.counts.some((count, i) => count < (a.positive.counts[i] as number)) ||
  b.negative.counts.some((count, i) => count < (a.negative.counts[i] as number));

function xorChunk({ times, words }: ChunkSamples, from: number, to: number): Chunk {
  const out = createBitWriter(2);
  let state: XorState | undefined;
  let delta = 0;
  for (let i = from; i < to; i++) {
    const [low, high] = [words[i * 2] as number, words[i * 2 + 1] as number];
    const time = times[i] as number;
    if (state === undefined) {
      putUvarint(out, time < 0 ? -2 * time - 1 : 2 * time);
      state = putFirstFloat(out, high, low);
      continue;
    }
    const next = time - (times[i - 1] as number);
    if (i === from + 1) putUvarint(out, next);
    else putDeltaOfDelta(out, next - delta);
    delta = next;
    putNextFloat(out, state, high, low);
  }
  return chunk(times, from, to, 1, numbered(out.finish(), to - from));
}

function putDeltaOfDelta(out: BitWriter, value: number): void {
  const [high, low] = halves(value);
  if (value === 0) out.bits(0, 0, 1);
  else if (fitsSigned(value, 14)) {
    out.bits(0, 0b10, 2);
    out.bits(0, low, 14);
  } else if (fitsSigned(value, 17)) {
    out.bits(0, 0b110, 3);
    out.bits(0, low, 17);
  } else if (fitsSigned(value, 20)) {
    out.bits(0, 0b1110, 4);
    out.bits(0, low, 20);
  } else {
    out.bits(0, 0b1111, 4);
    out.bits(high, low, 64);
  }
}

/** LEB128 of a whole number up to 2^53. */
function putUvarint(out: BitWriter, value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    out.byte((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  out.byte(rest);
}

/** The two highest bits of a histogram chunk's flags. */
const flagOf = ({ hint }: FloatHistogram): number =>
  hint === HINT_GAUGE ? 0xc0 : hint === HINT_RESET ? 0x80 : hint === HINT_NO_RESET ? 0x40 : 0;

function histogramChunk({ times, histograms }: ChunkSamples, from: number, to: number): Chunk {
  const out = createBitWriter(3);
  const first = histograms?.[from] as FloatHistogram;
  putLayout(out, first);
  let states: XorState[] = [];
  let delta = 0;
  for (let i = from; i < to; i++) {
    const words = wordsOf(histograms?.[i] as FloatHistogram);
    if (i === from) {
      putVarbitInt(out, times[i] as number);
      states = words.map(([low, high]) => putFirstFloat(out, high, low));
      continue;
    }
    const next = (times[i] as number) - (times[i - 1] as number);
    putVarbitInt(out, next - delta);
    delta = next;
    words.forEach(([low, high], j) => {
      putNextFloat(out, states[j] as XorState, high, low);
    });
  }
  const data = numbered(out.finish(), to - from);
  data[2] = flagOf(first);
  return chunk(times, from, to, 3, data);
}

const float = new Float64Array(1);
const halvesOfFloat = new Uint32Array(float.buffer);

type Words = readonly [low: number, high: number];

/** Count, zero count, sum, buckets: the fields of a sample in order. */
const wordsOf = ({ count, zeroCount, sum, positive, negative }: FloatHistogram): readonly Words[] =>
  [count, zeroCount, sum, ...positive.counts, ...negative.counts].map(floatWords);

function floatWords(value: number): Words {
  float[0] = value;
  return [halvesOfFloat[0] as number, halvesOfFloat[1] as number];
}

function putLayout(out: BitWriter, histogram: FloatHistogram): void {
  putZeroThreshold(out, histogram.zeroThreshold);
  putVarbitInt(out, histogram.schema);
  putSpans(out, spansOf(histogram.positive));
  putSpans(out, spansOf(histogram.negative));
  if (histogram.schema !== CUSTOM_SCHEMA) return;
  putVarbitUint(out, histogram.customValues.length);
  for (const bound of histogram.customValues) putCustomBound(out, bound);
}

function putSpans(out: BitWriter, spans: readonly BucketSpan[]): void {
  putVarbitUint(out, spans.length);
  for (const { offset, length } of spans) {
    putVarbitUint(out, length);
    putVarbitInt(out, offset);
  }
}

/** A power of two from 2^-243 to 2^10 is one byte, anything else nine. */
function putZeroThreshold(out: BitWriter, threshold: number): void {
  if (threshold === 0) {
    out.byte(0);
    return;
  }
  const [low, high] = floatWords(threshold);
  // 0.5 · 2^exponent, as Go's Frexp splits a number.
  const exponent = ((high >>> 20) & 0x7ff) - 1022;
  const isPower = low === 0 && (high & 0x800f_ffff) === 0;
  if (isPower && exponent >= -242 && exponent <= 11) out.byte(exponent + 243);
  else {
    out.byte(255);
    out.bits(high, low, 64);
  }
}

/** Thousandths up to 33554.43 are short, other bounds whole. */
function putCustomBound(out: BitWriter, bound: number): void {
  const thousandths = Math.round(bound * 1000);
  if (bound * 1000 >= 0 && bound * 1000 <= 33_554_430 && thousandths / 1000 === bound) {
    putVarbitUint(out, thousandths + 1);
    return;
  }
  const [low, high] = floatWords(bound);
  out.bits(0, 0, 1);
  out.bits(high, low, 64);
}

function numbered(data: Uint8Array<ArrayBuffer>, samples: number): Uint8Array<ArrayBuffer> {
  data[0] = samples >>> 8;
  data[1] = samples & 0xff;
  return data;
}

const chunk = (
  times: ArrayLike<number>,
  from: number,
  to: number,
  encoding: Chunk['encoding'],
  data: Uint8Array<ArrayBuffer>,
): Chunk => ({ fromMs: times[from] as number, toMs: times[to - 1] as number, encoding, data });
