import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsFrom } from '../model/labels.ts';
import type { Notification, Outcome } from './notify/notifier.ts';
import {
  ACCEPTED,
  copiedState,
  memoryState,
  START_MS,
  startTestAlertmanager,
  type TestAlertmanager,
} from './test_alertmanager.ts';

/** What must still arrive when a receiver cannot be reached: each way to fail, of each length, with and without a kill. */
const CONFIG = `
route:
  receiver: root
  group_by: [alertname]
  group_wait: 10s
  group_interval: 1m
  repeat_interval: 24h
receivers:
  - name: root
    webhook_configs: [{url: 'http://127.0.0.1/root'}]
`;

type Failure = (signal: AbortSignal) => Outcome | Promise<Outcome>;

const FAILURES: Readonly<Record<string, Failure>> = {
  refused: () => ({ error: 'connect ECONNREFUSED', retry: true, status: 0, providerId: '' }),
  'status 500': () => ({ error: 'unexpected status code 500', retry: true, status: 500, providerId: '' }),
  'status 429': () => ({
    error: 'unexpected status code 429',
    retry: true,
    status: 429,
    retryAfterMs: 5_000,
    providerId: '',
  }),
  'status 404': () => ({ error: 'unexpected status code 404', retry: false, status: 404, providerId: '' }),
  'no answer': () => new Promise<Outcome>(() => undefined),
  'answers only when given up': (signal) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve({ error: 'aborted', retry: true, status: 0, providerId: '' }));
    }),
};

const LENGTHS_SECONDS = [10, 300, 7200];
const ALERTS = 20;
const BEGIN = 100;
/** Attempts are at most this far apart, each may hang for 20 s; a group of which nothing can be sent waits for its flush. */
const WITHIN_SECONDS = 95;

const name = (i: number): Readonly<Record<string, string>> => ({ alertname: `Alert${i}` });
const text = (i: number): string => `alertname Alert${i}`;

/** When each alert was told as firing, or as ended by those who never heard of it. */
function arrivals({ told }: TestAlertmanager): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const { at, firing, resolved, missed } of told)
    for (const alert of [...firing, ...(missed > 0 ? resolved : [])])
      found.set(alert, [...(found.get(alert) ?? []), at]);
  return found;
}

for (const [kind, failure] of Object.entries(FAILURES)) {
  for (const length of LENGTHS_SECONDS) {
    test(`${kind} for ${length} s: every alert arrives once, those that fired and ended meanwhile too`, async () => {
      const end = BEGIN + length;
      const run = startTestAlertmanager({
        config: CONFIG,
        answer: (_notification, at, signal) => (at >= BEGIN && at < end ? failure(signal) : ACCEPTED),
      });
      // Told before, told and ended within, fired within, fired and ended within.
      run.fire(name(0), 100_000);
      run.fire(name(1), 100_000);
      await run.advanceTo(BEGIN - 15);
      for (let i = 2; i < ALERTS; i++) run.fire(name(i), 100_000);
      await run.advanceTo(BEGIN + 1);
      run.resolve(name(1));
      // Longer than one flush, so that it was tried and failed.
      await run.advanceTo(Math.max(BEGIN + 2, end - 5));
      for (let i = ALERTS; i < ALERTS + 5; i++) run.fire(name(i), 100_000);
      run.resolve(name(2));
      await run.advanceTo(end + WITHIN_SECONDS);
      run.resolve(name(3));
      await run.advanceTo(end + 400);
      const told = arrivals(run);
      const count = (alert: string): number => told.get(alert)?.length ?? 0;
      for (let i = 0; i < ALERTS + 5; i++) assert.equal(count(text(i)), 1, `${text(i)} is told once`);
      const latest = Math.max(...[...told.values()].flat());
      assert.ok(latest <= end + WITHIN_SECONDS, `the last at ${latest}, the outage ended at ${end}`);
      const resolutions = run.told.flatMap(({ resolved }) => resolved);
      for (const i of [1, 2, 3]) assert.equal(resolutions.filter((alert) => alert === text(i)).length, 1, text(i));
    });
  }
}

