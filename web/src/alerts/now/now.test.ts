import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertGroupNow } from '@trilith/contract';
import { groupSeverity, inOrder } from './groupOrder.ts';
import { type ToldState, toldState } from './toldState.ts';

type Alert = AlertGroupNow['alerts'][number];

const alert = (changes: Partial<Alert> = {}): Alert => ({
  ...{ fingerprint: 'a', labels: { alertname: 'Down', severity: 'page' }, annotations: {}, startsAtMs: 100 },
  ...{ generatorUrl: '', silencedBy: [], inhibitedBy: [], told: true },
  ...changes,
});
const group = (changes: Partial<AlertGroupNow> = {}): AlertGroupNow => ({
  ...{ groupKey: 'k', route: [], receiver: 'team', integrations: ['slack[0]'], people: [], labels: {}, mutedBy: [] },
  escalation: null,
  ...{ nextMs: 200, toldMs: 150, repeatMs: 900, count: 1, alerts: [alert()] },
  ...changes,
});
const acknowledged = { holds: true };

const TOLD: readonly (readonly [what: string, group: AlertGroupNow, typeof acknowledged | undefined, ToldState])[] = [
  ['a group nobody was told of', group({ toldMs: null, repeatMs: null }), undefined, { kind: 'first', atMs: 200 }],
  ['something new in it', group({ alerts: [alert(), alert({ told: false })] }), undefined, { kind: 'new', atMs: 200 }],
  ['nothing new', group(), undefined, { kind: 'again', atMs: 900 }],
  ['a repetition that is due', group({ repeatMs: 100 }), undefined, { kind: 'again', atMs: 200 }],
  ['an acknowledged one', group(), acknowledged, { kind: 'acknowledged', atMs: null }],
  [
    'an acknowledged one with a new alert',
    group({ alerts: [alert(), alert({ fingerprint: 'b', told: false })] }),
    acknowledged,
    { kind: 'new', atMs: 200 },
  ],
  ['a silenced one', group({ alerts: [alert({ silencedBy: ['s'] })] }), undefined, { kind: 'silenced', atMs: null }],
  [
    'an inhibited one',
    group({ alerts: [alert({ inhibitedBy: ['x'] })] }),
    undefined,
    { kind: 'inhibited', atMs: null },
  ],
  ['a muted route', group({ mutedBy: ['nights'] }), undefined, { kind: 'muted', atMs: null }],
  ['a receiver without integrations', group({ integrations: [] }), undefined, { kind: 'nobody', atMs: null }],
];

for (const [what, of, response, expected] of TOLD) {
  test(`${what}: ${expected.kind}`, () => assert.deepEqual(toldState(of, response), expected));
}

test('what wakes somebody is first, what is held back last, the newest first among equals', () => {
  const severity = (value: string, startsAtMs: number, silenced = false): AlertGroupNow =>
    group({ alerts: [alert({ labels: { severity: value }, startsAtMs, silencedBy: silenced ? ['s'] : [] })] });
  const all = [
    severity('info', 9),
    severity('page', 1),
    severity('page', 8, true),
    severity('', 5),
    severity('Critical', 3),
  ];
  assert.deepEqual(inOrder(all).map(groupSeverity), ['critical', 'critical', 'warning', 'info', 'held']);
  assert.equal(inOrder(all)[0]?.alerts[0]?.startsAtMs, 3);
});
