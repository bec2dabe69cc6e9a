import assert from 'node:assert/strict';
import { test } from 'node:test';
import { happenings, timelineRows } from './timelineRows.ts';

const rule = { file: 'f', group: 'g', rule: 'Down' };
const at = (state: 'pending' | 'firing' | 'inactive', fromMs: number, toMs: number | null) => ({
  ...{ state, fromMs, toMs, value: 1 },
});

test('a bar shows what was pending and firing within the range, and what goes on up to its end', () => {
  const states = [at('pending', -50, 100), at('firing', 100, 300), at('inactive', 300, 500), at('firing', 500, null)];
  const [row] = timelineRows([{ rule, labels: {}, drill: '', states }], { fromMs: 0, toMs: 1000 });
  assert.deepEqual(
    row?.stretches.map(({ state, left, width }) => [state, left, Number(width.toFixed(6))]),
    [
      ['pending', 0, 0.1],
      ['firing', 0.1, 0.2],
      ['firing', 0.5, 0.5],
    ],
  );
  assert.deepEqual([row?.firings, row?.firingMs], [2, 700]);
});

test('alerts that were quiet all the time are no rows, those that fired last come first', () => {
  const series = (name: string, fromMs: number) => ({
    ...{ rule, labels: { name }, drill: '', states: [at('firing', fromMs, fromMs + 1)] },
  });
  const quiet = { rule, labels: { name: 'quiet' }, drill: '', states: [at('inactive', 0, null)] };
  assert.deepEqual(
    timelineRows([series('a', 1), quiet, series('b', 5)], { fromMs: 0, toMs: 10 }).map(
      ({ series: one }) => one.labels.name,
    ),
    ['b', 'a'],
  );
});

test('attempts that fail alike one after the other are one line with their number, those that are taken are not', () => {
  const attempt = (timeMs: number, outcome: 'accepted' | 'retried', error = '') => ({
    ...{ timeMs, groupKey: 'g', receiver: 'team', integration: 'slack[0]', attempt: 1, outcome, status: 0, error },
    ...{ providerId: '', latencyMs: 5, firing: 1, resolved: 0 },
  });
  const attempts = [
    ...[attempt(1, 'retried', 'refused'), attempt(2, 'retried', 'refused'), attempt(3, 'retried', 'timeout')],
    ...[attempt(4, 'accepted'), attempt(5, 'accepted')],
  ];
  const history = { series: [], blind: [], routed: [], held: [], attempts, responses: [], truncated: false };
  assert.deepEqual(
    happenings(history).map((one) => [one.timeMs, one.kind === 'attempt' ? one.times : 0]),
    [
      [5, 1],
      [4, 1],
      [3, 1],
      [2, 2],
    ],
  );
});
