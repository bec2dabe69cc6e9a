import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../base/clock.ts';
import type { Alert } from '../model/alert.ts';
import { labelValue } from '../model/labels.ts';
import { createHeartbeat, type Told } from './heartbeat.ts';

const ACCEPTED: Told = { integration: 'webhook[0]', outcome: { retry: false, status: 200, providerId: '' } };
const REFUSED: Told = {
  integration: 'webhook[0]',
  outcome: { error: 'connect ECONNREFUSED', retry: true, status: 0, providerId: '' },
};

function started(answer: () => readonly Told[]) {
  const clock = createFakeClock(0);
  const sentAt: number[] = [];
  const alerts: Alert[] = [];
  const outcomes: boolean[] = [];
  const withheld: string[] = [];
  const world = { broken: '' };
  const heartbeat = createHeartbeat({
    clock,
    deliver: async (_receiver, notification) => {
      sentAt.push(notification.nowMs);
      return answer();
    },
    alert: (told) => void alerts.push(...told),
    sent: (accepted) => void outcomes.push(accepted),
    broken: async () => world.broken,
    withheld: (reason) => void withheld.push(reason),
  });
  return { clock, heartbeat, sentAt, alerts, outcomes, withheld, world };
}

test('a heartbeat goes out at once and on its schedule, and raises nothing while it gets through', async () => {
  const { clock, heartbeat, sentAt, alerts, outcomes } = started(() => [ACCEPTED]);
  heartbeat.set({ receiver: 'watch', everyMs: 60_000 });
  await clock.advanceTo(150_000);
  assert.deepEqual(sentAt, [0, 60_000, 120_000]);
  assert.deepEqual(alerts, []);
  assert.deepEqual(outcomes, [true, true, true]);
});

test('none goes out while alerting does not work, and they go on when it does', async () => {
  const { clock, heartbeat, sentAt, alerts, withheld, world } = started(() => [ACCEPTED]);
  heartbeat.set({ receiver: 'watch', everyMs: 60_000 });
  await clock.advanceTo(10_000);
  world.broken = 'the store does not answer';
  await clock.advanceTo(130_000);
  world.broken = '';
  await clock.advanceTo(190_000);
  assert.deepEqual(sentAt, [0, 140_000], 'soon after it works again');
  assert.deepEqual(new Set(withheld), new Set(['the store does not answer']));
  assert.equal(withheld.length, 8);
  assert.deepEqual(alerts, []);
});

test('one that does not get through is an alert since the first failure, until one gets through', async () => {
  let answer = [REFUSED];
  const { clock, heartbeat, alerts } = started(() => answer);
  heartbeat.set({ receiver: 'watch', everyMs: 60_000 });
  await clock.advanceTo(70_000);
  assert.equal(alerts.length, 2);
  const [first, second] = alerts;
  assert.equal(labelValue(first?.labels ?? [], 'alertname'), 'TrilithHeartbeatFailing');
  assert.equal(labelValue(first?.annotations ?? [], 'description'), 'webhook[0]: connect ECONNREFUSED');
  assert.equal(second?.startsAtMs, 0);
  assert.ok((second?.endsAtMs ?? 0) > 120_000, 'it outlives the time to the next');
  answer = [ACCEPTED];
  await clock.advanceTo(130_000);
  assert.equal(alerts.length, 3);
  assert.equal(alerts[2]?.endsAtMs, 120_000);
});

test('a receiver that is not there is a failure', async () => {
  const { clock, heartbeat, alerts } = started(() => []);
  heartbeat.set({ receiver: 'nobody', everyMs: 60_000 });
  await clock.advanceTo(1);
  assert.match(labelValue(alerts[0]?.annotations ?? [], 'description'), /no such receiver/);
});

test('taken out of the configuration it ends, and so does its alert', async () => {
  const { clock, heartbeat, sentAt, alerts } = started(() => [REFUSED]);
  heartbeat.set({ receiver: 'watch', everyMs: 60_000 });
  await clock.advanceTo(10);
  heartbeat.set(undefined);
  await clock.advanceTo(300_000);
  assert.equal(sentAt.length, 1);
  assert.equal(alerts.at(-1)?.endsAtMs, 10);
});
