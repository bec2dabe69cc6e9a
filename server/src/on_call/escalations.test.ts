import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GroupResponse } from '@trilith/contract';
import type { Notification, NotifiedAlert, Outcome } from '../alerting/index.ts';
import { createFakeClock } from '../base/clock.ts';
import type { AlertEvent } from '../model/alert_event.ts';
import type { Records } from '../state/index.ts';
import type { EscalationState } from './escalation.ts';
import { createEscalations } from './escalations.ts';
import type { Override } from './on_call_config.ts';
import { createPaging } from './paging.ts';
import { readOnCall } from './read_on_call.ts';
import { createResponses, ResponseRefused } from './responses.ts';

const START = Date.parse('2026-01-05T10:00:00Z');
const MINUTE = 60_000;
const GROUP = '{}:{alertname="Down"}';

const CONFIG = readOnCall(`
people:
  anna: {receivers: [anna-chat, anna-phone]}
  boris: {receivers: [boris-chat]}
  mute: {}
schedules:
  first: {layers: [{people: [anna], start: 2026-01-01}]}
  nobody: {layers: [{people: [boris], start: 2030-01-01}]}
policies:
  main:
    repeat: 1
    steps:
      - {notify: ["schedule:first"], wait: 5m}
      - {notify: ["person:boris", "receiver:managers"], wait: 10m}
  gaps:
    steps:
      - {notify: ["schedule:nobody"], wait: 5m}
      - {notify: ["person:boris"], wait: 5m}
  void:
    steps: [{notify: ["schedule:nobody", "person:mute"]}]`);

const OK: Outcome = { retry: false, status: 200, providerId: 'id' };

function memoryRecords<Body>(): Records<Body> {
  const kept = new Map<string, Body>();
  return {
    all: async () => kept,
    put: async (_tenant, id, body) => void kept.set(id, body),
  };
}

function alertOf(name: string, startsAtMs = START, resolved = false): NotifiedAlert {
  const labels = ['alertname', name];
  const base = { labels, annotations: [], generatorUrl: '', fingerprint: name, missed: false };
  return { ...base, startsAtMs, endsAtMs: 0, updatedAtMs: startsAtMs, resolved };
}

interface World {
  /** What receivers took, `minutes receiver status`. */
  readonly told: string[];
  readonly events: AlertEvent[];
}

/** @param answers what an integration says at each of its attempts; then it takes everything */
function worldOf({
  answers = new Map<string, Outcome[]>(),
  overrides = [] as readonly Override[],
  states = memoryRecords<EscalationState>(),
  startMs = START,
} = {}) {
  const clock = createFakeClock(startMs);
  const told: string[] = [];
  const events: AlertEvent[] = [];
  let firing: readonly NotifiedAlert[] = [];
  let suppressed = false;
  const paging = createPaging({
    clock,
    note: (noted) => events.push(...noted),
    integrationsOf: (receiver) => [
      {
        name: 'webhook[0]',
        sendResolved: receiver !== 'managers',
        channel: 'webhook',
        timeoutMs: undefined,
        notifier: async ({ alerts }) => {
          const outcome = answers.get(receiver)?.shift() ?? OK;
          const status = alerts.every(({ resolved }) => resolved) ? 'resolved' : 'firing';
          const minutes = Math.round((clock.nowMs() - START) / MINUTE);
          if (outcome.error === undefined) told.push(`${minutes} ${receiver} ${status}`);
          return outcome;
        },
      },
    ],
  });
  const group = (key: string) =>
    key === GROUP && firing.length > 0
      ? { labels: ['alertname', 'Down'], firing, isSuppressed: suppressed }
      : undefined;
  const note = (noted: readonly AlertEvent[]): void => void events.push(...noted);
  const responses = createResponses({
    records: memoryRecords<GroupResponse>(),
    tenant: 'trilith',
    clock,
    group,
    note,
    onAcknowledged: (key) => escalations.acknowledged(key),
  });
  const escalations = createEscalations({
    config: () => CONFIG,
    overrides: () => overrides,
    records: states,
    tenant: 'trilith',
    clock,
    paging,
    group,
    responses,
    note,
    onError: (error) => {
      throw error;
    },
  });
  let flushes = 0;
  const flush = (policy: string, alerts: readonly NotifiedAlert[], key = `flush ${++flushes}`): Promise<Outcome> => {
    firing = alerts.filter(({ resolved }) => !resolved);
    const notification: Notification = {
      ...{ receiver: 'on-call', groupKey: GROUP, groupLabels: ['alertname', 'Down'], alerts, nowMs: clock.nowMs() },
      ...{ reason: '', stored: new Map(), idempotencyKey: key },
    };
    return escalations.notifier(policy)(notification, new AbortController().signal);
  };
  const until = (minutes: number): Promise<void> => clock.advanceTo(START + minutes * MINUTE);
  const world: World = { told, events };
  const suppress = (is: boolean): void => {
    suppressed = is;
  };
  const setFiring = (alerts: readonly NotifiedAlert[]): void => {
    firing = alerts;
  };
  return { ...world, clock, responses, escalations, flush, until, states, setFiring, suppress };
}

