import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertNow } from '@trilith/contract';
import { firingBySeverity } from './firing.ts';

const alert = (fingerprint: string, severity: string, silencedBy: string[] = []): AlertNow => ({
  ...{ fingerprint, silencedBy, labels: { severity } },
  ...{ annotations: {}, startsAtMs: 0, generatorUrl: '', inhibitedBy: [], told: true },
});
const group = (alerts: AlertNow[], mutedBy: string[] = []) => ({
  ...{ alerts, mutedBy, groupKey: '', route: [], receiver: 'team', integrations: ['slack[0]'] },
  ...{ people: [], escalation: null, labels: {}, nextMs: null, toldMs: null, repeatMs: null, count: alerts.length },
});

test('an alert in two groups fires once; silenced and muted ones are held back, unless another group tells', () => {
  const groups = [
    group([alert('a', 'page'), alert('b', 'ticket'), alert('c', 'info', ['silence'])]),
    group([alert('a', 'page')]),
    group([alert('d', 'critical'), alert('e', 'warning')], ['nights']),
    group([alert('e', 'warning')]),
  ];
  assert.deepEqual(firingBySeverity({ groups, count: 4 }), {
    counts: { critical: 1, warning: 2, info: 0 },
    held: 2,
  });
});
