import assert from 'node:assert/strict';
import { test } from 'node:test';
import { budgetAt, keptTarget, targetsToTry } from './targets.ts';

test('the target that was kept is never above the share of good events', () => {
  assert.equal(keptTarget({ bad: 1, total: 3 }), 66.666);
  assert.equal(keptTarget({ bad: 1, total: 1000 }), 99.9);
  assert.equal(keptTarget({ bad: 0, total: 7 }), 100);
  assert.equal(keptTarget({ bad: 7, total: 7 }), 0);
  assert.equal(keptTarget({ bad: 0, total: 0 }), null);
});

test('a budget is spent exactly at the target that was kept', () => {
  const events = { bad: 5, total: 1000 };
  const { allowed, remaining } = budgetAt(keptTarget(events) ?? 0, events);
  assert.ok(Math.abs(allowed - 5) < 1e-9);
  assert.ok(Math.abs(remaining ?? 1) < 1e-9);
  assert.ok(Math.abs((budgetAt(99, events).remaining ?? 0) - 0.5) < 1e-9);
  assert.ok((budgetAt(99.9, events).remaining ?? 0) < -3.9);
});

test('nothing is said of a budget without events, or of one that allows none', () => {
  assert.equal(budgetAt(99.9, { bad: 0, total: 0 }).remaining, null);
  assert.equal(budgetAt(100, { bad: 1, total: 10 }).remaining, null);
});

test('the promised and the kept target are among those to try, each once and in order', () => {
  const targets = targetsToTry(99.93, { bad: 12, total: 10_000 });
  assert.ok(targets.includes(99.93) && targets.includes(99.88));
  assert.deepEqual(
    targets,
    [...new Set(targets)].sort((a, b) => a - b),
  );
  assert.equal(targetsToTry(99.9, { bad: 0, total: 0 }).filter((target) => target === 99.9).length, 1);
});