const escalatedTo = (events: readonly AlertEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'response' && event.action === 'escalated' ? [event.person] : []));

test('a group goes from step to step until the steps have been repeated, and everybody told hears of its end', async () => {
  const { told, events, flush, until } = worldOf();
  assert.deepEqual(await flush('main', [alertOf('Down')]), OK);
  await until(60);
  await flush('main', [alertOf('Down', START, true)]);
  assert.deepEqual(told, [
    ...['0 anna-chat firing', '0 anna-phone firing'],
    ...['5 boris-chat firing', '5 managers firing'],
    ...['15 anna-chat firing', '15 anna-phone firing'],
    ...['20 boris-chat firing', '20 managers firing'],
    ...['60 anna-chat resolved', '60 anna-phone resolved', '60 boris-chat resolved'],
  ]);
  assert.deepEqual(escalatedTo(events), ['anna', 'boris, managers', 'anna', 'boris, managers']);
});

test('an acknowledged group goes to nobody else, until an alert fires in it that was not there', async () => {
  const { told, events, flush, until, responses } = worldOf();
  await flush('main', [alertOf('Down')]);
  await until(4);
  await responses.respond({ groupKey: GROUP, action: 'acknowledge', person: 'anna', note: 'looking' });
  await until(120);
  assert.equal(told.length, 2);
  assert.equal(responses.acknowledgedBy(GROUP, [alertOf('Down')]), 'anna');
  assert.equal(responses.acknowledgedBy(GROUP, [alertOf('Down'), alertOf('Disk')]), undefined);
  assert.equal(responses.acknowledgedBy(GROUP, [alertOf('Down', START + 1)]), undefined, 'fires again');
  await flush('main', [alertOf('Down'), alertOf('Disk')]);
  await until(126);
  assert.deepEqual(told.slice(2), [
    ...['120 anna-chat firing', '120 anna-phone firing', '125 boris-chat firing', '125 managers firing'],
  ]);
  const acknowledged = events.filter((event) => event.kind === 'response' && event.action === 'acknowledged');
  assert.deepEqual(acknowledged, [
    {
      ...{ kind: 'response', timeMs: START + 4 * MINUTE, groupKey: GROUP, action: 'acknowledged', person: 'anna' },
      ...{ note: 'looking', labels: ['alertname', 'Down'] },
    },
  ]);
});

test('a group that is over asks nobody further', async () => {
  const { told, flush, until } = worldOf();
  await flush('main', [alertOf('Down')]);
  await until(3);
  await flush('main', [alertOf('Down', START, true)]);
  await until(120);
  assert.equal(told.filter((line) => line.endsWith('firing')).length, 2);
});

test('a silenced group asks nobody further until the silence is over', async () => {
  const { told, flush, until, suppress } = worldOf();
  await flush('main', [alertOf('Down')]);
  suppress(true);
  await until(20);
  assert.equal(told.length, 2);
  suppress(false);
  await until(21);
  assert.deepEqual(
    told.slice(2),
    ['20 boris-chat firing', '20 managers firing'].map((line) => line.replace('20', '21')),
  );
});

test('a group that is gone without having told its end asks nobody further', async () => {
  const { told, flush, until, setFiring, escalations } = worldOf();
  await flush('main', [alertOf('Down')]);
  setFiring([]);
  await until(60);
  assert.equal(told.length, 2);
  assert.deepEqual(
    escalations.all().map(({ state }) => state),
    ['resolved'],
  );
});

test('a step that reaches nobody is not waited for, and says whom it looked for', async () => {
  const { told, events, flush } = worldOf();
  await flush('gaps', [alertOf('Down')]);
  assert.deepEqual(told, ['0 boris-chat firing']);
  const notes = events.flatMap((event) => (event.kind === 'response' ? [event.note] : []));
  assert.deepEqual(notes, ['nobody is on call in schedule nobody', 'step 2 of gaps']);
});

