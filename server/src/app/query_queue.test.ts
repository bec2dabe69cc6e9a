import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createQueryQueue, QueryQueueFull } from './query_queue.ts';

const never = new AbortController().signal;
const limits = { atOnce: 3, atOncePerTenant: 2, waiting: 2, waitMs: 50 };

function gate(): { readonly open: () => void; readonly promise: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, promise };
}

test('a tenant over its share waits while another tenant still runs', async () => {
  const queue = createQueryQueue(limits);
  const hold = gate();
  const first = queue.run('a', never, () => hold.promise);
  const second = queue.run('a', never, () => hold.promise);
  const third = queue.run('a', never, async () => 'third');
  assert.equal(await queue.run('b', never, async () => 'b ran'), 'b ran');
  assert.deepEqual([queue.running, queue.waiting], [2, 1]);
  hold.open();
  assert.equal(await third, 'third');
  await Promise.all([first, second]);
  assert.deepEqual([queue.running, queue.waiting], [0, 0]);
});

test('a query that waited too long and one too many are refused', async () => {
  const queue = createQueryQueue(limits);
  const hold = gate();
  const running = [queue.run('a', never, () => hold.promise), queue.run('a', never, () => hold.promise)];
  const late = [queue.run('a', never, async () => 1), queue.run('a', never, async () => 2)];
  await assert.rejects(
    queue.run('a', never, async () => 3),
    QueryQueueFull,
  );
  for (const waiting of late) await assert.rejects(waiting, QueryQueueFull);
  hold.open();
  await Promise.all(running);
});

test('a caller that leaves while waiting frees its place in the queue', async () => {
  const queue = createQueryQueue({ ...limits, waitMs: 10_000 });
  const hold = gate();
  const running = [queue.run('a', never, () => hold.promise), queue.run('a', never, () => hold.promise)];
  const leaver = new AbortController();
  const left = queue.run('a', leaver.signal, async () => 1);
  leaver.abort();
  await assert.rejects(left, /cancelled while waiting/);
  assert.equal(queue.waiting, 0);
  hold.open();
  await Promise.all(running);
});

test('a query whose caller has left already takes no place and is not waited for', async () => {
  const queue = createQueryQueue({ ...limits, atOnce: 1, waitMs: 10_000 });
  const unasked = () => queue.run('a', AbortSignal.abort(), () => assert.fail('nobody waits for the answer'));
  await assert.rejects(unasked(), /cancelled while waiting/);
  const hold = gate();
  const running = queue.run('a', never, () => hold.promise);
  await assert.rejects(unasked(), /cancelled while waiting/);
  assert.deepEqual([queue.running, queue.waiting], [1, 0]);
  hold.open();
  await running;
});

test('a failing query gives its place back', async () => {
  const queue = createQueryQueue({ ...limits, atOnce: 1 });
  await assert.rejects(
    queue.run('a', never, () => Promise.reject(new Error('broken'))),
    /broken/,
  );
  assert.equal(await queue.run('a', never, async () => 'next'), 'next');
});
