import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { checkedHistogram } from './checked_histogram.ts';
import type { HistogramBuckets, NativeHistogram } from './native_histograms.ts';

const none: HistogramBuckets = { offsets: [], lengths: [], counts: [] };
const buckets = (offsets: number[], lengths: number[], counts: number[]): HistogramBuckets => ({
  offsets,
  lengths,
  counts,
});
const NAN_HIGH = 0x7ff8_0000;

const good: NativeHistogram = {
  schema: 2,
  resetHint: 0,
  zeroThreshold: 0.001,
  zeroCount: 1,
  count: 7,
  sumLow: 0,
  sumHigh: 0x4000_0000,
  positive: buckets([0, 3], [2, 1], [1, 2, 1]),
  negative: buckets([-4], [1], [2]),
  customValues: [],
};
const custom: NativeHistogram = {
  ...good,
  schema: -53,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 3,
  positive: buckets([1], [2], [1, 2]),
  negative: none,
  customValues: [1, 2],
};

describe('a native histogram', () => {
  test('is taken as it is when it is right', () => {
    assert.deepEqual(checkedHistogram(good, false), good);
    assert.deepEqual(checkedHistogram(custom, false), custom);
    // Counts of floats need not agree.
    assert.deepEqual(checkedHistogram({ ...good, count: 7.5 }, true), { ...good, count: 7.5 });
    assert.equal((checkedHistogram({ ...good, resetHint: 9 }, false) as NativeHistogram).resetHint, 0);
  });

  const refused: readonly (readonly [string, NativeHistogram, boolean, RegExp])[] = [
    ['schema 53', { ...good, schema: 53 }, false, /invalid schema.*got schema 53/],
    ['schema -5', { ...good, schema: -5 }, false, /invalid schema/],
    [
      'a span that goes back',
      { ...good, positive: buckets([0, -1], [2, 1], [1, 2, 1]) },
      false,
      /span number 2 with offset -1/,
    ],
    [
      'spans without buckets',
      { ...good, negative: buckets([0], [4], [2]) },
      false,
      /negative side: spans need 4 buckets, have 1/,
    ],
    [
      'a negative bucket',
      { ...good, positive: buckets([0], [2], [-1, 5]) },
      false,
      /bucket number 1 has observation count of -1/,
    ],
    ['a count too large', { ...good, count: 8 }, false, /7 observations found in buckets, but the Count field is 8/],
    ['a count too small with NaN', { ...good, count: 6, sumHigh: NAN_HIGH }, false, /should be at least/],
    ['a negative count of floats', { ...good, count: -1 }, true, /observation count is -1/],
    ['a negative zero bucket', { ...good, zeroCount: -1 }, true, /zero bucket has observation count of -1/],
    ['bounds beside a schema', { ...good, customValues: [1] }, false, /must not have custom bounds/],
    ['bounds out of order', { ...custom, customValues: [2, 2] }, false, /strictly increasing/],
    ['a bound of NaN', { ...custom, customValues: [1, Number.NaN] }, false, /must not be NaN/],
    ['a bound of +Inf', { ...custom, customValues: [1, Number.POSITIVE_INFINITY] }, false, /must be finite/],
    ['too few bounds', { ...custom, customValues: [1] }, false, /only 1 custom bounds/],
    ['custom buckets below the first', { ...custom, positive: buckets([-1], [2], [1, 2]) }, false, /offset -1/],
    ['custom buckets with a zero bucket', { ...custom, zeroCount: 1 }, false, /zero count of 0/],
    ['custom buckets with a zero width', { ...custom, zeroThreshold: 1 }, false, /zero threshold of 0/],
    ['custom buckets below zero', { ...custom, negative: buckets([0], [1], [1]) }, false, /negative spans/],
  ];
  for (const [what, histogram, isFloat, message] of refused) {
    test(`with ${what} is refused as Prometheus refuses it`, () => {
      const answer = checkedHistogram(histogram, isFloat);
      assert.equal(typeof answer, 'string');
      assert.match(answer as string, message);
    });
  }

  test('may count observations of NaN beside its buckets', () => {
    assert.notEqual(typeof checkedHistogram({ ...good, count: 9, sumHigh: NAN_HIGH }, false), 'string');
  });

  test('that is stale has no buckets', () => {
    const stale = checkedHistogram({ ...good, count: 99, sumLow: 2, sumHigh: 0x7ff0_0000 }, false);
    assert.deepEqual([(stale as NativeHistogram).positive, (stale as NativeHistogram).count], [none, 0]);
  });

  test('of a finer schema is brought down to 8, every observation in the bucket that holds its old one', () => {
    const side = fc
      .array(fc.record({ gap: fc.nat(20), counts: fc.array(fc.nat(9), { minLength: 1, maxLength: 6 }) }), {
        maxLength: 5,
      })
      .map((spans) =>
        buckets(
          spans.map(({ gap }, i) => (i === 0 ? gap - 10 : gap)),
          spans.map(({ counts }) => counts.length),
          spans.flatMap(({ counts }) => counts),
        ),
      );
    fc.assert(
      fc.property(fc.integer({ min: 9, max: 14 }), side, side, (schema, positive, negative) => {
        const count = [...positive.counts, ...negative.counts].reduce((sum, value) => sum + value, 0);
        const answer = checkedHistogram({ ...good, schema, zeroCount: 0, count, positive, negative }, false);
        assert.ok(typeof answer !== 'string');
        assert.equal(answer.schema, 8);
        for (const [before, after] of [
          [positive, answer.positive],
          [negative, answer.negative],
        ] as const) {
          const expected = new Map<number, number>();
          for (const [index, value] of indexed(before)) {
            const at = Math.ceil(index / 2 ** (schema - 8));
            expected.set(at, (expected.get(at) ?? 0) + value);
          }
          assert.deepEqual(new Map(indexed(after)), expected);
        }
      }),
    );
  });
});

function indexed({ offsets, lengths, counts }: HistogramBuckets): [index: number, count: number][] {
  let index = 0;
  let at = 0;
  return offsets.flatMap((offset, span) => {
    index += offset;
    return Array.from({ length: lengths[span] ?? 0 }, (): [number, number] => [index++, counts[at++] ?? 0]);
  });
}
