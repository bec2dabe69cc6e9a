import assert from 'node:assert/strict';
import { test } from 'node:test';
import { worstDays } from './reportDays.ts';

const at = (text: string): number => Date.parse(text);

test('days are those of the calendar, the worst first, without those that had nothing bad', () => {
  const steps = [
    { timeMs: at('2026-01-30T12:00:00Z'), bad: 1, total: 10 },
    // Ends at midnight: still the 30th.
    { timeMs: at('2026-01-31T00:00:00Z'), bad: 2, total: 10 },
    { timeMs: at('2026-01-31T12:00:00Z'), bad: 5, total: 10 },
    { timeMs: at('2026-02-01T12:00:00Z'), bad: 0, total: 10 },
  ];
  assert.deepEqual(worstDays(steps, 'utc', 5), [
    { day: '2026-01-31', bad: 5, total: 10 },
    { day: '2026-01-30', bad: 3, total: 20 },
  ]);
  assert.equal(worstDays(steps, 'utc', 1).length, 1);
});
