import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mutations } from '../../base/mutations.ts';
import { BlockFormatError } from './bit_reader.ts';
import { type ChunkHistogram, chunkSamples } from './chunk.ts';
import { readChunk } from './chunk_samples.ts';
import { CHUNKS, CHUNKS_BEGIN_MS as T } from './test_blocks.ts';

const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);

interface Sample {
  readonly time: number;
  readonly start: number;
  readonly value: number | 'stale' | ChunkHistogram;
}

function samplesOf(encoding: number, data: Uint8Array): Sample[] {
  const samples: Sample[] = [];
  const value = (high: number, low: number): number | 'stale' => {
    words[0] = low;
    words[1] = high;
    return high === 0x7ff0_0000 && low === 2 ? 'stale' : (double[0] as number);
  };
  readChunk(encoding, data, {
    sample: (time, start, high, low) => samples.push({ time, start, value: value(high, low) }),
    histogram: (time, start, histogram) => samples.push({ time, start, value: histogram }),
  });
  assert.equal(samples.length, chunkSamples(encoding, data));
  return samples;
}

const SHIFTS = [0, 0, 0, 7, -300, 0, 0, 400_000, 400_000, 400_000, 400_001, 400_000, 400_000, 400_000];
const VALUES = [0, 0, 1.5, 1.5, -2, 1e300, 'stale', 0.1, 0.1, 'stale', 5, 5, 6, 7] as const;
const timeOf = (i: number): number => T + i * 10_000 + (SHIFTS[i] ?? 0);
const STARTS: Readonly<Record<string, (i: number) => number>> = {
  none: () => 0,
  same: () => T - 5_000,
  late: (i) => (i < 5 ? 0 : T + 100),
  each: (i) => timeOf(i) - 1_000,
};

const none = { offsets: [], lengths: [], counts: [] };
/** Of each series of histograms: how many, and what sample `i` is, without its sum. */
const HISTOGRAMS: Readonly<
  Record<string, readonly [count: number, at: (i: number) => object, sum: (i: number) => number]>
> = {
  float: [
    6,
    (i) => ({
      schema: 3,
      zeroThreshold: 0.001,
      zeroCount: i + 0.5,
      count: i * 10 + 0.5,
      isFloat: true,
      resetHint: i === 0 ? 0 : 2,
      positive: { offsets: [-2, 3], lengths: [2, 1], counts: [i + 0.5, i * 2 + 0.5, i * 3 + 0.5] },
      negative: { offsets: [0], lengths: [1], counts: [i * 4 + 0.5] },
      customValues: [],
    }),
    (i) => i * 3.25,
  ],
  custom: [
    6,
    (i) => ({
      schema: -53,
      zeroThreshold: 0,
      zeroCount: 0,
      count: i * 4,
      isFloat: false,
      resetHint: i === 0 ? 0 : 2,
      positive: { offsets: [0, 1], lengths: [1, 2], counts: [i, i * 2, i] },
      negative: none,
      customValues: [0.25, 1, 2.5, 1e9 + 0.1],
    }),
    (i) => i * 2,
  ],
  gauge: [
    6,
    (i) => ({
      schema: 0,
      zeroThreshold: 2 ** -128,
      zeroCount: 0,
      count: ((i * 7) % 5) * 2,
      isFloat: false,
      resetHint: 3,
      positive: { offsets: [1], lengths: [2], counts: [(i * 7) % 5, (i * 7) % 5] },
      negative: none,
      customValues: [],
    }),
    (i) => i * 2,
  ],
};

describe('chunks of a real Prometheus', () => {
  for (const [series, encoding, base64] of CHUNKS) {
    const data = Buffer.from(base64, 'base64');
    const started = encoding >= 4;
    const startOf = STARTS[series];
    const histograms = HISTOGRAMS[series];
    test(`encoding ${encoding}: ${series} has every sample${started ? ' and start' : ''}`, () => {
      const samples = samplesOf(encoding, data);
      if (startOf !== undefined) {
        assert.deepEqual(
          samples,
          VALUES.map((value, i) => ({ time: timeOf(i), start: started ? startOf(i) : 0, value })),
        );
      } else if (histograms !== undefined) {
        const [count, at, sum] = histograms;
        const expected = Array.from({ length: count }, (_, i) => {
          double[0] = sum(i);
          return { time: T + i * 10_000, start: 0, value: { ...at(i), sumHigh: words[1], sumLow: words[0] } };
        });
        assert.deepEqual(samples, expected);
      } else {
        // `e`, from OTLP: eight histograms, the start moves after the fifth, the last is stale.
        const starts = samples.map(({ start }) => (start === 0 ? 0 : start - T));
        assert.deepEqual(
          starts,
          started ? [-1777, -1777, -1777, -1777, -1777, -777, -777, -777] : new Array(8).fill(0),
        );
        const [first, , , , fifth] = samples.map(({ value }) => value as ChunkHistogram);
        assert.deepEqual([first?.count, fifth?.count, fifth?.zeroCount, fifth?.schema], [0, 24, 4, 2]);
        assert.deepEqual(fifth?.positive, { offsets: [0, 4], lengths: [1, 1], counts: [4, 8] });
        assert.deepEqual(fifth?.negative, { offsets: [3], lengths: [1], counts: [8] });
        const last = samples.at(-1)?.value as ChunkHistogram;
        assert.deepEqual([last.sumHigh, last.sumLow, last.positive.counts], [0x7ff0_0000, 2, []]);
      }
    });
  }

  test('damaged ones are read or refused, never worse', () => {
    for (const [, encoding, base64] of CHUNKS) {
      const data = Uint8Array.from(Buffer.from(base64, 'base64'));
      for (const body of [...mutations(data, 300, 5), ...Array.from(data, (_, end) => data.slice(0, end))]) {
        try {
          samplesOf(encoding, body);
        } catch (error) {
          assert.ok(error instanceof BlockFormatError, String(error));
        }
      }
    }
  });

  test('an encoding of the future is refused by its number', () => {
    assert.throws(() => readChunk(7, new Uint8Array(8), { sample() {}, histogram() {} }), /unknown encoding 7/);
  });
});
