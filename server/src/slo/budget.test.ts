import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { budgetOf, burnDown, burnRateOf, exhaustionMs, isReliable, SLOT_MS } from './budget.ts';

const START = 1_790_000_000_000 - (1_790_000_000_000 % SLOT_MS);
const at = (slot: number): number => START + slot * SLOT_MS;
const near = (actual: number | undefined, expected: number): void =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);

const countsOf = (slots: readonly (readonly [bad: number, total: number])[]) =>
  slots.map(([bad, total], i) => ({ slotMs: at(i + 1), bad, total }));

test('one bad event of a thousand is the whole budget of 99.9 %', () => {
  const period = { fromMs: START, toMs: at(4) };
  const counts = countsOf([
    [0, 250],
    [1, 250],
    [0, 250],
    [0, 250],
  ]);
  const budget = budgetOf(counts, 99.9, period);
  near(budget.remaining, 0);
  near(budget.goodShare, 0.999);
  assert.equal(budget.coverage, 1);
  near(budgetOf(counts, 99, period).remaining, 0.9);
  near(budgetOf(counts, 99.95, period).remaining, -1);
  assert.equal(budgetOf(counts, 100, period).remaining, Number.NEGATIVE_INFINITY);
  assert.equal(budgetOf(countsOf([[0, 5]]), 100, period).remaining, 1);
});

test('nothing counted is no hundred per cent', () => {
  const budget = budgetOf([], 99.9, { fromMs: START, toMs: at(10) });
  assert.deepEqual([budget.goodShare, budget.remaining, budget.coverage], [undefined, undefined, 0]);
  assert.equal(isReliable(budget), false);
});

test('half the slots without a count, or too few events, are not enough to speak of', () => {
  const period = { fromMs: START, toMs: at(4) };
  assert.equal(isReliable(budgetOf(countsOf([[0, 5]]), 99, period)), false);
  const half = budgetOf(
    countsOf([
      [0, 5],
      [0, 5],
    ]),
    99,
    period,
  );
  assert.equal(isReliable(half), true);
  assert.equal(isReliable(half, 10), true);
  assert.equal(isReliable(half, 11), false);
});

test('an exclusion takes slots out of the past, whole ones, and gives the budget back', () => {
  const period = { fromMs: START, toMs: at(4) };
  const counts = countsOf([
    [0, 100],
    [50, 100],
    [0, 100],
    [0, 100],
  ]);
  assert.ok((budgetOf(counts, 99, period).remaining ?? 1) < 0);
  const excluded = budgetOf(counts, 99, period, [{ fromMs: at(1) + 60_000, toMs: at(1) + 120_000 }]);
  assert.deepEqual([excluded.remaining, excluded.total, excluded.excludedSlots, excluded.coverage], [1, 300, 1, 1]);
});

test('the burn rate is the share of the window over the allowed one, and says when nothing is left', () => {
  const counts = countsOf([
    [0, 100],
    [0, 100],
    [2, 100],
    [2, 100],
  ]);
  near(burnRateOf(counts, 99, 2 * SLOT_MS, at(4)), 2);
  near(burnRateOf(counts, 99, 4 * SLOT_MS, at(4)), 1);
  assert.equal(burnRateOf([], 99, SLOT_MS, at(4)), undefined);
  assert.equal(exhaustionMs(0.5, 2, 1_000, 10_000), 10_250);
  assert.equal(exhaustionMs(0.5, 0, 1_000, 10_000), undefined);
  assert.equal(exhaustionMs(-0.1, 2, 1_000, 10_000), 10_000);
});

const someCounts = fc
  .array(fc.tuple(fc.nat({ max: 1000 }), fc.nat({ max: 1000 })), { minLength: 1, maxLength: 60 })
  .map((slots) => countsOf(slots.map(([a, b]) => [Math.min(a, b), Math.max(a, b)])));

test('whatever was counted: remaining and spent make one, the burn-down ends at what remains and never rises', () => {
  fc.assert(
    fc.property(someCounts, fc.double({ min: 50, max: 99.99, noNaN: true }), (counts, target) => {
      const period = { fromMs: START, toMs: at(60) };
      const budget = budgetOf(counts, target, period);
      if (budget.remaining === undefined) return;
      const spent = budget.bad / budget.total / ((100 - target) / 100);
      near(budget.remaining + spent, 1);
      near(burnRateOf(counts, target, 60 * SLOT_MS, at(60)), spent);
      const points = burnDown(counts, target, period, SLOT_MS).map(({ remaining }) => remaining ?? 0);
      near(points.at(-1), budget.remaining);
      for (const [i, point] of points.entries()) assert.ok(i === 0 || point <= (points[i - 1] ?? 0) + 1e-9);
    }),
  );
});

test('whatever is excluded: what is left is what the other slots make', () => {
  fc.assert(
    fc.property(someCounts, fc.nat({ max: 60 }), fc.nat({ max: 20 }), (counts, first, length) => {
      const period = { fromMs: START, toMs: at(60) };
      const exclusion = { fromMs: at(first), toMs: at(first + length) };
      const others = counts.filter(({ slotMs }) => slotMs <= at(first) || slotMs > at(first + length));
      const { excludedSlots, coverage, ...excluded } = budgetOf(counts, 99, period, [exclusion]);
      const { excludedSlots: _, coverage: __, ...without } = budgetOf(others, 99, period);
      assert.deepEqual(excluded, without);
      assert.equal(excludedSlots, Math.min(60, first + length) - Math.min(60, first));
      assert.ok(coverage <= 1);
    }),
  );
});
