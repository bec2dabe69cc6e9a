import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureOf, verdictOf } from './usual.ts';

test('what is usual is the same hour when it has spans enough, else the last day, else unknown', () => {
  const of = (spans: number, p99Ms: number) => ({ spans, p50Ms: p99Ms / 4, p95Ms: p99Ms / 2, p99Ms });
  const operation = {
    service: 'api',
    operation: 'x',
    kind: 'server',
    lastDay: of(500, 100),
    sameHour: of(19, 10),
  } as const;
  assert.equal(measureOf(operation)?.p99Ms, 100);
  assert.equal(measureOf({ ...operation, sameHour: of(20, 10) })?.p99Ms, 10);
  assert.deepEqual(
    [5, 30, 51, 101].map((ms) => verdictOf(ms, operation)),
    ['faster', 'usual', 'slower', 'slowest'],
  );
  assert.equal(verdictOf(5, { ...operation, lastDay: null }), 'unknown');
  assert.equal(verdictOf(5, undefined), 'unknown');
});
