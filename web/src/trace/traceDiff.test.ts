import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableOf } from './draftTrace.ts';
import { differing, traceDiff } from './traceDiff.ts';

test('two traces are one tree of operations: new, gone, slower, faster, the same', () => {
  const before = tableOf([
    { name: 'root', parent: null, start: 0, end: 10_000_000 },
    { name: 'same', parent: 0, start: 0, end: 1_000_000 },
    { name: 'gone', parent: 0, start: 0, end: 1_000_000 },
    { name: 'quick', parent: 0, start: 2_000_000, end: 6_000_000 },
  ]);
  const after = tableOf([
    { name: 'root', parent: null, start: 0, end: 20_000_000 },
    { name: 'same', parent: 0, start: 0, end: 1_000_000 },
    { name: 'new', parent: 0, start: 0, end: 1_000_000 },
    { name: 'below', parent: 2, start: 0, end: 1_000_000 },
    { name: 'quick', parent: 0, start: 2_000_000, end: 3_000_000 },
    { name: 'quick', parent: 0, start: 3_000_000, end: 4_000_000 },
  ]);
  const nodes = traceDiff(before, after);
  assert.deepEqual(
    nodes.map((node) => [node.operation, node.depth, node.before?.spans ?? 0, node.after?.spans ?? 0, node.verdict]),
    [
      ['root', 0, 1, 1, 'slower'],
      ['same', 1, 1, 1, 'same'],
      ['gone', 1, 1, 0, 'removed'],
      ['quick', 1, 1, 2, 'faster'],
      ['new', 1, 0, 1, 'added'],
      ['below', 2, 0, 1, 'added'],
    ],
  );
  assert.deepEqual(
    differing(nodes).map((node) => node.operation),
    ['root', 'gone', 'quick', 'new', 'below'],
  );
  assert.deepEqual(differing(traceDiff(before, before)), []);
});