test('where nobody can be reached the notification fails, and says so', async () => {
  const { flush } = worldOf();
  const { error, retry } = await flush('void', [alertOf('Down')]);
  assert.equal(error, 'nobody is on call in schedule nobody; mute has no receivers');
  assert.equal(retry, false);
  assert.match((await flush('gone', [alertOf('Down')])).error ?? '', /no escalation policy is named gone/);
});

test('somebody whose receivers refuse is passed over at once; one whose receiver is down is insisted upon', async () => {
  const refused: Outcome = { error: 'status 404', retry: false, status: 404, providerId: '' };
  const down: Outcome = { error: 'status 503', retry: true, status: 503, providerId: '' };
  const refusing = worldOf({
    answers: new Map([
      ['anna-chat', [refused]],
      ['anna-phone', [refused]],
    ]),
  });
  await refusing.flush('main', [alertOf('Down')]);
  assert.deepEqual(refusing.told, ['0 boris-chat firing', '0 managers firing']);

  const away = worldOf({ answers: new Map([['boris-chat', Array.from({ length: 10 }, () => down)]]) });
  await away.flush('main', [alertOf('Down')]);
  await away.until(14);
  assert.ok(away.told.includes('5 managers firing'));
  assert.equal(away.told.filter((line) => line.includes('managers')).length, 1, 'who took it is not told again');
  assert.ok(away.told.includes('8 boris-chat firing'), away.told.join('; '));
});

test('an attempt made again goes only to those who have not taken it', async () => {
  const down: Outcome = { error: 'connection refused', retry: true, status: 0, providerId: '' };
  const { told, flush } = worldOf({
    answers: new Map([
      ['anna-chat', [down]],
      ['anna-phone', [down, down]],
    ]),
  });
  const first = await flush('main', [alertOf('Down')], 'same');
  assert.deepEqual([first.retry, first.status], [true, 0]);
  assert.equal((await flush('main', [alertOf('Down')], 'same')).error, undefined);
  assert.deepEqual(told, ['0 anna-chat firing']);
});

test('once somebody has acknowledged, a receiver that is down is not insisted upon', async () => {
  const down: Outcome = { error: 'status 503', retry: true, status: 503, providerId: '' };
  const answers = new Map([['boris-chat', Array.from({ length: 6 }, () => down)]]);
  const { told, flush, until, responses } = worldOf({ answers });
  await flush('main', [alertOf('Down')]);
  await until(5.5);
  await responses.respond({ groupKey: GROUP, action: 'acknowledge', person: 'anna', note: '' });
  await until(60);
  assert.ok(!told.some((line) => line.includes('boris')), told.join('; '));
});

test('an escalation goes on after a restart, at its time', async () => {
  const before = worldOf();
  await before.flush('main', [alertOf('Down')]);
  before.escalations.close();
  const after = worldOf({ states: before.states, startMs: START + MINUTE });
  after.setFiring([alertOf('Down')]);
  await after.escalations.resume();
  await after.until(6);
  assert.deepEqual(after.told, ['5 boris-chat firing', '5 managers firing']);
});

test('an escalation whose group does not come back after a restart ends', async () => {
  const before = worldOf();
  await before.flush('main', [alertOf('Down')]);
  before.escalations.close();
  const after = worldOf({ states: before.states, startMs: START + MINUTE });
  await after.escalations.resume();
  await after.until(60);
  assert.deepEqual(after.told, []);
  assert.deepEqual(
    after.escalations.all().map(({ state }) => state),
    ['resolved'],
  );
});

test('only a group that fires can be acknowledged; comments are kept with who wrote them', async () => {
  const { responses, flush } = worldOf();
  const respond = (action: 'acknowledge' | 'comment' | 'assign' | 'unacknowledge', person: string, note = '') =>
    responses.respond({ groupKey: GROUP, action, person, note });
  await assert.rejects(respond('acknowledge', 'anna'), ResponseRefused);
  await flush('main', [alertOf('Down')]);
  await respond('acknowledge', 'anna');
  await respond('assign', 'boris');
  const kept = await respond('comment', 'boris', 'the disk is full');
  assert.equal(kept.assignee, 'boris');
  assert.equal(kept.acknowledged?.person, 'anna');
  assert.deepEqual(kept.comments, [{ person: 'boris', atMs: START, text: 'the disk is full' }]);
  await respond('unacknowledge', 'anna');
  assert.equal(responses.acknowledgedBy(GROUP, [alertOf('Down')]), undefined);
});
