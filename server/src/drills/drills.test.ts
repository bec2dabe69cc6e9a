import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DrillRun } from '@trilith/contract';
import { type Alert, DRILL_LABEL } from '../model/alert.ts';
import { labelsFrom, labelValue } from '../model/labels.ts';
import { parseDrills } from './drill_file.ts';
import { DrillRefused } from './drills.ts';
import { SECOND, START_MS, STUB, startWorld, type World } from './test_world.ts';

const FAULT = (more: string): string => `drills:
  - alert: Errors
    fault: { on: http://demo/faults/x/on, off: http://demo/faults/x/off }
${more}`;
const INJECT = (more = ''): string => `drills:
  - alert: Errors
    inject:
      interval: 1m
      series: [{ series: 'errors_total{job="pay"}', values: 0+600x30 }]
${more}`;

const shown = ({ hops }: DrillRun): Record<string, string> =>
  Object.fromEntries(hops.map(({ hop, outcome }) => [hop, outcome]));
const textOf = (run: DrillRun, hop: string): string => run.hops.find((one) => one.hop === hop)?.text ?? '';

test('injected telemetry: the rule waits its `for` in virtual time, its page is told, acknowledged, and ends', async () => {
  const world = startWorld({ acknowledgedAfterMs: 3 * SECOND });
  const run = await world.run(
    INJECT(
      '    expect: { receiver: team, runbook: opens, evidence: [graph, logs], acknowledged: { within: 1m, by: anna } }',
    ),
    60,
  );
  assert.equal(run.state, 'passed', JSON.stringify(run.hops));
  assert.deepEqual(shown(run), {
    ...{ start: 'passed', series: 'passed', pending: 'passed', firing: 'passed', route: 'passed', receiver: 'passed' },
    ...{ runbook: 'passed', evidence: 'passed', acknowledged: 'passed', escalated: 'skipped', resolved: 'passed' },
    told: 'passed',
  });
  const firing = run.hops.find(({ hop }) => hop === 'firing');
  assert.deepEqual([firing?.isVirtual, firing?.tookMs], [true, 600 * SECOND]);
  assert.match(run.notes.join(), /virtual time/);
  assert.match(textOf(run, 'receiver'), /team\/webhook\[0\] took it: 200 \(id p1\)/);
  const [first] = world.put;
  assert.ok(first !== undefined);
  assert.equal(labelValue(first.labels, DRILL_LABEL), run.id);
  assert.equal(labelValue(first.labels, 'region'), 'eu');
  assert.equal(labelValue(first.annotations, 'summary'), 'DRILL: errors of {{ $labels.job }}');
  assert.ok((world.put.at(-1)?.endsAtMs ?? Infinity) <= world.clock.nowMs());
  assert.ok(world.ledger.length > 0);
  assert.ok(world.ledger.every((event) => 'labels' in event && labelValue(event.labels, DRILL_LABEL) === run.id));
});

test('injected lines make a rule over logs fire', async () => {
  const text = `drills:
  - alert: LogErrors
    inject: { interval: 1m, logs: [{ stream: { app: pay }, line: boom, counts: 0x3 5x5 }] }`;
  const run = await startWorld().run(text, 60);
  assert.equal(run.state, 'passed', JSON.stringify(run.hops));
  assert.equal(shown(run).series, 'skipped');
});

