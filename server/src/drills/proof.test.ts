import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertEvent } from '../model/alert_event.ts';
import { labelsFrom, labelValue } from '../model/labels.ts';
import type { RuleQuery } from '../rules/index.ts';
import { type ProofPorts, type ProvableRule, proofOf, type ReceiverOfAlert } from './proof.ts';

const NOW = 1_790_000_000_000;
const HOUR = 3_600_000;

const rule = (name: string, more: Partial<ProvableRule> = {}): ProvableRule => ({
  file: 'rules.yml',
  group: 'g',
  name,
  language: 'promql',
  expr: 'sum(rate(errors_total{job="pay"}[5m])) > 1',
  labels: new Map([['severity', 'page']]),
  annotations: new Map([['runbook', 'https://runbooks/pay']]),
  lastError: '',
  ...more,
});

const fired = (name: string, labels: readonly (readonly [string, string])[] = []): AlertEvent => ({
  kind: 'state',
  timeMs: NOW - HOUR,
  rule: { file: 'rules.yml', group: 'g', rule: name },
  labels: labelsFrom([['alertname', name], ['severity', 'page'], ...labels]),
  from: 'pending',
  to: 'firing',
  value: 2,
});

const attempt = (receiver: string, outcome: 'accepted' | 'failed', agoMs: number): AlertEvent => ({
  kind: 'attempt',
  timeMs: NOW - agoMs,
  groupKey: '{}',
  receiver,
  integration: 'slack[0]',
  attempt: 1,
  outcome,
  status: outcome === 'accepted' ? 200 : 404,
  providerId: '',
  latencyMs: 5,
  error: outcome === 'accepted' ? '' : 'no such channel',
  alerts: [],
});

interface World {
  readonly rules: readonly ProvableRule[];
  readonly events?: readonly AlertEvent[];
  readonly series?: number;
  readonly runbook?: string;
  /** Gets the queries. */
  readonly asked?: RuleQuery[];
}

const TEAM: ReceiverOfAlert = { receiver: 'team', integrations: ['slack[0]'], unreached: [] };
/** By the label that leads to them. */
const RECEIVERS: Readonly<Record<string, ReceiverOfAlert>> = {
  nobody: { ...TEAM, receiver: 'null', integrations: [] },
  night: { ...TEAM, receiver: 'night', integrations: [], unreached: ['nobody is on call in schedule nights'] },
};

const portsOf = ({ rules, events = [], series = 3, runbook = '', asked = [] }: World): ProofPorts => ({
  rules: () => rules,
  events: async ({ newestOf }) => events.filter(({ kind }) => kind === (newestOf === 'firing' ? 'state' : newestOf)),
  evaluate: async (queries) => {
    asked.push(...queries);
    return queries.map(() => (series === 0 ? [] : [{ labels: [], value: series }]));
  },
  receiversOf: (labels) => [RECEIVERS[labelValue(labels, 'team')] ?? TEAM],
  runbookOf: async ({ annotations }) => {
    const address = annotations.get('runbook') ?? '';
    return { address, opens: address === '' ? null : runbook === '', error: runbook };
  },
});

const READY = [fired('Slow'), attempt('team', 'accepted', HOUR)];

const OF_LOGS = rule('Slow', {
  language: 'logql',
  expr: 'sum(rate({app="pay"} |= "declined" [5m])) / sum(rate({app="pay"} [2h])) > 0.1 unless count_over_time({app="off"}[1m]) > 0',
});

test('of a rule of logs the lines of its streams are counted, over an hour or as far back as it looks', async () => {
  const asked: RuleQuery[] = [];
  const [proof] = await proofOf(portsOf({ rules: [OF_LOGS], events: READY, asked }), NOW, false);
  assert.deepEqual(asked, [{ language: 'logql', expr: 'sum(count_over_time({app="pay"}[7200s]))' }]);
  assert.deepEqual(proof?.series, [{ language: 'logql', selector: '{app="pay"}', count: 3 }]);
  const hour = rule('Hour', { language: 'logql', expr: 'vector(0) or rate({a="b"}[1m]) + rate({c="d"}[1m]) > 1' });
  const sum = rule('Sum', { language: 'logql', expr: 'sum by (x) (rate({a="b"}[1m])) + rate({c=~"d.*"}[1m]) > 1' });
  asked.length = 0;
  await proofOf(portsOf({ rules: [hour, sum], asked }), NOW, false);
  assert.deepEqual(
    asked.map(({ expr }) => expr),
    ['sum(count_over_time({a="b"}[3600s]))', 'sum(count_over_time({c=~"d.*"}[3600s]))'],
  );
});

