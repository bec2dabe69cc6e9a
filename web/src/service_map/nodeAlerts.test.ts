import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertNow } from '@trilith/contract';
import { alertsByService } from './nodeAlerts.ts';

const alert = (fingerprint: string, labels: Record<string, string>, silencedBy: string[] = []): AlertNow => ({
  ...{ fingerprint, silencedBy, labels },
  ...{ annotations: {}, startsAtMs: 0, generatorUrl: '', inhibitedBy: [], told: true },
});
const group = (alerts: AlertNow[], mutedBy: string[] = []) => ({
  ...{ alerts, mutedBy, groupKey: '', route: [], receiver: 'team', integrations: ['slack[0]'] },
  ...{ people: [], escalation: null, labels: {}, nextMs: null, toldMs: null, repeatMs: null, count: alerts.length },
});

test('a service has the alerts that name it, each once, and the worst severity; held and strangers’ ones are left out', () => {
  const groups = [
    group([
      alert('a', { service: 'ledger', severity: 'warning' }),
      alert('b', { service_name: 'ledger', severity: 'page' }),
      alert('c', { job: 'payments-api', severity: 'info' }),
      alert('d', { job: 'node', severity: 'critical' }),
      alert('e', { service: 'ledger', severity: 'critical' }, ['silence']),
    ]),
    group([alert('a', { service: 'ledger', severity: 'warning' })]),
    group([alert('f', { service: 'ledger' })], ['nights']),
  ];
  assert.deepEqual(Object.fromEntries(alertsByService({ groups, count: 3 }, new Set(['ledger', 'payments-api']))), {
    ledger: { count: 2, severity: 'critical' },
    'payments-api': { count: 1, severity: 'info' },
  });
});
