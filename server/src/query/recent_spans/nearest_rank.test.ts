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