test('an alert that fired and ended while the receiver was away is told as missed, with both times', async () => {
  const run = startTestAlertmanager({
    config: CONFIG,
    answer: (_notification, at, signal) => (at < 200 ? (FAILURES.refused as Failure)(signal) : ACCEPTED),
  });
  run.fire(name(1), 100_000);
  await run.advanceTo(30);
  run.resolve(name(1));
  await run.advanceTo(400);
  const about = run.told.filter(({ groupKey }) => groupKey.includes('Alert1'));
  assert.deepEqual(
    about.map(({ reason, firing, resolved, missed }) => ({ reason, firing, resolved, missed })),
    [{ reason: 'missed alerts', firing: [], resolved: [text(1)], missed: 1 }],
  );
});

test('an alert that ended before anybody tried to tell it is told to nobody, as upstream has it', async () => {
  const run = startTestAlertmanager({ config: CONFIG });
  run.fire(name(1), 100_000);
  await run.advanceTo(5);
  run.resolve(name(1));
  await run.advanceTo(400);
  assert.deepEqual(run.told, []);
});

test('kill -9 while a receiver is away: after the restart it hears of alerts that nobody tells again', async () => {
  const records = memoryState();
  const isAway = { value: true };
  const answer = (_: unknown, __: number, signal: AbortSignal) =>
    isAway.value ? (FAILURES.refused as Failure)(signal) : ACCEPTED;
  const first = startTestAlertmanager({ config: CONFIG, records, answer });
  first.fire(name(1), 100_000);
  first.fire(name(2), 300);
  await first.advanceTo(50);
  await first.alertmanager[Symbol.asyncDispose]();
  isAway.value = false;
  const second = startTestAlertmanager({ config: CONFIG, records, clock: first.clock, answer });
  // One of them is told again by who watches it, the other has ended while the program was away.
  await second.advanceTo(60);
  second.fire(name(1), 100_000);
  await second.advanceTo(900);
  const told = arrivals(second);
  assert.deepEqual([told.get(text(1))?.length, told.get(text(2))?.length], [1, 1]);
  assert.deepEqual(
    second.told.flatMap(({ resolved }) => resolved),
    [text(2)],
  );
});

test('kill -9 between the receiver’s answer and our record: one more page, with the same idempotency key', async () => {
  const records = memoryState();
  const written = records.notifications as ReturnType<typeof import('./test_alertmanager.ts').memoryRecords>;
  written.fail = true;
  const first = startTestAlertmanager({ config: CONFIG, records });
  first.fire(name(1), 100_000);
  await first.advanceTo(20);
  const startsAtMs = [...first.alertmanager.alerts()][0]?.startsAtMs;
  await first.alertmanager[Symbol.asyncDispose]();
  written.fail = false;
  const second = startTestAlertmanager({ config: CONFIG, records, clock: first.clock });
  second.alertmanager.tell([
    { labels: labelsFrom(Object.entries(name(1))), annotations: [], startsAtMs, endsAtMs: undefined, generatorUrl: '' },
  ]);
  await second.advanceTo(200);
  assert.equal(first.told.length + second.told.length, 2);
  assert.equal(second.told[0]?.idempotencyKey, first.told[0]?.idempotencyKey);
});

/** Ends a process as kill -9 does: what it does afterwards reaches nobody. */
function killed(run: TestAlertmanager, records: ReturnType<typeof memoryState>): ReturnType<typeof memoryState> {
  const left = copiedState(records);
  void run.alertmanager[Symbol.asyncDispose]();
  return left;
}

test('kill -9 while the receiver has not answered yet: the same again with the same key, in the ledger and counted', async () => {
  const records = memoryState();
  const keys: string[] = [];
  const hangs = { value: true };
  const answer = (notification: Notification): Outcome | Promise<Outcome> => {
    keys.push(notification.idempotencyKey);
    return hangs.value ? new Promise<Outcome>(() => undefined) : ACCEPTED;
  };
  const first = startTestAlertmanager({ config: CONFIG, records, answer });
  for (const i of [1, 2, 3]) first.fire({ alertname: 'Down', instance: `${i}` }, 100_000);
  await first.advanceTo(12);
  assert.equal(keys.length, 1);
  const left = killed(first, records);
  hangs.value = false;
  const second = startTestAlertmanager({ config: CONFIG, records: left, clock: first.clock, answer });
  await second.advanceTo(13);
  assert.equal(second.told.length, 1);
  assert.equal(second.told[0]?.firing.length, 3);
  assert.deepEqual(new Set(keys).size, 1);
  assert.match(second.registry.render(), /^trilith_notifications_repeated_total 1$/m);
  const attempts = second.events.flatMap((event) => (event.kind === 'attempt' ? [event.error] : []));
  assert.deepEqual(attempts, [
    'the program ended before the answer came: told again with the same Idempotency-Key',
    '',
  ]);
  // Told again by who watches them, and nothing of it twice: not after another restart either.
  for (const i of [1, 2, 3]) second.fire({ alertname: 'Down', instance: `${i}` }, 100_000);
  await second.advanceTo(600);
  const third = startTestAlertmanager({ config: CONFIG, records: killed(second, left), clock: first.clock, answer });
  await third.advanceTo(1_200);
  assert.deepEqual([second.told.length, third.told.length], [1, 0]);
});

