import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adjustedStarts } from './clockSkew.ts';
import { answerOf, type Draft } from './draftTrace.ts';
import { operationOf, spanTable } from './spanTable.ts';

test('clocks put right: a span of another service lies in the middle of its parent, its own spans with it', () => {
  const drafts: readonly Draft[] = [
    { name: 'call', parent: null, start: 5_000_000, end: 15_000_000 },
    { name: 'serve', parent: 0, start: 0, end: 6_000_000, service: 'db' },
    { name: 'inside', parent: 1, start: 1_000_000, end: 2_000_000, service: 'db' },
  ];
  const sorted = [drafts[1], drafts[2], drafts[0]].flatMap((one) => one ?? []);
  const answer = answerOf(
    sorted.map((one) => ({ ...one, parent: one.name === 'call' ? null : one.name === 'serve' ? 2 : 0 })),
  );
  const raw = spanTable(answer);
  assert.equal(raw.skewed, 1);
  const table = spanTable(answer, adjustedStarts(raw));
  assert.deepEqual(
    [0, 1, 2].map((row) => operationOf(table, row)),
    ['call', 'serve', 'inside'],
  );
  assert.deepEqual([...table.start], [5_000_000, 7_000_000, 8_000_000]);
  assert.equal(table.skewed, 0);
});
