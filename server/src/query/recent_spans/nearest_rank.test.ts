import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nearestRank } from './nearest_rank.ts';

test('a quantile is the least value that so large a share is not above', () => {
  assert.deepEqual(nearestRank([5, 1, 3, 2, 4], [0, 0.2, 0.5, 0.95, 1]), [1, 1, 3, 5, 5]);
  assert.deepEqual(nearestRank([], [0.5]), [Number.NaN]);
});

test('a value that counts several times is as if it were there so often', () => {
  const item = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 5 }));
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 30 }), (items) => {
      const quantiles = [0, 0.5, 0.9, 1];
      const repeated = items.flatMap(([value, weight]) => new Array<number>(weight).fill(value));
      const [values, weights] = [items.map(([value]) => value), items.map(([, weight]) => weight)];
      assert.deepEqual(nearestRank(values, quantiles, weights), nearestRank(repeated, quantiles));
    }),
  );
});

test('a quantile is the value at its rank among the sorted ones, whatever the order they come in', () => {
  const values = fc.oneof(
    fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 200 }),
    fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 60 }),
    // Equal steps up or down, as of a sender that wants the pivot to be the worst.
    fc
      .tuple(fc.integer({ min: 1, max: 300 }), fc.boolean())
      .map(([n, up]) => Array.from({ length: n }, (_, i) => (up ? i : n - i))),
  );
  fc.assert(
    fc.property(values, (some) => {
      const quantiles = [0, 0.3, 0.5, 0.5, 0.95, 1];
      const sorted = Float64Array.from(some).sort();
      const expected = quantiles.map((q) => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]);
      assert.ok(nearestRank(some, quantiles).every((value, i) => value === expected[i]));
    }),
  );
});
