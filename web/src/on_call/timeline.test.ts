import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayStarts, dayWindow, placeIn } from './timeline.ts';

const hour = 3_600_000;
const noon = Date.UTC(2026, 9, 24, 10);

test('a window holds whole days of the zone, also those a clock change makes longer', () => {
  // Berlin's clocks go back on 25 October 2026.
  const { fromMs, toMs } = dayWindow(noon, 0, 2, 'Europe/Berlin');
  assert.equal(new Date(fromMs).toISOString(), '2026-10-23T22:00:00.000Z');
  assert.equal(toMs - fromMs, 49 * hour);
  assert.deepEqual(
    dayStarts(noon, 0, 2, 'Europe/Berlin').map((ms) => (ms - fromMs) / hour),
    [0, 24],
  );
});

test('windows before and after touch one another across months', () => {
  const first = dayWindow(noon, 0, 14, 'utc');
  assert.equal(dayWindow(noon, 14, 14, 'utc').fromMs, first.toMs);
  assert.equal(dayWindow(noon, -14, 14, 'utc').toMs, first.fromMs);
});

test('a stretch is cut to the window, and one outside of it has no place', () => {
  const window = { fromMs: 1000, toMs: 2000 };
  assert.deepEqual(placeIn(window, { fromMs: 0, toMs: 1500 }), { left: 0, width: 50 });
  assert.deepEqual(placeIn(window, { fromMs: 1250, toMs: 9000 }), { left: 25, width: 75 });
  assert.equal(placeIn(window, { fromMs: 2000, toMs: 3000 }), null);
});
