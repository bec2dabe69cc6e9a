import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsFrom } from '../model/labels.ts';
import { memoryState, refused, startTestAlertmanager, type TestAlertmanager } from './test_alertmanager.ts';

const CONFIG = `
route:
  receiver: root
  group_by: [alertname]
  group_wait: 10s
  group_interval: 1m
  repeat_interval: 1h
  routes:
    - receiver: team
      matchers: [team="a"]
      routes:
        - receiver: page
          matchers: [severity="page"]
          group_by: ['...']
    - receiver: copy
      matchers: [copy="yes"]
      continue: true
    - receiver: night
      matchers: [night="yes"]
      mute_time_intervals: [afternoon]
    - receiver: day
      matchers: [day="yes"]
      active_time_intervals: [morning]
inhibit_rules:
  - source_matchers: [severity="page"]
    target_matchers: [severity="info"]
    equal: [cluster]
time_intervals:
  - name: afternoon
    time_intervals: [{times: [{start_time: '12:00', end_time: '13:00'}]}]
  - name: morning
    time_intervals: [{times: [{start_time: '06:00', end_time: '12:00'}, {start_time: '13:00', end_time: '13:30'}]}]
receivers:
  - name: root
    webhook_configs: [{url: 'http://127.0.0.1/root'}]
  - name: team
    webhook_configs: [{url: 'http://127.0.0.1/team'}]
  - name: page
    webhook_configs: [{url: 'http://127.0.0.1/page', send_resolved: false}]
  - name: copy
    webhook_configs: [{url: 'http://127.0.0.1/copy'}]
  - name: night
    webhook_configs: [{url: 'http://127.0.0.1/night'}]
  - name: day
    webhook_configs: [{url: 'http://127.0.0.1/day'}]
`;

const brief = ({ told }: TestAlertmanager): string[] =>
  told.map(
    ({ at, receiver, reason, firing, resolved }) =>
      `${at} ${receiver}: ${reason} +${firing.length} -${resolved.length}`,
  );

test('alerts of a group are told together after group_wait, news after group_interval, nothing new after repeat_interval', async () => {
  const run = startTestAlertmanager({ config: CONFIG });
  run.fire({ alertname: 'Down', instance: 'a' }, 10_000);
  await run.advanceTo(5);
  run.fire({ alertname: 'Down', instance: 'b' }, 10_000);
  await run.advanceTo(40);
  run.fire({ alertname: 'Down', instance: 'c' }, 10_000);
  await run.advanceTo(3800);
  assert.deepEqual(brief(run), [
    '10 root: first notification +2 -0',
    '70 root: new alerts added +3 -0',
    '3730 root: repeat interval elapsed +3 -0',
  ]);
  assert.equal(run.told[0]?.groupKey, '{}:{alertname="Down"}');
});

test('resolutions are told once, the group ends, and a new fire is a first notification', async () => {
  const run = startTestAlertmanager({ config: CONFIG });
  run.fire({ alertname: 'Down', instance: 'a' }, 10_000);
  run.fire({ alertname: 'Down', instance: 'b' }, 10_000);
  await run.advanceTo(30);
  run.resolve({ alertname: 'Down', instance: 'a' });
  await run.advanceTo(100);
  run.resolve({ alertname: 'Down', instance: 'b' });
  await run.advanceTo(400);
  assert.deepEqual(run.alertmanager.groups(), []);
  run.fire({ alertname: 'Down', instance: 'a' }, 10_000);
  await run.advanceTo(500);
  assert.deepEqual(brief(run), [
    '10 root: first notification +2 -0',
    '70 root: some alerts resolved +1 -1',
    '130 root: all alerts resolved +0 -1',
    '410 root: first notification +1 -0',
  ]);
});

test('an alert nobody tells again is over after resolve_timeout', async () => {
  const run = startTestAlertmanager({ config: CONFIG });
  run.fire({ alertname: 'Down' });
  await run.advanceTo(600);
  assert.deepEqual(brief(run), ['10 root: first notification +1 -0', '310 root: all alerts resolved +0 -1']);
});

test('send_resolved: false tells no resolution, and the next fire all the same', async () => {
  const run = startTestAlertmanager({ config: CONFIG });
  const labels = { alertname: 'Down', team: 'a', severity: 'page' };
  run.fire(labels, 10_000);
  await run.advanceTo(20);
  run.resolve(labels);
  await run.advanceTo(100);
  run.fire(labels, 10_000);
  await run.advanceTo(200);
  assert.deepEqual(brief(run), ['10 page: first notification +1 -0', '110 page: first notification +1 -0']);
});

