import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runDelivery } from './delivery.ts';

test('receivers that fail in every way, kill -9 before a notification and before its answer: every alert and every end arrives, one duplicate a kill at most', {
  timeout: 300_000,
}, async (t) => {
  const report = await runDelivery({
    faultSeconds: 9,
    kills: 1,
    waves: 1,
    groupIntervalSeconds: 2,
    ruleIntervalSeconds: 1,
    keep: false,
    print: (line) => t.diagnostic(line),
  });
  assert.ok(report.passed, JSON.stringify(report, null, 2));
});
