import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertingRule } from '../../data/alerts.ts';
import { draftOf } from './draftRule.ts';

const rule: AlertingRule = {
  ...{ type: 'alerting', name: 'Slow', state: 'inactive', query: 'rate(a[5m])\n  > 0.5', language: 'promql' },
  ...{ labels: { severity: 'page' }, health: 'ok', lastError: '', evaluationTime: 0, lastEvaluation: '' },
  ...{ duration: 600, keepFiringFor: 90, alerts: [], annotations: { summary: 'It is "slow": {{ $value }} # now' } },
};

test('the draft of a loaded rule says what the rule says, whatever its texts hold', () => {
  assert.equal(
    draftOf({ name: 'payments: api', interval: 0.5 }, rule),
    `groups:
  - name: "payments: api"
    interval: 500ms
    rules:
      - alert: "Slow"
        expr: |-
          rate(a[5m])
            > 0.5
        for: 10m
        keep_firing_for: 90s
        labels:
          "severity": "page"
        annotations:
          "summary": "It is \\"slow\\": {{ $value }} # now"
`,
  );
});

test('what a rule leaves out its draft leaves out', () => {
  const bare = { ...rule, query: 'up == 0', duration: 0, keepFiringFor: 0, labels: {}, annotations: {} };
  const draft = 'groups:\n  - name: "g"\n    rules:\n      - alert: "Slow"\n        expr: |-\n          up == 0\n';
  assert.equal(draftOf({ name: 'g', interval: 0 }, bare), draft);
});
