import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../../base/clock.ts';
import type { Alert } from '../../model/alert.ts';
import { alertsBody, createAlertQueue, QUEUE_CAPACITY } from './alert_queue.ts';

const START = Date.UTC(2026, 0, 1);

const alert = (name: string, updatedAtMs = START): Alert => ({
  labels: ['alertname', name],
  annotations: ['summary', 'it is down'],
  startsAtMs: START,
  endsAtMs: START + 240_000,
  updatedAtMs,
  generatorUrl: 'http://trilith/explore/metrics',
});

/** A queue whose other side answers as it is told to. */
function setup() {
  const clock = createFakeClock(START);
  const state = { failure: undefined as Error | undefined, isFinal: false };
  const taken: (readonly Alert[])[] = [];
  const counts = { sent: 0, failed: 0, dropped: 0 };
  const queue = createAlertQueue({
    clock,
    async send(alerts) {
      if (state.failure !== undefined) throw state.failure;
      taken.push(alerts);
    },
    isFinal: () => state.isFinal,
    onSent: (alerts) => {
      counts.sent += alerts;
    },
    onFailed: (alerts) => {
      counts.failed += alerts;
    },
    onDropped: (alerts) => {
      counts.dropped += alerts;
    },
  });
  return { clock, state, taken, counts, queue };
}

const names = (alerts: readonly Alert[] | undefined): string[] => (alerts ?? []).map(({ labels }) => labels[1] ?? '');

test('alerts go in batches of 64 in their order', async () => {
  const { clock, taken, queue, counts } = setup();
  queue.put(Array.from({ length: 100 }, (_, i) => alert(`A${i}`)));
  await clock.advanceTo(START + 1);
  assert.deepEqual(
    taken.map(({ length }) => length),
    [64, 36],
  );
  assert.deepEqual(names(taken[0]).slice(0, 2), ['A0', 'A1']);
  assert.equal(counts.sent, 100);
});

test('what is not taken is sent again, as it is by then, and nothing is given up', async () => {
  const { clock, state, taken, queue, counts } = setup();
  state.failure = new Error('connection refused');
  queue.put([alert('A'), alert('B')]);
  await clock.advanceTo(START + 600_000);
  assert.ok(counts.failed >= 20, 'it is tried all the time');
  const resolved = { ...alert('A', START + 600_000), endsAtMs: START + 599_000 };
  queue.put([resolved]);
  state.failure = undefined;
  await clock.advanceTo(START + 640_000);
  assert.deepEqual(taken.flatMap(names).sort(), ['A', 'B']);
  assert.equal(taken.flat().find(({ labels }) => labels[1] === 'A')?.endsAtMs, START + 599_000);
  assert.deepEqual([counts.sent, counts.dropped, queue.waiting().length], [2, 0, 0]);
});

test('of more than fit the oldest are given up and counted, as are alerts that are refused for good', async () => {
  const { clock, state, queue, counts } = setup();
  state.failure = new Error('away');
  queue.put(Array.from({ length: QUEUE_CAPACITY + 5 }, (_, i) => alert(`A${i}`)));
  await clock.advanceTo(START + 1);
  assert.equal(counts.dropped, 5);
  assert.equal(names(queue.waiting())[0], 'A5');
  const other = setup();
  other.state.failure = new Error('status 400');
  other.state.isFinal = true;
  other.queue.put([alert('A')]);
  await other.clock.advanceTo(START + 60_000);
  assert.deepEqual([other.counts.failed, other.counts.dropped, other.queue.waiting().length], [1, 1, 0]);
});

test('alerts of which the answer has not come yet wait too, each in its newest state', async () => {
  const clock = createFakeClock(START);
  const queue = createAlertQueue({
    clock,
    send: () => new Promise(() => undefined),
    isFinal: () => false,
    onSent: () => undefined,
    onFailed: () => undefined,
    onDropped: () => undefined,
  });
  queue.put(Array.from({ length: 70 }, (_, i) => alert(`A${i}`)));
  queue.put([alert('A3', START + 1)]);
  assert.equal(queue.waiting().length, 70);
  assert.equal(queue.waiting().find(({ labels }) => labels[1] === 'A3')?.updatedAtMs, START + 1);
});

test('the body is that of POST /api/v2/alerts', () => {
  assert.deepEqual(JSON.parse(alertsBody([alert('A')])), [
    {
      labels: { alertname: 'A' },
      annotations: { summary: 'it is down' },
      startsAt: '2026-01-01T00:00:00.000Z',
      endsAt: '2026-01-01T00:04:00.000Z',
      generatorURL: 'http://trilith/explore/metrics',
    },
  ]);
});
