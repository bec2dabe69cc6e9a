import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runFullLog } from './full_log.ts';

test('a server killed with its log full is ready at once and loses nothing', { timeout: 300_000 }, async (t) => {
  const report = await runFullLog({ logMib: 128, print: (line) => t.diagnostic(line) });
  assert.ok(report.acknowledgedLines > 0);
  assert.equal(report.storedLines, report.acknowledgedLines);
});
