import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badShareChart, eventsChart, periodOf, uncounted } from './budgetCharts.ts';

const steps = [
  { timeMs: 10, bad: 0, total: 0 },
  { timeMs: 20, bad: 1, total: 4 },
  { timeMs: 30, bad: 0, total: 0 },
  { timeMs: 40, bad: 0, total: 0 },
  { timeMs: 50, bad: 0, total: 5 },
];

test('stretches without a count are told whole, from the end of the step before', () => {
  assert.deepEqual(uncounted(steps, 0), [
    { fromMs: 0, toMs: 10 },
    { fromMs: 20, toMs: 40 },
  ]);
  assert.deepEqual(uncounted([], 0), []);
});

test('a step without events is a gap in the share of bad events, not a zero', () => {
  const { series } = badShareChart({ steps, targetPercent: 99 }, { bad: 'bad', allowed: 'allowed' });
  assert.deepEqual(series[0]?.values, [null, 0.25, null, null, 0]);
  assert.ok(Math.abs((series[1]?.values[0] ?? 0) - 0.01) < 1e-9);
});

test('good and bad events of a step add up to all of them', () => {
  const { series } = eventsChart({ steps }, { good: 'good', bad: 'bad' });
  assert.deepEqual(series[0]?.values, [0, 3, 0, 0, 5]);
  assert.deepEqual(series[1]?.values, [0, 1, 0, 0, 0]);
});

test('the period ends with what was counted', () => {
  const day = 86_400_000;
  assert.deepEqual(periodOf({ burnDown: [], countedUntilMs: 9 * day, periodDays: 7 }), {
    fromMs: 2 * day,
    toMs: 9 * day,
  });
  assert.equal(periodOf({ burnDown: [], countedUntilMs: null, periodDays: 7 }), null);
});
