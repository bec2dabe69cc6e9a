import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@trilith/lang/promql';
import { batchesOf } from './dependencies.ts';
import { nextSlot, slotBefore, slotOffsetMs } from './schedule.ts';

const CASES: readonly (readonly [what: string, rules: readonly string[], batches: readonly (readonly number[])[]])[] = [
  ['rules that do not read each other go together', ['a: up', 'b: up', 'c: rate(x[5m])'], [[0, 1, 2]]],
  ['a rule goes after the one it reads', ['a: up', 'b: a + 1'], [[0], [1]]],
  ['rules of a chain go one by one', ['a: up', 'b: a', 'c: b', 'd: c', 'e: up'], [[0, 4], [1], [2], [3]]],
  ['a rule does not wait for one that comes later', ['a: b', 'b: up'], [[0, 1]]],
  ['a name that is a pattern reads what it matches', ['job:x: up', 'b: {__name__=~"job:.*"}'], [[0], [1]]],
  ['a selector without a name may read anything', ['a: up', 'b: {job="x"}', 'c: up'], [[0], [1], [2]]],
  ['ALERTS reads every alert', ['!A: up', 'b: ALERTS', 'c: up'], [[0, 2], [1]]],
  ['ALERTS of one alert reads that one', ['!A: up', '!B: up', 'c: ALERTS_FOR_STATE{alertname="B"}'], [[0, 1], [2]]],
  ['LogQL reads nothing of the group', ['a: up', 'b: logql', 'c: b'], [[0, 1], [2]]],
];
for (const [what, rules, batches] of CASES) {
  test(what, () => {
    const inputs = rules.map((rule) => {
      const [, mark, name = '', expr = ''] = /^(!?)(\S+): (.*)$/.exec(rule) ?? [];
      const kind = mark === '!' ? ('alert' as const) : ('record' as const);
      return { kind, name, expr: expr === 'logql' ? undefined : parse(expr) };
    });
    assert.deepEqual(batchesOf(inputs), batches);
  });
}

test('slots of a group stay where they are, whenever it is started, and spread over the interval', () => {
  const offsets = Array.from({ length: 200 }, (_, i) => slotOffsetMs('rules.yml', `group${i}`, 60_000));
  assert.ok(offsets.every((offset) => offset >= 0 && offset < 60_000));
  for (const part of [0, 1, 2, 3]) assert.ok(offsets.some((offset) => Math.floor(offset / 15_000) === part));
  const [offset = 0] = offsets;
  const now = Date.UTC(2026, 0, 1, 12, 34, 56);
  const slot = slotBefore(now, offset, 60_000);
  assert.ok(slot <= now && slot > now - 60_000);
  assert.equal(slotBefore(slot, offset, 60_000), slot);
  assert.equal(slotBefore(slot - 1, offset, 60_000), slot - 60_000);
});

test('slots that have passed are left out and counted', () => {
  for (const [now, timeMs, missed] of [
    [1_000, 1_000, 0],
    [1_400, 1_000, 0],
    [2_500, 2_000, 1],
    [5_000, 5_000, 4],
    [-900, 1_000, 0],
  ] as const)
    assert.deepEqual(nextSlot(0, now, 1_000), { timeMs, missed });
});