const FAILURES: readonly (readonly [name: string, world: World, text: string, hop: string, seen: RegExp])[] = [
  [
    'no series',
    { live: () => undefined },
    FAULT('    deadlines: { series: 20s }'),
    'series',
    /no series of job:errors/,
  ],
  [
    'the fault does nothing',
    { live: () => 0.5 },
    FAULT('    deadlines: { pending: 30s }'),
    'pending',
    /job:errors:rate5m is 0.5, > 1 is asked for/,
  ],
  [
    'the condition holds for too short a time',
    { live: (seconds) => (seconds !== undefined && seconds < 30 ? 5 : 0) },
    FAULT('    hold: 1m'),
    'firing',
    /was pending, then the condition does not hold/,
  ],
  [
    'another receiver',
    { receiver: 'others' },
    INJECT('    expect: { receiver: team }'),
    'route',
    /others \(route 1, .*not to team/,
  ],
  ['no route', { noRoute: true }, INJECT(), 'route', /no route/],
  ['silenced', { held: 'silenced' }, INJECT(), 'receiver', /silenced by s1/],
  ['inhibited', { held: 'inhibited' }, INJECT(), 'receiver', /inhibited/],
  ['muted', { held: 'muted' }, INJECT(), 'receiver', /muted/],
  [
    'the receiver refuses',
    { attempt: () => ({ outcome: 'failed', status: 404, error: 'no such channel' }) },
    INJECT(),
    'receiver',
    /did not take it \(attempt 1\): 404 no such channel/,
  ],
  [
    'the receiver is down',
    { attempt: () => ({ outcome: 'retried', status: 503, error: 'away' }) },
    INJECT('    deadlines: { receiver: 30s }'),
    'receiver',
    /503 away/,
  ],
  [
    'no runbook',
    { evidence: { runbookUrl: '', pieces: [] } },
    INJECT('    expect: { runbook: link }'),
    'runbook',
    /no link/,
  ],
  [
    'a dead runbook',
    { evidence: { runbookUrl: 'https://dead', pieces: [] } },
    INJECT('    expect: { runbook: opens }'),
    'runbook',
    /404/,
  ],
  [
    'evidence is missing',
    { evidence: { runbookUrl: '', pieces: ['graph'] } },
    INJECT('    expect: { evidence: [graph, logs, trace] }'),
    'evidence',
    /no logs \(found too late\) and no trace$/,
  ],
  [
    'a silent person',
    { escalatedAfterMs: 20 * SECOND },
    INJECT('    expect: { acknowledged: { within: 10s }, escalated: { within: 30s, to: boris } }'),
    'acknowledged',
    /nobody acknowledged within 10 s; escalated to boris at 12:00:2[56] UTC/,
  ],
  [
    'somebody else answers',
    { acknowledgedAfterMs: SECOND },
    INJECT('    expect: { acknowledged: { within: 10s, by: boris } }'),
    'acknowledged',
    /anna acknowledged, not boris/,
  ],
  [
    'nobody is next',
    {},
    INJECT('    expect: { escalated: { within: 30s } }'),
    'escalated',
    /not escalated within 30 s/,
  ],
  [
    'the condition goes on',
    { live: () => 5 },
    FAULT('    hold: 10s\n    deadlines: { resolved: 1m }'),
    'resolved',
    /still holds/,
  ],
];
for (const [name, world, text, hop, seen] of FAILURES)
  test(`${name}: the drill fails at ${hop}, says what was seen and what to do, and leaves nothing behind`, async () => {
    const started = startWorld(world);
    const run = await started.run(text, 600);
    assert.deepEqual([run.state, run.failedHop], ['failed', hop], JSON.stringify(run.hops));
    assert.match(textOf(run, hop), seen);
    assert.notEqual(run.hops.find((one) => one.hop === hop)?.advice, '');
    assert.equal(run.hops.findLast(({ outcome }) => outcome === 'failed')?.hop, hop);
    const last = started.put.at(-1);
    assert.ok(last === undefined || last.endsAtMs <= started.clock.nowMs());
    if (run.kind === 'fault') assert.equal(started.switched.at(-1), 'http://demo/faults/x/off');
  });

test('escalation is asked for alone: silence is what it takes', async () => {
  const run = await startWorld({ escalatedAfterMs: 20 * SECOND }).run(
    INJECT('    expect: { escalated: { within: 30s, to: boris } }'),
    120,
  );
  assert.equal(run.state, 'passed', JSON.stringify(run.hops));
  assert.deepEqual([shown(run).acknowledged, shown(run).escalated], ['skipped', 'passed']);
});

test('a fault is held as long as the drill says, or as the rule does; budgets leave its time out', async () => {
  for (const [trueTime, expectedMs] of [
    [false, 20 * SECOND],
    [true, 600 * SECOND],
  ] as const) {
    const world = startWorld();
    const run = await world.run(FAULT('    hold: 20s'), 1_200, trueTime);
    assert.equal(run.state, 'passed', JSON.stringify(run.hops));
    assert.equal(run.hops.find(({ hop }) => hop === 'firing')?.tookMs, expectedMs);
    assert.equal(run.notes.length, trueTime ? 0 : 1);
    assert.deepEqual(world.switched, ['http://demo/faults/x/on', 'http://demo/faults/x/off']);
    const [excluded] = world.excluded;
    assert.equal(excluded?.fromMs, START_MS);
    assert.ok((excluded?.toMs ?? 0) > START_MS + expectedMs && (excluded?.toMs ?? 0) <= world.clock.nowMs());
  }
});

test('while a fault is on, the rule’s own alerts are the drill’s; afterwards they are its own again', async () => {
  const world = startWorld();
  const own: Alert = {
    labels: labelsFrom([
      ['alertname', 'Errors'],
      ['severity', 'page'],
      ['job', 'pay'],
    ]),
    annotations: [],
    startsAtMs: START_MS,
    endsAtMs: START_MS + 1,
    updatedAtMs: START_MS,
    generatorUrl: '',
  };
  const event = {
    kind: 'state',
    timeMs: START_MS,
    labels: own.labels,
    from: 'pending',
    to: 'firing',
    value: 1,
  } as const;
  const rule = { file: 'rules.yml', group: 'payments', rule: 'Errors' };
  assert.deepEqual(world.drills.marked([own]), [own]);
  const [run] = await world.drills.start(parseDrills(FAULT('    hold: 20s')), { trueTime: false, author: '' });
  await world.clock.advanceTo(START_MS + 10 * SECOND);
  // The drill tells the alert itself: nobody is paged twice.
  assert.deepEqual(world.drills.marked([own]), []);
  const [marked] = world.drills.markedEvents([{ ...event, rule }]);
  assert.equal(marked?.kind === 'state' && labelValue(marked.labels, DRILL_LABEL), run?.id);
  const [other] = world.drills.markedEvents([{ ...event, rule: { ...rule, group: 'other' } }]);
  assert.equal(other?.kind === 'state' && labelValue(other.labels, DRILL_LABEL), '');
  // A second drill would be taken for the first.
  await assert.rejects(world.drills.start(parseDrills(FAULT('')), { trueTime: false, author: '' }), DrillRefused);
  world.setOwn(1);
  world.drills.stop(run?.id ?? '');
  await world.clock.advanceTo(START_MS + 60 * SECOND);
  assert.equal(world.kept.get(run?.id ?? '')?.state, 'stopped');
  assert.equal(world.switched.at(-1), 'http://demo/faults/x/off');
  // What it has left is told, as the drill's, for as long as it takes, but not for ever.
  assert.equal(labelValue(world.drills.marked([own])[0]?.labels ?? [], DRILL_LABEL), run?.id);
  await world.clock.advanceTo(START_MS + 17 * 60 * SECOND);
  assert.deepEqual(world.drills.marked([own]), [own]);
});

test('what else the rule finds while a fault is on is in earnest: it is told as it is, before, while and after the drill tells its own', async () => {
  const world = startWorld();
  const ownOf = (job: string, startsAtMs: number): Alert => ({
    labels: labelsFrom([
      ['alertname', 'Errors'],
      ['severity', 'page'],
      ['region', 'eu'],
      ['job', job],
    ]),
    ...{ annotations: [], startsAtMs, endsAtMs: startsAtMs + 240 * SECOND, updatedAtMs: startsAtMs, generatorUrl: '' },
  });
  const [run] = await world.drills.start(parseDrills(FAULT('    hold: 20s')), { trueTime: false, author: '' });
  await world.clock.advanceTo(START_MS + 15 * SECOND);
  const other = ownOf('shop', START_MS);
  assert.deepEqual(world.drills.marked([ownOf('pay', START_MS), other]), [other]);
  // The drill has not looked since: the rule tells it again when it is decided.
  const late = ownOf('ship', START_MS + 15 * SECOND);
  assert.deepEqual(world.drills.marked([late]), []);
  await world.clock.advanceTo(START_MS + 22 * SECOND);
  assert.deepEqual(world.drills.marked([ownOf('pay', START_MS), other, late]), [other, late]);
  const rule = { file: 'rules.yml', group: 'payments', rule: 'Errors' };
  const event = {
    kind: 'state',
    timeMs: START_MS + 30 * SECOND,
    from: 'pending',
    to: 'firing',
    value: 1,
    rule,
  } as const;
  const drillOf = (labels: Alert['labels']): string[] =>
    world.drills
      .markedEvents([{ ...event, labels }])
      .map((marked) => (marked.kind === 'state' ? labelValue(marked.labels, DRILL_LABEL) : ''));
  assert.deepEqual(
    [...drillOf(['alertname', 'Errors', 'job', 'pay', 'severity', 'page']), ...drillOf(other.labels)],
    [run?.id, ''],
  );
  world.setOwn(2);
  world.drills.stop(run?.id ?? '');
  await world.clock.advanceTo(START_MS + 60 * SECOND);
  const after = world.drills.marked([ownOf('pay', START_MS), other]);
  assert.deepEqual(
    after.map(({ labels }) => labelValue(labels, DRILL_LABEL)),
    [run?.id, ''],
  );
});

test('a drill with an address of its own is told there for good: after it failed, was stopped or the server ended', async () => {
  const withStub = (text: string): string => `${text}    receiver: ${STUB}\n`;
  const stub = { to: 'stub', url: STUB };
  const world = startWorld({ attempt: () => ({ outcome: 'retried', status: 503, error: 'away' }) });
  const failed = await world.run(withStub(INJECT('    deadlines: { receiver: 20s }\n')), 60);
  assert.equal(failed.failedHop, 'receiver');
  assert.deepEqual(world.drills.destinationOf([failed.id]), stub);
  const [stopped] = await world.drills.start(parseDrills(withStub(FAULT(''))), { trueTime: false, author: '' });
  assert.deepEqual(world.drills.destinationOf([stopped?.id ?? '']), stub);
  world.drills.stop(stopped?.id ?? '');
  await world.clock.advanceTo(world.clock.nowMs() + SECOND);
  assert.deepEqual(world.drills.destinationOf([stopped?.id ?? '']), stub);
  const later = startWorld();
  later.kept.set(failed.id, failed);
  assert.deepEqual(later.drills.destinationOf([failed.id]), { to: 'later' });
  await later.drills.begin();
  assert.deepEqual(later.drills.destinationOf([failed.id]), stub);
  assert.deepEqual(later.drills.destinationOf(['unknown']), { to: 'nobody' });
  assert.deepEqual(later.drills.destinationOf([]), { to: 'receiver' });
  const plain = await later.run(INJECT(), 10);
  assert.deepEqual(later.drills.destinationOf([plain.id]), { to: 'receiver' });
  assert.deepEqual(later.drills.destinationOf([failed.id, plain.id]), { to: 'receiver' });
});

test('of two starts at once one gets the fault; a start that cannot be written down leaves it free', async () => {
  let keeps = false;
  const world = startWorld({ keeps: () => keeps });
  const start = (): Promise<readonly DrillRun[]> =>
    world.drills.start(parseDrills(FAULT('')), { trueTime: false, author: '' });
  await assert.rejects(start(), /the disk is full/);
  keeps = true;
  const [first, second] = await Promise.allSettled([start(), start()]);
  assert.equal(first?.status, 'fulfilled');
  assert.ok(second?.status === 'rejected' && second.reason instanceof DrillRefused);
  await world.clock.advanceTo(START_MS + SECOND);
  assert.deepEqual(world.switched, ['http://demo/faults/x/on']);
});

test('a rule that fires is not drilled, nor one that is not loaded', async () => {
  const world = startWorld();
  world.setOwn(2);
  const run = await world.run(FAULT(''), 10);
  assert.deepEqual([run.failedHop, world.switched], ['start', []]);
  await assert.rejects(
    world.drills.start(parseDrills(INJECT().replace('alert: Errors', 'alert: Nothing')), {
      trueTime: false,
      author: '',
    }),
    /no alerting rule Nothing is loaded/,
  );
});

test('a fault that cannot be switched off is said so', async () => {
  const world = startWorld({
    flip(url) {
      if (url.endsWith('/off')) throw new Error('connection refused');
    },
  });
  const run = await world.run(FAULT('    hold: 10s'), 120);
  assert.deepEqual([run.state, run.failedHop], ['failed', 'resolved']);
  assert.match(run.hops.find(({ hop }) => hop === 'resolved')?.advice ?? '', /by hand/);
});

test('a fault that stays on does not hide why the drill failed', async () => {
  const world = startWorld({
    held: 'silenced',
    flip(url) {
      if (url.endsWith('/off')) throw new Error('connection refused');
    },
  });
  const run = await world.run(FAULT('    hold: 10s'), 120);
  assert.equal(run.failedHop, 'receiver');
  assert.match(
    textOf(run, 'receiver'),
    /silenced by s1; besides, the fault could not be switched off: connection refused/,
  );
});

test('a run that an earlier process left is ended, and its fault switched off', async () => {
  const world = startWorld();
  const [run] = await world.drills.start(parseDrills(FAULT('')), { trueTime: false, author: '' });
  assert.ok(run !== undefined);
  const later = startWorld();
  later.kept.set(run.id, run);
  await later.drills.begin();
  assert.equal(later.kept.get(run.id)?.state, 'stopped');
  assert.deepEqual(later.switched, ['http://demo/faults/x/off']);
  assert.match(later.kept.get(run.id)?.notes.join() ?? '', /switched off after the restart/);
});
