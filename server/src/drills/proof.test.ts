import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertEvent } from '../model/alert_event.ts';
import { labelsFrom, labelValue } from '../model/labels.ts';
import { type ProofPorts, type ProvableRule, proofOf } from './proof.ts';

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
}

const portsOf = ({ rules, events = [], series = 3, runbook = '' }: World): ProofPorts => ({
  rules: () => rules,
  events: async ({ kinds }) => events.filter(({ kind }) => kinds?.includes(kind)),
  evaluate: async (queries) => queries.map(() => (series === 0 ? [] : [{ labels: [], value: series }])),
  receiversOf: (labels) =>
    labelValue(labels, 'team') === 'nobody'
      ? [{ receiver: 'null', integrations: [] }]
      : [{ receiver: 'team', integrations: ['slack[0]'] }],
  runbookOf: async ({ annotations }) => {
    const address = annotations.get('runbook') ?? '';
    return { address, opens: address === '' ? null : runbook === '', error: runbook };
  },
});

const READY = [fired('Slow'), attempt('team', 'accepted', HOUR)];

test('a rule that fired and whose page was taken is proven', async () => {
  const [proof] = await proofOf(portsOf({ rules: [rule('Slow')], events: READY }), NOW, false);
  assert.equal(proof?.verdict, 'proven');
  assert.deepEqual(proof?.doubts, []);
  assert.deepEqual(proof?.lastFiring, { atMs: NOW - HOUR, isDrill: false });
  assert.deepEqual(proof?.series, [{ selector: 'errors_total{job="pay"}', count: 3 }]);
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
