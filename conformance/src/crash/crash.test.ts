import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCrash } from './crash.ts';

test('six kill -9 under load on three signals lose nothing and store nothing twice', {
  timeout: 400_000,
}, async (t) => {
  const seed = Date.now() % 1_000_000;
  const report = await runCrash({
    cycles: 6,
    seed,
    verifyEvery: 3,
    clients: 2,
    keep: false,
    print: (line) => t.diagnostic(line),
  });
  assert.ok(report.passed, JSON.stringify({ ...report, kills: undefined, seed }));
  assert.ok(report.acknowledgedItems > 0);
});
