import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mostSteps, scrubPeriod, stepOf, windowAt, windowBeside } from './scrub.ts';

const hourMs = 3_600_000;
const now = 1_795_309_200_000;
const hour = { fromMs: now - hourMs, toMs: now };

test('a scrubber ends now for the last hour and has an old window in its middle', () => {
  const period = scrubPeriod(hour, now, null);
  assert.deepEqual(period, { fromMs: now - 24 * hourMs, toMs: now });
  assert.equal(stepOf(hour, period), mostSteps);
  const old = { fromMs: now - 1000 * hourMs, toMs: now - 999 * hourMs };
  assert.equal(scrubPeriod(old, now, null).toMs, old.toMs + 12 * hourMs);
});

test('a scrubber stays while windows are chosen on it, and every step is the window it says', () => {
  const period = scrubPeriod(hour, now, null);
  fc.assert(
    fc.property(fc.integer({ min: 2, max: mostSteps }), (step) => {
      const window = windowAt(step, period);
      assert.equal(window.toMs - window.fromMs, hourMs);
      assert.equal(stepOf(window, period), step);
      assert.equal(scrubPeriod(window, now + 60_000, period), period);
    }),
  );
  assert.deepEqual(windowAt(0, period), { fromMs: period.fromMs, toMs: period.fromMs + hourMs });
  const wider = { fromMs: now - 2 * hourMs, toMs: now };
  assert.notEqual(scrubPeriod(wider, now, period), period);
  const later = { fromMs: hour.fromMs + 10_000, toMs: now + 10_000 };
  assert.equal(scrubPeriod(later, now + 10_000, period).toMs, now + 10_000);
});

test('the windows beside a change end and begin with it, and none goes on after now', () => {
  const change = now - 2 * hourMs;
  assert.deepEqual(windowBeside(change, 'before', hour, now), { fromMs: now - 3 * hourMs, toMs: change });
  assert.deepEqual(windowBeside(change, 'after', hour, now), { fromMs: change, toMs: now - hourMs });
  assert.deepEqual(windowBeside(now - 60_000, 'after', hour, now), { fromMs: now - 60_000, toMs: now });
});
