import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AlertEvent, AttemptEvent } from '../model/alert_event.ts';
import { type Labels, labelValue } from '../model/labels.ts';
import { alertLedgerSection } from './columns/alert_ledger.ts';
import { batchIdTail } from './native/encode.ts';
import { type OpenPlace, PLACES, TENANT } from './places.ts';
import { readAlertLedger } from './reads/alert_ledger.ts';
import { TABLES } from './tables.ts';

const OPTIONS = { database: TENANT };
const NOW = Date.now();
const RULE = { file: 'rules.yml', group: 'api', rule: 'HighErrors' };
const labels = ['alertname', 'HighErrors', 'service', 'оплата'];

const EVENTS: readonly AlertEvent[] = [
  { kind: 'state', timeMs: NOW - 5_000, rule: RULE, labels, from: 'pending', to: 'firing', value: 0.07 },
  { kind: 'state', timeMs: NOW - 4_000, rule: RULE, labels, from: 'firing', to: 'inactive', value: Number.NaN },
  { kind: 'blind', timeMs: NOW - 3_000, rule: { ...RULE, rule: 'Other' }, error: 'query timed out' },
  { kind: 'routed', timeMs: NOW - 2_500, labels, route: [0, 2], groupKey: '{}:{}', receiver: 'team' },
  {
    kind: 'attempt',
    timeMs: NOW - 2_000,
    groupKey: '{}:{}',
    receiver: 'team',
    integration: 'slack[0]',
    attempt: 1,
    outcome: 'accepted',
    status: 200,
    providerId: '17.3',
    latencyMs: 31,
    error: '',
    alerts: Array.from({ length: 1_201 }, (_, i) => ({
      labels: ['alertname', 'HighErrors', 'i', String(i)],
      resolved: i % 2 === 0,
    })),
  },
];

const [embedded] = PLACES;
let open: OpenPlace;
before(async () => {
  assert.ok(embedded);
  open = await embedded.open();
  await insert(EVENTS);
});
after(() => open.close());

let batches = 0n;
async function insert(events: readonly AlertEvent[]): Promise<void> {
  const section = alertLedgerSection(events);
  assert.ok(section);
  await open.store.writer.insert(
    'alert_ledger',
    TABLES.alert_ledger.map(([name]) => name),
    [section.block, batchIdTail(section.rows, ++batches)],
    OPTIONS,
  );
}

const read = (selection: object): Promise<readonly AlertEvent[]> =>
  readAlertLedger(open.store.reader, { fromMs: 0, toMs: NOW, limit: 100, ...selection }, OPTIONS);

test('events come back as they were noted, oldest first, one notification as one event however many alerts it told', async () => {
  const byNumber = (a: { labels: Labels }, b: { labels: Labels }): number =>
    Number(labelValue(a.labels, 'i')) - Number(labelValue(b.labels, 'i'));
  const found = await read({});
  assert.deepEqual(
    found.map((event) => (event.kind === 'attempt' ? { ...event, alerts: event.alerts.toSorted(byNumber) } : event)),
    EVENTS,
  );
});

test('events are found by rule or alert, group, kind and time; of too many the newest are given', async () => {
  const kinds = async (selection: object): Promise<string[]> => (await read(selection)).map(({ kind }) => kind);
  assert.deepEqual(await kinds({ alert: 'Other' }), ['blind']);
  assert.deepEqual(await kinds({ alert: 'HighErrors' }), ['state', 'state', 'routed', 'attempt']);
  assert.deepEqual(await kinds({ groupKey: '{}:{}' }), ['routed', 'attempt']);
  assert.deepEqual(await kinds({ kinds: ['state', 'blind'] }), ['state', 'state', 'blind']);
  assert.deepEqual(await kinds({ fromMs: NOW - 4_000, toMs: NOW - 2_500 }), ['state', 'blind', 'routed']);
  assert.deepEqual(await kinds({ alert: 'HighErrors', kinds: ['state'], limit: 1 }), ['state']);
  assert.deepEqual((await read({ kinds: ['state'], limit: 1 }))[0], EVENTS[1]);
});

test('of each rule the newest firing is found, and of each receiver the newest attempt of each outcome', async () => {
  const firing = (rule: string, agoMs: number): AlertEvent => ({
    ...{ kind: 'state', timeMs: NOW - agoMs, rule: { ...RULE, rule }, labels: ['alertname', rule] },
    ...{ from: 'pending', to: 'firing', value: agoMs },
  });
  const attempt = (receiver: string, outcome: AttemptEvent['outcome'], agoMs: number): AlertEvent => ({
    ...{ kind: 'attempt', timeMs: NOW - agoMs, groupKey: 'g', receiver, integration: 'slack[0]', attempt: 1, outcome },
    ...{ status: 0, providerId: '', latencyMs: 0, error: '', alerts: [] },
  });
  const often = Array.from({ length: 50 }, (_, i) => firing('Often', 60_000 - i));
  const old = [firing('Once', 90_000), attempt('db', 'accepted', 80_000), attempt('db', 'accepted', 81_000)];
  await insert([...often, ...old, attempt('db', 'failed', 70_000), attempt('web', 'retried', 71_000)]);
  const range = { toMs: NOW - 10_000, limit: 10 };
  assert.deepEqual(
    (await read({ ...range, newestOf: 'firing' })).map((event) => event.kind === 'state' && event.value),
    [90_000, 59_951],
  );
  assert.deepEqual(
    (await read({ ...range, newestOf: 'attempt' })).map((event) => NOW - event.timeMs),
    [80_000, 71_000, 70_000],
  );
});

test('no events are no section', () => {
  assert.equal(alertLedgerSection([]), undefined);
});
