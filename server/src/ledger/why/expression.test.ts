import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logqlParts, promqlParts } from './expression.ts';

const sides = ({ comparisons }: ReturnType<typeof promqlParts>): string[] =>
  comparisons.map(({ left, operator, right }) => `${left} | ${operator} | ${right}`);

test('the comparisons of an expression are found through parentheses, `and`, `or` and arithmetic', () => {
  for (const [expr, expected] of [
    ['a > 5', ['a | > | 5']],
    ['((rate(a[5m]) / b) >= bool 0.1)', ['rate(a[5m]) / b | >= | 0.1']],
    ['a > 1 and on(job) (b < 2)', ['a | > | 1', 'b | < | 2']],
    ['a > 1 or b > 2', ['a | > | 1', 'b | > | 2']],
    ['a > 1 unless b == 0', ['a | > | 1']],
    ['(a > 1) * 100', ['a | > | 1']],
    ['absent(up{job="api"})', []],
  ] as const) {
    assert.deepEqual(sides(promqlParts(expr)), expected, expr);
  }
});

test('series a rule cannot fire without are found, others are not asked for', () => {
  for (const [expr, expected] of [
    ['sum by (job) (rate(a{x="1"}[5m])) / sum(b) > 5', ['a{x="1"}', 'b']],
    ['a > 1 or b > 2', []],
    ['a > 1 unless b', ['a']],
    ['absent(a)', []],
    ['a offset 1h > a', ['a offset 1h', 'a']],
  ] as const) {
    assert.deepEqual(
      promqlParts(expr).needed.map(({ text }) => text),
      expected,
      expr,
    );
  }
  const [series] = promqlParts('up_time{job="api", x=~"y"} > 1').needed;
  assert.equal(series?.metric, 'up_time');
  assert.equal(series?.anyOfMetric, 'up_time');
  assert.equal(series?.up, 'up{job="api"}');
  assert.equal(series?.lately, 'last_over_time(up_time{job="api",x=~"y"}[1d])');
});

test('conditions beside a comparison are found, and whether they are to hold', () => {
  assert.deepEqual(promqlParts('a > 1 and b unless c').conditions, [
    { kind: 'and', text: 'b' },
    { kind: 'unless', text: 'c' },
  ]);
});

test('comparisons of LogQL', () => {
  const lines = 'sum (count_over_time({service="api"} |= "declined" [5m]))';
  assert.deepEqual(sides(logqlParts(`${lines} > 5`)), [`${lines} | > | 5`]);
});
