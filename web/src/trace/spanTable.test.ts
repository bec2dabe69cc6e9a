import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parentNotArrived } from '@trilith/contract';
import fc from 'fast-check';
import { criticalPath } from './criticalPath.ts';
import { answerOf, hex, sample, tableOf } from './draftTrace.ts';
import { foldsOf } from './folds.ts';
import { idOf, operationOf, rowOf, type SpanTable, spanTable } from './spanTable.ts';

test('rows come depth first, children by start, with depth, own time and failures below', () => {
  const table = tableOf(sample);
  const rows = Array.from({ length: table.count }, (_, row) => [
    operationOf(table, row),
    table.depth[row],
    table.below[row],
    table.self[row],
    table.failedBelow[row],
  ]);
  assert.deepEqual(rows, [
    ['root', 0, 3, 30, 1],
    ['read', 1, 1, 20, 0],
    ['parse', 2, 0, 10, 0],
    ['write', 1, 0, 40, 0],
  ]);
  assert.deepEqual([table.durationNs, table.failures, table.missingParents], [100, 1, 0]);
  assert.deepEqual(
    table.serviceCounts.map((one) => [one.name, one.spans, one.failures]),
    [
      ['api', 3, 0],
      ['db', 1, 1],
    ],
  );
  assert.equal(rowOf(table, idOf(table, 3)), 3);
  assert.equal(rowOf(table, hex(99)), -1);
});

test('a parent that never arrived makes a root and is counted', () => {
  const table = tableOf([{ name: 'lost', parent: parentNotArrived, start: 0, end: 5 }]);
  assert.deepEqual([table.missingParents, table.parentMissing[0], table.depth[0]], [1, 1, 0]);
});

test('whatever the forest, each span has one row, after its parent, and subtrees are whole', () => {
  const drafts = fc.array(fc.tuple(fc.nat(100), fc.nat(50), fc.nat()), { maxLength: 40 }).map((list) =>
    list
      .sort((a, b) => a[0] - b[0])
      .map(([start, length, from], at) => ({
        name: `op${from % 3}`,
        parent: at === 0 || from % 5 === 0 ? null : from % at,
        start,
        end: start + length,
      })),
  );
  fc.assert(
    fc.property(drafts, (list) => {
      const table = tableOf(list);
      assert.deepEqual(
        [...table.origin].sort((a, b) => a - b),
        [...list.keys()],
      );
      for (let row = 0; row < table.count; row += 1) {
        const parent = table.parent[row] ?? -1;
        assert.ok(parent < row);
        if (parent >= 0) assert.ok(row <= parent + (table.below[parent] ?? 0));
        assert.ok((table.self[row] ?? -1) >= 0 && (table.self[row] ?? 0) <= (table.duration[row] ?? 0));
      }
      const path = criticalPath(table);
      const roots = [...table.parent].flatMap((parent, row) => (parent < 0 ? (table.duration[row] ?? 0) : []));
      assert.ok(path.totalNs <= roots.reduce((sum, one) => sum + one, 0), 'no moment is counted twice');
    }),
  );
});

test('rows that come depth first make the table that rows in any order make', () => {
  const inOrder = tableOf([...sample]);
  const parse = { name: 'parse', parent: 0, start: 15, end: 25 };
  const [root, read, , write] = sample;
  const drafts = [read, parse, root, write].flatMap((one) => one ?? []);
  const moved = tableOf(drafts.map((one, at) => ({ ...one, parent: [2, 0, null, 2][at] ?? null })));
  const said = (table: SpanTable) =>
    Array.from({ length: table.count }, (_, row) => [
      operationOf(table, row),
      table.parent[row],
      table.depth[row],
      table.below[row],
      table.start[row],
    ]);
  assert.deepEqual([...inOrder.origin], [0, 1, 2, 3]);
  assert.deepEqual([...moved.origin], [2, 0, 1, 3]);
  assert.deepEqual(said(moved), said(inOrder));
});

test('a service that an answer names and no span is of is not told of', () => {
  const answer = answerOf(sample);
  const named = spanTable({ ...answer, services: [...answer.services, 'left out'] });
  assert.deepEqual(
    named.serviceCounts.map(({ name }) => name),
    ['api', 'db'],
  );
});

test('a chain of 100,000 spans is laid out without recursion', () => {
  const table = tableOf(
    Array.from({ length: 100_000 }, (_, at) => ({ name: 'step', parent: at === 0 ? null : at - 1, start: 0, end: 1 })),
  );
  assert.equal(table.depth[99_999], 99_999);
  assert.equal(foldsOf(table).all.length, 0);
  assert.equal(criticalPath(table).totalNs, 1);
});