test('a rule whose escalation reaches nobody says why', async () => {
  const events = [fired('Slow', [['team', 'night']])];
  const [proof] = await proofOf(portsOf({ rules: [rule('Slow')], events }), NOW, false);
  const text = 'its route ends at night, which reaches nobody: nobody is on call in schedule nights';
  assert.deepEqual(proof?.doubts, [{ kind: 'receiver', text }]);
});

test('a rule that fired and whose page was taken is proven', async () => {
  const [proof] = await proofOf(portsOf({ rules: [rule('Slow')], events: READY }), NOW, false);
  assert.equal(proof?.verdict, 'proven');
  assert.deepEqual(proof?.doubts, []);
  assert.deepEqual(proof?.lastFiring, { atMs: NOW - HOUR, isDrill: false });
  assert.deepEqual(proof?.series, [{ language: 'promql', selector: 'errors_total{job="pay"}', count: 3 }]);
  assert.equal(proof?.runbook.opens, true);
});

const CASES: readonly (readonly [name: string, world: World, verdict: string, doubts: readonly string[]])[] = [
  ['its series are gone', { rules: [rule('Slow')], events: READY, series: 0 }, 'broken', ['series']],
  [
    'it cannot be evaluated',
    { rules: [rule('Slow', { lastError: 'too many' })], events: READY },
    'broken',
    ['evaluation'],
  ],
  [
    'its route reaches nobody',
    { rules: [rule('Slow')], events: [fired('Slow', [['team', 'nobody']]), attempt('team', 'accepted', HOUR)] },
    'broken',
    ['receiver'],
  ],
  [
    'its escalation has nobody to ask',
    { rules: [rule('Slow')], events: [fired('Slow', [['team', 'night']]), attempt('night', 'accepted', HOUR)] },
    'broken',
    ['receiver'],
  ],
  ['its streams are silent', { rules: [OF_LOGS], events: READY, series: 0 }, 'broken', ['series']],
  [
    'its receiver refuses since',
    { rules: [rule('Slow')], events: [...READY, attempt('team', 'failed', 1)] },
    'broken',
    ['delivery'],
  ],
  [
    'it never fired',
    { rules: [rule('Slow')], events: [attempt('team', 'accepted', HOUR)] },
    'unproven',
    ['never_fired'],
  ],
  ['nothing was ever taken', { rules: [rule('Slow')], events: [fired('Slow')] }, 'unproven', []],
  ['its runbook is gone', { rules: [rule('Slow')], events: READY, runbook: 'it answers 404' }, 'proven', ['runbook']],
  ['it names no runbook', { rules: [rule('Slow', { annotations: new Map() })], events: READY }, 'proven', ['runbook']],
];
for (const [name, world, verdict, doubts] of CASES)
  test(`${name}: ${verdict}`, async () => {
    const [proof] = await proofOf(portsOf(world), NOW, false);
    assert.equal(proof?.verdict, verdict);
    assert.deepEqual(
      proof?.doubts.map(({ kind }) => kind),
      doubts,
    );
  });

test('a drill counts as a firing and is told as one; rules that do not page are left out unless they are asked for', async () => {
  const ticket = rule('Later', { labels: new Map([['severity', 'ticket']]) });
  const events = [fired('Slow', [['trilith_drill', 'd1']]), attempt('team', 'accepted', HOUR)];
  const ports = portsOf({ rules: [ticket, rule('Slow')], events });
  const [proof, ...others] = await proofOf(ports, NOW, false);
  assert.equal(proof?.lastFiring?.isDrill, true);
  assert.deepEqual(others, []);
  assert.deepEqual(
    (await proofOf(ports, NOW, true)).map(({ rule: { rule: name }, verdict }) => [name, verdict]),
    [
      ['Later', 'unproven'],
      ['Slow', 'proven'],
    ],
  );
});
