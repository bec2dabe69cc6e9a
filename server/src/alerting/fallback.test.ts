import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Notification, Outcome } from './notify/notifier.ts';
import { ACCEPTED, refused, startTestAlertmanager } from './test_alertmanager.ts';

/** Who is told instead of a receiver that takes nothing. */
const CONFIG = `
route: {receiver: team, group_by: [alertname], group_wait: 10s, group_interval: 5m, repeat_interval: 1h}
receivers:
  - name: team
    webhook_configs: [{url: 'http://127.0.0.1/a'}, {url: 'http://127.0.0.1/b'}]
  - name: everybody
    webhook_configs: [{url: 'http://127.0.0.1/c'}]
`;
const FALLBACK = { receiver: 'everybody', afterMs: 60_000 };
const REFUSED_FOR_GOOD: Outcome = { error: 'unexpected status code 404', retry: false, status: 404, providerId: '' };
const DOWN = { alertname: 'Down' };

/** By receiver, when and why it was told of `Down`. */
function pages(run: ReturnType<typeof startTestAlertmanager>, receiver: string) {
  return run.told
    .filter((told) => told.receiver === receiver && told.groupKey.includes('"Down"'))
    .map(({ at, firing, resolved }) => [at, firing.length, resolved.length]);
}

test('the fallback is told after the time, once, and of the end; the receiver itself when it is back', async () => {
  const run = startTestAlertmanager({
    config: CONFIG,
    fallback: FALLBACK,
    answer: ({ receiver }: Notification, at) => (receiver === 'team' && at < 400 ? refused() : ACCEPTED),
  });
  run.fire(DOWN, 100_000);
  await run.advanceTo(69);
  assert.deepEqual(pages(run, 'everybody'), []);
  await run.advanceTo(399);
  assert.deepEqual(pages(run, 'everybody'), [[70, 1, 0]], 'a minute after the first attempt, and not again');
  await run.advanceTo(1_000);
  assert.deepEqual(
    pages(run, 'team').map(([, firing]) => firing),
    [1, 1],
  );
  // Longer than repeat_interval: who is told instead is not reminded of what the receiver has taken.
  await run.advanceTo(9_000);
  assert.equal(pages(run, 'everybody').length, 1);
  run.resolve(DOWN);
  await run.advanceTo(9_400);
  assert.deepEqual(pages(run, 'everybody').at(-1)?.slice(1), [0, 1]);
  const attempts = run.events.filter((event) => event.kind === 'attempt' && event.receiver === 'everybody');
  assert.ok(attempts.length > 0 && attempts.every((event) => event.kind === 'attempt' && event.fallbackFor === 'team'));
});

test('a receiver that refuses for good has its fallback told at once', async () => {
  const run = startTestAlertmanager({
    config: CONFIG,
    fallback: FALLBACK,
    answer: ({ receiver }: Notification) => (receiver === 'team' ? REFUSED_FOR_GOOD : ACCEPTED),
  });
  run.fire(DOWN, 100_000);
  await run.advanceTo(12);
  assert.deepEqual(pages(run, 'everybody'), [[10, 1, 0]]);
});

test('one integration that works is enough: nobody is told instead', async () => {
  let attempts = 0;
  const run = startTestAlertmanager({
    config: CONFIG,
    fallback: FALLBACK,
    // Of the two integrations, one is told in each turn.
    answer: ({ receiver }: Notification) => (receiver === 'team' && attempts++ % 2 === 0 ? refused() : ACCEPTED),
  });
  run.fire(DOWN, 100_000);
  await run.advanceTo(600);
  assert.ok(pages(run, 'team').length > 0);
  assert.deepEqual(pages(run, 'everybody'), []);
});

test('the alert about a receiver that fails takes the same way', async () => {
  const run = startTestAlertmanager({
    config: CONFIG,
    fallback: FALLBACK,
    answer: ({ receiver }: Notification) => (receiver === 'team' ? refused() : ACCEPTED),
  });
  run.fire(DOWN, 100_000);
  await run.advanceTo(900);
  const about = run.told.filter(({ firing }) => firing.some((alert) => alert.includes('TrilithReceiverFailing')));
  assert.deepEqual([...new Set(about.map(({ receiver }) => receiver))], ['everybody']);
});

test('what goes elsewhere and fails there is no failure of the receiver', async () => {
  const run = startTestAlertmanager({
    config: CONFIG,
    fallback: FALLBACK,
    answer: ({ receiver }: Notification) => (receiver === 'team' ? refused() : ACCEPTED),
    wentElsewhere: () => true,
  });
  run.fire(DOWN, 100_000);
  await run.advanceTo(900);
  assert.ok(run.events.some((event) => event.kind === 'attempt' && event.outcome === 'retried'));
  assert.deepEqual(run.told, [], 'neither the fallback nor anybody about a receiver that fails');
});
