import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type FloatHistogram,
  HINT_GAUGE,
  HINT_RESET,
  HINT_UNKNOWN,
  NO_BOUNDS,
  NO_BUCKETS,
} from '../../model/histogram.ts';
import { type Chunk, chunksOf } from './chunks.ts';

/** Reads an XOR chunk by upstream's description of it (tsdb/docs/format/chunks.md), bit for bit. */
function decodeXor({ data }: Chunk): readonly (readonly [time: bigint, bits: bigint])[] {
  let at = 16;
  const bit = (): bigint => BigInt(((data[at >> 3] as number) >> (7 - (at++ & 7))) & 1);
  const bits = (count: number): bigint => {
    let value = 0n;
    for (let i = 0; i < count; i++) value = (value << 1n) | bit();
    return value;
  };
  const signed = (count: number): bigint => {
    const value = bits(count);
    return value > 1n << BigInt(count - 1) ? value - (1n << BigInt(count)) : value;
  };
  const uvarint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bits(8);
      value |= (byte & 0x7fn) << shift;
      if (byte < 0x80n) return value;
    }
  };
  const zigzag = uvarint();
  const samples: [bigint, bigint][] = [[(zigzag >> 1n) ^ -(zigzag & 1n), bits(64)]];
  let [delta, leading, trailing] = [0n, 0, 0];
  const count = ((data[0] as number) << 8) | (data[1] as number);
  while (samples.length < count) {
    const [time, value] = samples.at(-1) as [bigint, bigint];
    if (samples.length === 1) delta = uvarint();
    else {
      let ones = 0;
      while (ones < 4 && bit() === 1n) ones++;
      delta += ones === 0 ? 0n : ones === 4 ? BigInt.asIntN(64, bits(64)) : signed([14, 17, 20][ones - 1] as number);
    }
    let next = value;
    if (bit() === 1n) {
      if (bit() === 1n) {
        leading = Number(bits(5));
        trailing = 64 - leading - (Number(bits(6)) || 64);
      }
      next ^= bits(64 - leading - trailing) << BigInt(trailing);
    }
    samples.push([time + delta, next]);
  }
  return samples;
}

const bitsOf = (value: number): bigint => new BigUint64Array(Float64Array.of(value).buffer)[0] as bigint;

test('floats come out of their chunks to the bit, whatever their times and values', () => {
  const step = fc.oneof(fc.constant(15_000), fc.integer({ min: 1, max: 70_000 }), fc.integer({ min: 1, max: 2 ** 40 }));
  const value = fc.oneof(fc.double(), fc.integer(), fc.constant(0.1));
  const samples = fc.array(fc.tuple(step, value), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(fc.integer({ min: -5, max: 2 ** 41 }), samples, (start, list) => {
      let time = start;
      const times = list.map(([gap]) => (time += gap));
      const values = Float64Array.from(list, ([, one]) => one);
      const chunks = chunksOf({ times, words: new Uint32Array(values.buffer) });
      assert.ok(chunks.every(({ encoding }) => encoding === 1));
      assert.deepEqual(
        chunks.flatMap(decodeXor),
        list.map((_, i) => [BigInt(times[i] as number), bitsOf(values[i] as number)]),
      );
      assert.deepEqual([chunks[0]?.fromMs, chunks.at(-1)?.toMs], [times[0], times.at(-1)]);
    }),
  );
});

function histogram(count: number, overrides: Partial<FloatHistogram> = {}): FloatHistogram {
  const positive = { indexes: Int32Array.of(0, 1, 5), counts: Float64Array.of(count, 1, 1) };
  return {
    schema: 1,
    hint: HINT_UNKNOWN,
    zeroThreshold: 0.001,
    zeroCount: 0,
    count: count + 2,
    sum: count * 1.5,
    positive,
    negative: NO_BUCKETS,
    customValues: NO_BOUNDS,
    ...overrides,
  };
}

test('histograms share a chunk as long as the layout stays and counts grow', () => {
  const list = [
    histogram(1),
    histogram(4),
    histogram(2),
    histogram(3, { hint: HINT_RESET }),
    histogram(5, { zeroThreshold: 0.5 }),
    histogram(6, { hint: HINT_GAUGE }),
    histogram(1, { hint: HINT_GAUGE }),
    undefined,
    histogram(9),
  ];
  const chunks = chunksOf({ times: list.map((_, i) => i), words: new Uint32Array(list.length * 2), histograms: list });
  const flags = chunks.map(({ encoding, data }) => (encoding === 3 ? (data[2] as number) >> 6 : -1));
  assert.deepEqual(
    chunks.map(({ fromMs, toMs }) => [fromMs, toMs]),
    [
      [0, 1],
      [2, 2],
      [3, 3],
      [4, 4],
      [5, 6],
      [7, 7],
      [8, 8],
    ],
  );
  // 0: unknown, 2: a reset came before, 3: a gauge; the float in between is a chunk of its own.
  assert.deepEqual(flags, [0, 0, 2, 0, 3, -1, 0]);
});
