import assert from 'node:assert/strict';
import { test } from 'node:test';
import { criticalPath, criticalTimeOf } from './criticalPath.ts';
import { type Draft, sample, tableOf } from './draftTrace.ts';
import { operationOf } from './spanTable.ts';

const paths: readonly {
  readonly rule: string;
  readonly spans: readonly Draft[];
  /** Time on the path by operation, in the order of rows. */
  readonly path: Readonly<Record<string, number>>;
}[] = [
  { rule: 'a span alone is its own path', spans: sample.slice(0, 1), path: { root: 100 } },
  {
    rule: 'from the end back through the children that ended last, the gaps being the parent’s',
    spans: sample,
    path: { root: 30, read: 20, parse: 10, write: 40 },
  },
  {
    rule: 'of children side by side only the one that ended last counts',
    spans: [
      { name: 'root', parent: null, start: 0, end: 100 },
      { name: 'long', parent: 0, start: 0, end: 90 },
      { name: 'short', parent: 0, start: 10, end: 30 },
    ],
    path: { root: 10, long: 90 },
  },
  {
    rule: 'a child that ends where the next one starts is on the path',
    spans: [
      { name: 'root', parent: null, start: 0, end: 20 },
      { name: 'first', parent: 0, start: 0, end: 10 },
      { name: 'second', parent: 0, start: 10, end: 20 },
    ],
    path: { first: 10, second: 10 },
  },
  {
    rule: 'a child that goes on after its parent is cut at the parent’s end',
    spans: [
      { name: 'root', parent: null, start: 0, end: 50 },
      { name: 'late', parent: 0, start: 20, end: 90 },
    ],
    path: { root: 20, late: 30 },
  },
  {
    rule: 'a child that starts after its parent has ended is left',
    spans: [
      { name: 'root', parent: null, start: 0, end: 50 },
      { name: 'after', parent: 0, start: 60, end: 90 },
    ],
    path: { root: 50 },
  },
  {
    rule: 'nobody waits for what a queue delivers',
    spans: [
      { name: 'root', parent: null, start: 0, end: 50 },
      { name: 'send', parent: 0, start: 10, end: 40, kind: 'producer' },
      { name: 'below', parent: 1, start: 15, end: 20 },
    ],
    path: { root: 50 },
  },
  {
    rule: 'spans of no length are passed by',
    spans: [
      { name: 'root', parent: null, start: 0, end: 50 },
      { name: 'instant', parent: 0, start: 20, end: 20 },
      { name: 'same', parent: 0, start: 20, end: 20 },
    ],
    path: { root: 50 },
  },
];

for (const { rule, spans, path } of paths) {
  test(`critical path: ${rule}`, () => {
    const table = tableOf(spans);
    const found = criticalPath(table);
    const onPath = [...found.on.keys()].filter((row) => found.on[row] === 1);
    assert.deepEqual(
      Object.fromEntries(onPath.map((row) => [operationOf(table, row), criticalTimeOf(found, row)])),
      path,
    );
  });
}