test('routes: the deepest that matches, siblings after continue, groups by every label with `...`', async () => {
  const run = startTestAlertmanager({ config: CONFIG });
  run.fire({ alertname: 'A', team: 'a' }, 10_000);
  run.fire({ alertname: 'A', team: 'a', severity: 'page', instance: '1' }, 10_000);
  run.fire({ alertname: 'A', team: 'a', severity: 'page', instance: '2' }, 10_000);
  run.fire({ alertname: 'A', copy: 'yes', night: 'no', day: 'no' }, 10_000);
  await run.advanceTo(60);
  assert.deepEqual(run.told.map(({ receiver, groupKey }) => `${receiver} ${groupKey}`).sort(), [
    'copy {}/{copy="yes"}:{alertname="A"}',
    'page {}/{team="a"}/{severity="page"}:{alertname="A", instance="1", severity="page", team="a"}',
    'page {}/{team="a"}/{severity="page"}:{alertname="A", instance="2", severity="page", team="a"}',
    'team {}/{team="a"}:{alertname="A"}',
  ]);
  const routed = run.events.filter(({ kind }) => kind === 'routed');
  assert.equal(routed.length, 4);
});

test('an inhibited alert is held while its source fires, noted once, and told when the source has ended', async () => {
  const run = startTestAlertmanager({ config: CONFIG });
  run.fire({ alertname: 'Cluster', severity: 'page', cluster: 'x' }, 200);
  run.fire({ alertname: 'Pod', severity: 'info', cluster: 'x' }, 10_000);
  run.fire({ alertname: 'Pod', severity: 'info', cluster: 'y' }, 10_000);
  await run.advanceTo(400);
  assert.deepEqual(brief(run), [
    '10 root: first notification +1 -0',
    '10 root: first notification +1 -0',
    '250 root: all alerts resolved +0 -1',
    '250 root: new alerts added +2 -0',
  ]);
  const held = run.events.filter((event) => event.kind === 'held');
  assert.deepEqual(
    held.map(({ reason, labels }) => [reason, labels.join(' ')]),
    [['inhibited', 'alertname Pod cluster x severity info']],
  );
});

test('an alert of a drill holds nothing back, and is held back itself', async () => {
  const run = startTestAlertmanager({ config: CONFIG });
  run.fire({ alertname: 'Drilled', severity: 'page', cluster: 'x', trilith_drill: 'd1' }, 10_000);
  run.fire({ alertname: 'Cluster', severity: 'page', cluster: 'y' }, 10_000);
  run.fire({ alertname: 'Pod', severity: 'info', cluster: 'x' }, 10_000);
  run.fire({ alertname: 'Pod', severity: 'info', cluster: 'y', trilith_drill: 'd2' }, 10_000);
  await run.alertmanager.reload(run.alertmanager.config, () => []);
  await run.advanceTo(100);
  const held = run.events.filter((event) => event.kind === 'held');
  assert.deepEqual(
    held.map(({ reason, labels }) => [reason, labels.join(' ')]),
    [['inhibited', 'alertname Pod cluster y severity info trilith_drill d2']],
  );
});

test('muted and inactive routes tell nothing, and tell it when their time has come', async () => {
  const run = startTestAlertmanager({ config: CONFIG });
  run.fire({ alertname: 'N', night: 'yes' }, 20_000);
  run.fire({ alertname: 'D', day: 'yes' }, 20_000);
  await run.advanceTo(300);
  assert.deepEqual(brief(run), []);
  assert.deepEqual(
    run.alertmanager.groups().map(({ mutedBy }) => mutedBy),
    [['afternoon'], ['morning']],
  );
  await run.advanceTo(3700);
  assert.deepEqual(brief(run), ['3610 night: first notification +1 -0', '3610 day: first notification +1 -0']);
  assert.deepEqual(
    run.events.flatMap((event) => (event.kind === 'held' ? [`${event.reason} ${event.by}`] : [])),
    ['muted afternoon', 'inactive morning'],
  );
});

