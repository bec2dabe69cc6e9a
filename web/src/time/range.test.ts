import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  alignRange,
  parseMoment,
  rangeFromText,
  rangeToText,
  resolveRange,
  shiftRange,
  stepFor,
  zoomOut,
} from './range.ts';
import { momentOf, offsetText, wallTime } from './zone.ts';

const now = Date.parse('2026-11-18T13:14:15.500Z'); // a Wednesday
const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

const moments: readonly [string, string, boolean, string | null][] = [
  ['now', 'utc', false, '2026-11-18T13:14:15.500Z'],
  ['now-1h', 'utc', false, '2026-11-18T12:14:15.500Z'],
  ['now/d', 'utc', false, '2026-11-18T00:00:00.000Z'],
  ['now/d', 'utc', true, '2026-11-18T23:59:59.999Z'],
  ['now/d+8h', 'utc', false, '2026-11-18T08:00:00.000Z'],
  ['now/w', 'utc', false, '2026-11-16T00:00:00.000Z'],
  ['now-1M/M', 'utc', false, '2026-10-01T00:00:00.000Z'],
  ['now-1M/M', 'utc', true, '2026-10-31T23:59:59.999Z'],
  ['now/Q', 'utc', false, '2026-10-01T00:00:00.000Z'],
  ['now-1y/y', 'utc', false, '2025-01-01T00:00:00.000Z'],
  ['now/d', 'Europe/Moscow', false, '2026-11-17T21:00:00.000Z'],
  ['2026-11-18 10:00', 'Europe/Moscow', false, '2026-11-18T07:00:00.000Z'],
  ['18.11.2026 10:00:30', 'utc', false, '2026-11-18T10:00:30.000Z'],
  ['2026-11-18T10:00:00.250+03:00', 'utc', false, '2026-11-18T07:00:00.250Z'],
  ['1795309200000', 'utc', false, '2026-11-22T01:00:00.000Z'],
  ['1795309200', 'utc', false, '2026-11-22T01:00:00.000Z'],
  ['now-', 'utc', false, null],
  ['now-1x', 'utc', false, null],
  ['2026-13-01', 'utc', false, null],
  ['yesterdayish', 'utc', false, null],
];

for (const [text, zone, up, want] of moments) {
  test(`the moment "${text}" in ${zone}${up ? ' as an end' : ''} is ${want}`, () => {
    assert.equal(iso(parseMoment(text, now, zone, up)), want);
  });
}

test('31 March minus one month is the last day of February', () => {
  assert.equal(iso(parseMoment('now-1M', Date.parse('2026-03-31T10:00:00Z'), 'utc')), '2026-02-28T10:00:00.000Z');
});

test('a range whose ends are the wrong way round is none', () => {
  assert.equal(resolveRange({ from: 'now', to: 'now-1h' }, now, 'utc'), null);
});

test('wall time and moment are inverse in every zone outside repeated and skipped hours', () => {
  const zones = ['UTC', 'Europe/Moscow', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'];
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 2 ** 41 }), (zone, ms) => {
      const back = momentOf(wallTime(ms, zone), zone);
      assert.ok(Math.abs(back - ms) === 0 || Math.abs(back - ms) <= 3_600_000);
      assert.deepEqual(wallTime(back, zone), wallTime(ms, zone));
    }),
  );
});

test('a skipped hour falls after the gap and a repeated hour on its first pass', () => {
  const wall = { year: 2026, month: 3, day: 29, hour: 2, minute: 30, second: 0, ms: 0 };
  assert.equal(iso(momentOf(wall, 'Europe/Berlin')), '2026-03-29T01:30:00.000Z');
  assert.equal(iso(momentOf({ ...wall, month: 10, day: 25 }, 'Europe/Berlin')), '2026-10-25T00:30:00.000Z');
});

test('a copied range pastes back as the same moments in another zone', () => {
  const raw = { from: '1795309200000', to: '1795312800000' };
  const range = resolveRange(raw, now, 'utc');
  assert.ok(range !== null);
  const text = rangeToText(raw, range, 'Europe/Moscow');
  assert.match(text, /\+03:00/);
  assert.deepEqual(rangeFromText(text, now, 'utc'), raw);
  assert.deepEqual(rangeFromText('{"from":"now-6h","to":"now"}', now, 'utc'), { from: 'now-6h', to: 'now' });
  assert.deepEqual(rangeFromText('now-2d to now-1d', now, 'utc'), { from: 'now-2d', to: 'now-1d' });
  assert.equal(rangeFromText('{"from":1}', now, 'utc'), null);
  assert.equal(rangeFromText('hello', now, 'utc'), null);
});

test('zooming out doubles the width and never shows the future of a range that ends now', () => {
  const hour = { fromMs: now - 3_600_000, toMs: now };
  assert.deepEqual(zoomOut(hour, now), { fromMs: now - 7_200_000, toMs: now });
  const past = zoomOut({ fromMs: now - 10_000_000, toMs: now - 9_000_000 }, now);
  assert.equal(past.toMs - past.fromMs, 2_000_000);
});

test('shifting right stops at now', () => {
  const hour = { fromMs: now - 3_600_000, toMs: now };
  assert.deepEqual(shiftRange(hour, 1, now), hour);
  assert.equal(shiftRange(hour, -1, now, 1).toMs, hour.fromMs);
  assert.deepEqual(shiftRange(hour, -1, now), { fromMs: hour.fromMs - 1_800_000, toMs: now - 1_800_000 });
});

test('a step keeps a graph within its points and the aligned range covers the asked one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 10 ** 11 }), fc.integer({ min: 10, max: 2000 }), (width, points) => {
      const range = { fromMs: now - width, toMs: now };
      const step = stepFor(range, points);
      const aligned = alignRange(range, step);
      assert.ok(width / step <= points);
      assert.ok(aligned.fromMs <= range.fromMs && aligned.toMs >= range.toMs && aligned.fromMs % step === 0);
    }),
  );
});

test('an offset is written with its sign', () => {
  assert.equal(offsetText(now, 'Asia/Kolkata'), '+05:30');
  assert.equal(offsetText(now, 'America/New_York'), '-05:00');
});
