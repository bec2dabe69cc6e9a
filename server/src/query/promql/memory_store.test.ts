import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsFrom } from '../../model/labels.ts';
import { createMetricsEngine } from './engine.ts';
import { createMemoryStore } from './memory_store.ts';

const labels = labelsFrom([
  ['__name__', 'up'],
  ['job', 'a'],
]);

test('what was appended is seen by the next query; a stale marker ends the series', async () => {
  const store = createMemoryStore();
  const engine = createMetricsEngine({ source: store, now: () => performance.now() });
  const valueAt = async (timeMs: number): Promise<number | undefined> => {
    const { series } = await engine.query({ query: 'up{job=~"a|b"}', startMs: timeMs, endMs: timeMs, stepMs: 0 });
    return series[0]?.values[0];
  };
  assert.equal(await valueAt(1_000), undefined);
  store.append({ labels, timeMs: 1_000, value: 7, stale: false });
  assert.equal(await valueAt(999), undefined);
  assert.equal(await valueAt(60_000), 7);
  store.append({ labels, timeMs: 61_000, value: Number.NaN, stale: true });
  assert.equal(await valueAt(60_999), 7);
  assert.equal(await valueAt(61_000), undefined);
});

test('samples of a series go forward; the same one again is no error, another value at its time is', () => {
  const store = createMemoryStore();
  const append = (timeMs: number, value: number): void => store.append({ labels, timeMs, value, stale: false });
  append(2_000, 1);
  append(2_000, 1);
  assert.throws(() => append(2_000, 2), /duplicate sample for timestamp/);
  assert.throws(() => append(1_000, 1), /out of order sample/);
});