test('kill -9 while the end of an alert is being told: the end is told again', async () => {
  const records = memoryState();
  const hangs = { value: false };
  const answer = (): Outcome | Promise<Outcome> => (hangs.value ? new Promise<Outcome>(() => undefined) : ACCEPTED);
  const first = startTestAlertmanager({ config: CONFIG, records, answer });
  first.fire(name(1), 100_000);
  await first.advanceTo(30);
  hangs.value = true;
  first.resolve(name(1));
  await first.advanceTo(75);
  const left = killed(first, records);
  hangs.value = false;
  const second = startTestAlertmanager({ config: CONFIG, records: left, clock: first.clock, answer });
  await second.advanceTo(76);
  assert.deepEqual(
    second.told.map(({ reason, resolved, missed }) => [reason, resolved, missed]),
    [['all alerts resolved', [text(1)], 0]],
  );
});

test('kill -9 after an alert was told: when it ended while the program was away, its end is told', async () => {
  const records = memoryState();
  const first = startTestAlertmanager({ config: CONFIG, records });
  for (const i of [1, 2]) first.fire({ alertname: 'Down', instance: `${i}` }, 200);
  await first.advanceTo(30);
  const second = startTestAlertmanager({ config: CONFIG, records: killed(first, records), clock: first.clock });
  await second.advanceTo(60);
  second.fire({ alertname: 'Down', instance: '1' }, 100_000);
  await second.advanceTo(300);
  assert.equal(second.told.length, 0, 'nothing is told before whoever watches had time to tell it again');
  await second.advanceTo(500);
  assert.deepEqual(
    second.told.map(({ reason, firing, resolved }) => [reason, firing.length, resolved]),
    [['some alerts resolved', 1, ['alertname Down instance 2']]],
  );
});

test('a decision that cannot be written down in time holds no page up', async () => {
  const records = memoryState();
  const run = startTestAlertmanager({
    config: CONFIG,
    records: { ...records, undelivered: { ...records.undelivered, put: () => new Promise(() => undefined) } },
  });
  run.fire(name(1), 100_000);
  await run.advanceTo(13);
  assert.deepEqual(run.told[0]?.firing, [text(1)]);
});

test('an attempt and its outcome is noted each time, with what the receiver answered', async () => {
  const run = startTestAlertmanager({
    config: CONFIG,
    answer: (_notification, at, signal) => (at < 12 ? (FAILURES['status 500'] as Failure)(signal) : ACCEPTED),
  });
  run.fire(name(1), 100_000);
  await run.advanceTo(30);
  const attempts = run.events.flatMap((event) =>
    event.kind === 'attempt' ? [`${event.attempt} ${event.outcome} ${event.status}`] : [],
  );
  assert.deepEqual(attempts, ['1 retried 500', '2 retried 500', '3 retried 500', '4 accepted 200']);
});

test('a backlog goes to its receiver a bounded number at a time, the urgent first, then the oldest', async () => {
  let running = 0;
  let most = 0;
  const run = startTestAlertmanager({
    config: CONFIG,
    answer: async (_notification, at, signal) => {
      if (at < 50) return (FAILURES.refused as Failure)(signal);
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => run.clock.at(run.clock.nowMs() + 1_000, resolve));
      running--;
      return ACCEPTED;
    },
  });
  const severities = ['info', 'warning', 'page', 'critical'];
  for (let i = 0; i < 400; i++)
    run.fire({ alertname: `Backlog${i}`, severity: severities[i % severities.length] as string }, 100_000);
  await run.advanceTo(120);
  assert.equal(most, 32);
  const told = run.told.flatMap(({ firing }) => firing.filter((alert) => alert.includes('Backlog')));
  assert.equal(new Set(told).size, 400);
  // Whoever had a turn when the receiver came back is before the queue.
  const queued = told.slice(32).map((alert) => alert.split(' ').at(-1));
  const firstWarning = queued.indexOf('warning');
  assert.ok(queued.lastIndexOf('page') <= firstWarning + 32, queued.join(' '));
});

