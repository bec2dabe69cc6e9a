import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBatches } from './batches.ts';

test('what is asked at the same time goes together, and everybody gets their own results', async () => {
  const runs: string[] = [];
  const ask = createBatches<string, string>({
    atOnce: 1,
    most: 10,
    run: async (items) => {
      runs.push(items.join(''));
      return items.map((item) => item.toUpperCase());
    },
  });
  const results = await Promise.all([ask(['a', 'b']), ask(['c']), ask(['d', 'e'])]);
  assert.deepEqual(runs, ['abcde']);
  assert.deepEqual(results, [['A', 'B'], ['C'], ['D', 'E']]);
});

test('a run holds no more items than allowed, but never splits those of one asker; no more run at once than allowed', async () => {
  const runs: number[] = [];
  let running = 0;
  const ask = createBatches<number, number>({
    atOnce: 2,
    most: 3,
    run: async (items) => {
      runs.push(items.length);
      assert.ok(++running <= 2);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return items;
    },
  });
  const results = await Promise.all([ask([1, 2]), ask([3]), ask([4]), ask([5, 6, 7, 8]), ask([9])]);
  assert.deepEqual(runs, [3, 1, 4, 1]);
  assert.deepEqual(results.flat(), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('a run that fails fails for those who were in it, and the next one works', async () => {
  let fails = true;
  const ask = createBatches<number, number>({
    atOnce: 1,
    most: 2,
    run: async (items) => {
      if (fails) throw new Error('down');
      return items;
    },
  });
  const both = await Promise.allSettled([ask([1]), ask([2])]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  fails = false;
  assert.deepEqual(await ask([3]), [3]);
});
