import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rankedPair } from './ranked_value.ts';

const value = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double({ noNaN: false }), fc.constantFrom(0, 7, Infinity));

test('a value of a rank and the next are those of the sorted values, NaN before all', () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 400 }), fc.nat(), (list, at) => {
      // Zero and minus zero are one value.
      const nans = list.filter(Number.isNaN);
      const numbers = Float64Array.from(list, (v) => v + 0).sort();
      const sorted = [...nans, ...numbers.subarray(0, list.length - nans.length)];
      const rank = at % sorted.length;
      const expected = [sorted[rank], sorted[Math.min(rank + 1, sorted.length - 1)]];
      assert.deepEqual(
        rankedPair(
          Float64Array.from(list, (v) => v + 0),
          rank,
        ),
        expected,
      );
    }),
    { numRuns: 300, seed: 3 },
  );
});

test('many values in orders that mislead the choice of a pivot', () => {
  const n = 200_000;
  const shapes: readonly ((i: number) => number)[] = [
    (i) => i,
    (i) => n - i,
    () => 1,
    (i) => i % 2,
    (i) => Math.abs(i - n / 2),
    (i) => (i * 7919) % 1000,
  ];
  for (const shape of shapes) {
    const values = Float64Array.from({ length: n }, (_, i) => shape(i));
    const sorted = values.slice().sort();
    for (const rank of [0, 1, n / 2, n - 2, n - 1])
      assert.deepEqual(rankedPair(values.slice(), rank), [sorted[rank], sorted[Math.min(rank + 1, n - 1)]]);
  }
});
