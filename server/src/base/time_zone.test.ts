import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isTimeZone, momentOf, wallClockOf } from './time_zone.ts';

const at = (text: string): number => Date.parse(text);
const ZONES = ['UTC', 'Europe/Berlin', 'Europe/Moscow', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'];

test('zones are known by their IANA name only', () => {
  for (const zone of ZONES) assert.ok(isTimeZone(zone), zone);
  for (const zone of ['', '+03:00', 'Mars/Olympus', 'Europe']) assert.ok(!isTimeZone(zone), zone);
});

test('a wall clock reads what people there read', () => {
  assert.equal(wallClockOf('Europe/Moscow', at('2026-01-05T07:00:00Z')), at('2026-01-05T10:00:00Z'));
  assert.equal(wallClockOf('Europe/Berlin', at('2026-07-05T07:00:00.250Z')), at('2026-07-05T09:00:00.250Z'));
});

test('a reading that the clocks skip comes when they do, one they repeat comes the first time', () => {
  // 2026-03-29 02:00 → 03:00, 2026-10-25 03:00 → 02:00
  assert.equal(momentOf('Europe/Berlin', at('2026-03-29T02:30:00Z')), at('2026-03-29T01:00:00Z'));
  assert.equal(momentOf('Europe/Berlin', at('2026-03-29T03:00:00Z')), at('2026-03-29T01:00:00Z'));
  assert.equal(momentOf('Europe/Berlin', at('2026-10-25T02:30:00Z')), at('2026-10-25T00:30:00Z'));
  assert.equal(momentOf('Europe/Berlin', at('2026-10-25T03:00:00Z')), at('2026-10-25T02:00:00Z'));
});

test('the moment of what a clock reads is that moment, or the first of two; later readings come no earlier', () => {
  const second = fc.integer({ min: at('2020-01-01') / 1_000, max: at('2030-01-01') / 1_000 });
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), second, fc.integer({ min: 1, max: 200_000 }), (zone, seconds, later) => {
      const timeMs = seconds * 1_000;
      const first = momentOf(zone, wallClockOf(zone, timeMs));
      assert.ok(first === timeMs || (first < timeMs && timeMs - first <= 3_600_000), `${zone} ${timeMs}`);
      assert.ok(momentOf(zone, timeMs + later * 1_000) >= momentOf(zone, timeMs), `${zone} ${timeMs} +${later}`);
    }),
    { numRuns: 300 },
  );
});
