import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Notification, NotifyServices, Outcome } from '../alerting/index.ts';
import type { Destination } from '../drills/index.ts';
import { divertedNotifier } from './diverted_receiver.ts';

const notification = { receiver: 'team', alerts: [] } as unknown as Notification;

async function told(destination: Destination): Promise<readonly [isTold: boolean, Outcome]> {
  let isTold = false;
  const elsewhere = new WeakSet<Notification>();
  const notifier = divertedNotifier(
    async () => {
      isTold = true;
      return { retry: false, status: 200, providerId: 'p' };
    },
    {} as NotifyServices,
    () => destination,
    elsewhere,
  );
  const outcome = await notifier(notification, new AbortController().signal);
  assert.equal(elsewhere.has(notification), !isTold);
  return [isTold, outcome];
}

test('a receiver is told of what is meant for it, and of nothing else; what is not known yet is asked again', async () => {
  const [isTold, { providerId }] = await told({ to: 'receiver' });
  assert.deepEqual([isTold, providerId], [true, 'p']);
  const [isToldOfUnknown, nobody] = await told({ to: 'nobody' });
  assert.deepEqual([isToldOfUnknown, nobody.error], [false, undefined]);
  assert.match(nobody.warning ?? '', /nobody was told/);
  const [isToldBefore, later] = await told({ to: 'later' });
  assert.deepEqual([isToldBefore, later.retry], [false, true]);
  assert.match(later.error ?? '', /not read yet/);
});
