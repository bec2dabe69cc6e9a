import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../base/clock.ts';
import type { AlertEvent } from '../model/alert_event.ts';
import { createLedgerRecorder } from './recorder.ts';

const event = (timeMs: number): AlertEvent => ({
  kind: 'blind',
  timeMs,
  rule: { file: 'rules.yml', group: 'api', rule: 'HighErrors' },
  error: 'timed out',
});

function recording({ failing = 0 }: { failing?: number } = {}) {
  const clock = createFakeClock(0);
  const appended: { readonly atMs: number; readonly tenant: string; readonly rows: number }[] = [];
  const trouble = { errors: 0, dropped: 0 };
  let failuresLeft = failing;
  const recorder = createLedgerRecorder({
    append: async (tenant, sections) => {
      if (failuresLeft-- > 0) throw new Error('disk full');
      for (const { rows } of sections) appended.push({ atMs: clock.nowMs(), tenant, rows });
    },
    clock,
    onError: () => trouble.errors++,
    onDropped: (events) => {
      trouble.dropped += events;
    },
  });
  return { clock, appended, trouble, recorder };
}

test('events noted within half a second are kept together, tenants apart', async () => {
  const { clock, appended, recorder } = recording();
  recorder.note('trilith', [event(1), event(2)]);
  recorder.note('other', [event(1)]);
  await clock.advanceTo(499);
  recorder.note('trilith', [event(3)]);
  assert.deepEqual(appended, []);
  await clock.advanceTo(2_000);
  assert.deepEqual(appended, [
    { atMs: 500, tenant: 'trilith', rows: 3 },
    { atMs: 500, tenant: 'other', rows: 1 },
  ]);
  assert.equal(recorder.waiting(), 0);
});

test('what cannot be kept is tried again, less and less often, and nothing is lost', async () => {
  const { clock, appended, trouble, recorder } = recording({ failing: 3 });
  recorder.note('trilith', [event(1)]);
  await clock.advanceTo(600);
  recorder.note('trilith', [event(2)]);
  await clock.advanceTo(60_000);
  assert.deepEqual(appended, [{ atMs: 7_500, tenant: 'trilith', rows: 2 }]);
  assert.deepEqual(trouble, { errors: 3, dropped: 0 });
});

test('flushing keeps what was noted before it, at once', async () => {
  const { appended, recorder } = recording();
  recorder.note('trilith', [event(1)]);
  await recorder.flush();
  assert.equal(appended.length, 1);
});

test('what waits is bounded: the oldest go, and are counted', async () => {
  const { clock, appended, trouble, recorder } = recording({ failing: 1 });
  const many = Array.from({ length: 150_000 }, (_, i) => event(i));
  recorder.note('trilith', many);
  await clock.advanceTo(600);
  recorder.note('trilith', many);
  assert.equal(recorder.waiting(), 200_000);
  assert.equal(trouble.dropped, 100_000);
  await clock.advanceTo(5_000);
  assert.equal(
    appended.reduce((sum, { rows }) => sum + rows, 0),
    200_000,
  );
});