test('a silence holds what matches it from its start to its end, is kept over a restart, and can be ended', async () => {
  const records = memoryState();
  const run = startTestAlertmanager({ config: CONFIG, records });
  await run.advanceTo(1);
  const silence = (matcher: 'a' | 'b', startsAt: number, endsAt: number) => ({
    id: '',
    matchers: [{ name: 'instance', operator: '=', value: matcher } as const],
    startsAtMs: run.clock.nowMs() + startsAt * 1000,
    endsAtMs: run.clock.nowMs() + endsAt * 1000,
    createdBy: 'test',
    comment: '',
    annotations: {},
  });
  const { silences } = run.alertmanager;
  const a = await silences.set(silence('a', 0, 10_000), 'test');
  await silences.set(silence('b', 0, 200), 'test');
  run.fire({ alertname: 'Down', instance: 'a' }, 20_000);
  run.fire({ alertname: 'Down', instance: 'b' }, 20_000);
  await run.advanceTo(400);
  assert.deepEqual(
    run.told.map(({ at, firing }) => [at, firing]),
    [[251, ['alertname Down instance b']]],
  );
  const again = startTestAlertmanager({ config: CONFIG, records, clock: run.clock });
  await run.advanceTo(401);
  assert.deepEqual(again.alertmanager.silences.by(labelsFrom([['instance', 'a']])), [a]);
  await again.alertmanager.silences.expire(a, 'test');
  assert.deepEqual(again.alertmanager.silences.by(labelsFrom([['instance', 'a']])), []);
});

test('what was told is known after a restart: no second page before repeat_interval', async () => {
  const records = memoryState();
  const first = startTestAlertmanager({ config: CONFIG, records });
  first.fire({ alertname: 'Down' }, 10_000);
  await first.advanceTo(30);
  await first.alertmanager[Symbol.asyncDispose]();
  const second = startTestAlertmanager({ config: CONFIG, records, clock: first.clock });
  second.fire({ alertname: 'Down' }, 10_000);
  await second.advanceTo(3600);
  assert.deepEqual(brief(second), []);
  await second.advanceTo(3700);
  assert.deepEqual(brief(second), ['3640 root: repeat interval elapsed +1 -0']);
});

test('acknowledged alerts are not repeated; a new alert of the group and the resolution are told', async () => {
  let acknowledged = new Set<string>();
  const run = startTestAlertmanager({
    config: CONFIG,
    acknowledgedBy: (_key, labels) => (acknowledged.has(labels.join(' ')) ? 'ann' : undefined),
  });
  run.fire({ alertname: 'Down', instance: 'a' }, 100_000);
  await run.advanceTo(100);
  acknowledged = new Set(['alertname Down instance a']);
  await run.advanceTo(8000);
  assert.deepEqual(brief(run), ['10 root: first notification +1 -0']);
  assert.deepEqual(
    run.events.flatMap((event) => (event.kind === 'held' ? [`${event.reason} ${event.by}`] : [])),
    ['acknowledged ann'],
  );
  run.fire({ alertname: 'Down', instance: 'b' }, 100_000);
  await run.advanceTo(8200);
  run.resolve({ alertname: 'Down', instance: 'a' });
  run.resolve({ alertname: 'Down', instance: 'b' });
  await run.advanceTo(8400);
  assert.deepEqual(brief(run).slice(1), ['8050 root: new alerts added +2 -0', '8230 root: all alerts resolved +0 -2']);
});

test('a new configuration groups alerts anew and does not tell again what its group key was told', async () => {
  const run = startTestAlertmanager({ config: CONFIG });
  run.fire({ alertname: 'Down' }, 100_000);
  await run.advanceTo(60);
  const { alertmanager } = run;
  await alertmanager.reload(alertmanager.config, run.integrationsOf);
  await run.advanceTo(1000);
  assert.equal(alertmanager.groups().length, 1);
  assert.deepEqual(brief(run), ['10 root: first notification +1 -0']);
});

test('the record of what was told is written again when the first try failed', async () => {
  const records = memoryState();
  const notifications = records.notifications as ReturnType<typeof import('./test_alertmanager.ts').memoryRecords>;
  notifications.fail = true;
  const run = startTestAlertmanager({ config: CONFIG, records });
  run.fire({ alertname: 'A' }, 100_000);
  await run.advanceTo(60);
  assert.equal(notifications.written.length, 0);
  notifications.fail = false;
  run.fire({ alertname: 'B' }, 100_000);
  await run.advanceTo(200);
  assert.equal(notifications.written.length, 2);
  assert.deepEqual(brief(run), ['10 root: first notification +1 -0', '70 root: first notification +1 -0']);
});

test('a receiver that fails is an alert of its own until it takes something', async () => {
  const run = startTestAlertmanager({
    config: CONFIG,
    answer: ({ receiver }, at) =>
      receiver === 'team' && at < 200 ? refused() : { retry: false, status: 200, providerId: '' },
  });
  run.fire({ alertname: 'Down', team: 'a' }, 100_000);
  await run.advanceTo(600);
  const failing = run.told.filter(({ receiver }) => receiver === 'root');
  assert.deepEqual(
    failing.map(({ reason, firing }) => `${reason} ${firing[0] ?? ''}`),
    [
      'first notification alertname TrilithReceiverFailing integration webhook[0] receiver team severity critical',
      'all alerts resolved ',
    ],
  );
});
