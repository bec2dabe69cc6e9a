import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayStarts, dayWindow, placeIn, untilHandover } from './timeline.ts';

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

test('layers that hand over to the same people are one shift; an override stays apart', () => {
  const shift = (fromMs: number, people: string[], kind: 'layer' | 'override' | 'nobody', name: string) => ({
    ...{ fromMs, toMs: fromMs + 10, people },
    by: { kind, name },
  });
  const found = untilHandover([
    shift(0, ['anna'], 'layer', 'weeks'),
    shift(10, ['anna'], 'layer', 'nights'),
    shift(20, ['anna'], 'override', 'id'),
    shift(30, ['boris'], 'layer', 'weeks'),
    shift(40, [], 'nobody', ''),
  ]);
  assert.deepEqual(
    found.map(({ fromMs, toMs, people }) => [fromMs, toMs, people.join()]),
    [
      [0, 20, 'anna'],
      [20, 30, 'anna'],
      [30, 40, 'boris'],
      [40, 50, ''],
    ],
  );
});
