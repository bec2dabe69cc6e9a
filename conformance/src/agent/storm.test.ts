import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStorm } from './storm.ts';

test('kill -9 of agent and server, rotation, truncation and an outage under load lose no record and store none twice', {
  timeout: 300_000,
}, async (t) => {
  const seed = Date.now() % 1_000_000;
  const report = await runStorm({
    kills: 4,
    outageSeconds: 5,
    rate: 400,
    seed,
    keep: false,
    print: (line) => t.diagnostic(line),
  });
  assert.ok(report.passed, JSON.stringify({ ...report, residentMib: undefined, seed }));
  assert.ok(report.rotations > 0);
});