test('a backlog of 1,000 groups drains within six seconds of the outage, each told once, the urgent first', async () => {
  const [backlog, ends, within] = [1_000, 30, 6];
  const run = startTestAlertmanager({
    config: CONFIG,
    answer: async (_notification, at) => {
      if (at < ends) return { error: 'too many', retry: true, status: 429, retryAfterMs: 10_000, providerId: '' };
      await new Promise<void>((resolve) => run.clock.at(run.clock.nowMs() + 100, resolve));
      return ACCEPTED;
    },
  });
  for (let i = 0; i < backlog; i++)
    run.fire({ alertname: `Backlog${i}`, severity: i % 10 === 0 ? 'critical' : 'info' }, 100_000);
  await run.advanceTo(ends + within);
  const told = run.told.flatMap(({ firing, at }) =>
    firing.filter((alert) => alert.includes('Backlog')).map((alert) => ({ alert, at })),
  );
  assert.equal(told.length, backlog);
  assert.equal(new Set(told.map(({ alert }) => alert)).size, backlog);
  const critical = told.filter(({ alert }) => alert.endsWith('critical'));
  assert.ok((critical.at(-1)?.at ?? 0) <= ends + 1, 'a tenth of them, told in a tenth of the time');
});

for (const [when, awayFrom] of [
  ['fired, ended and fired again while the receiver was away', 0],
  ['was told, and ended and fired again while the receiver was away', 30],
] as const)
  test(`an alert that ${when} is told as firing once, with the newer start`, async () => {
    const told: [at: number, reason: string, starts: number[]][] = [];
    const run = startTestAlertmanager({
      config: CONFIG,
      answer: ({ reason, alerts, groupKey }, at, signal) => {
        if (!groupKey.includes('Alert1')) return ACCEPTED;
        if (at >= awayFrom && at < 400) return (FAILURES.refused as Failure)(signal);
        told.push([at, reason, alerts.map(({ startsAtMs }) => (startsAtMs - START_MS) / 1000)]);
        return ACCEPTED;
      },
    });
    run.fire(name(1), 100_000);
    await run.advanceTo(50);
    run.resolve(name(1));
    await run.advanceTo(200);
    run.fire(name(1), 100_000);
    await run.advanceTo(900);
    const after = told.filter(([at]) => at >= 400);
    assert.deepEqual(
      after.map(([, reason, starts]) => [reason, starts]),
      [[awayFrom === 0 ? 'first notification' : 'missed alerts', [200]]],
    );
    assert.ok((after[0]?.[0] ?? 0) <= 400 + WITHIN_SECONDS);
  });

test('rules that go on after a restart end what they do not give any more, and nothing else', async () => {
  const records = memoryState();
  const first = startTestAlertmanager({ config: CONFIG, records });
  const told = (alertname: string, instance: string, link: string) => ({
    labels: labelsFrom([
      ['alertname', alertname],
      ['instance', instance],
    ]),
    annotations: [],
    startsAtMs: first.clock.nowMs(),
    endsAtMs: first.clock.nowMs() + 3_600_000,
    generatorUrl: link,
  });
  // `SameExpression` is of another rule with the same expression, `c` of a rule that is not loaded any more.
  first.alertmanager.tell([
    ...['a', 'b'].map((instance) => told('Down', instance, 'rule')),
    told('Down', 'c', 'other'),
    told('SameExpression', 'a', 'rule'),
  ]);
  await first.advanceTo(30);
  const second = startTestAlertmanager({ config: CONFIG, records: killed(first, records), clock: first.clock });
  await second.advanceTo(40);
  const active = new Set([['alertname', 'Down', 'instance', 'a'].join('\u0000')]);
  await second.alertmanager.endMissing({ name: 'Down', links: new Set(['rule']), active }, second.clock.nowMs());
  await second.advanceTo(150);
  assert.deepEqual(
    second.told.flatMap(({ resolved }) => resolved),
    ['alertname Down instance b'],
  );
});
