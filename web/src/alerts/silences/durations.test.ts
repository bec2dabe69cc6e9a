import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextMonday, nextMorning } from './durations.ts';

const CASES: readonly (readonly [now: string, morning: string, monday: string])[] = [
  ['2026-11-22T03:10:00Z', '2026-11-22T06:00:00Z', '2026-11-23T06:00:00Z'],
  ['2026-11-22T06:00:00Z', '2026-11-23T06:00:00Z', '2026-11-23T06:00:00Z'],
  ['2026-11-23T05:59:00Z', '2026-11-23T06:00:00Z', '2026-11-23T06:00:00Z'],
  ['2026-11-23T12:00:00Z', '2026-11-24T06:00:00Z', '2026-11-30T06:00:00Z'],
  ['2026-12-31T22:30:00Z', '2027-01-01T06:00:00Z', '2027-01-04T06:00:00Z'],
];

for (const [now, morning, monday] of CASES) {
  test(`at ${now} in Moscow it is morning again at ${morning}`, () => {
    const zone = 'Europe/Moscow';
    assert.equal(new Date(nextMorning(Date.parse(now), zone)).toISOString(), morning.replace('Z', '.000Z'));
    assert.equal(new Date(nextMonday(Date.parse(now), zone)).toISOString(), monday.replace('Z', '.000Z'));
  });
}

test('nine in the morning is by the clock on the wall when clocks change', () => {
  const berlin = new Date(nextMorning(Date.parse('2026-10-24T20:00:00Z'), 'Europe/Berlin'));
  assert.equal(berlin.toISOString(), '2026-10-25T08:00:00.000Z');
});
