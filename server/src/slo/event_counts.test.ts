import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countsAtWindow } from './event_counts.ts';

test('events per second become the events of the window, whatever is around them', () => {
  for (const expr of [
    'rate(a[5m])',
    'sum by (route) (rate(a{code=~"5.."}[5m]))',
    'sum(rate(a[5m])) - sum(rate(b[5m]))',
    'sum(rate(a[5m])) or vector(0)',
    '1 * (sum(irate(a[5m])) or 0 * sum(rate(b[5m])))',
    'sum(rate(a[5m])) > 0.5',
    '0.5 < sum(rate(a[5m]))',
    'avg_over_time(sum(rate(a[1m]))[5m:15s])',
    'histogram_count(sum(rate(a[5m])))',
    'histogram_count(sum(rate(a[5m]))) * (1 - histogram_fraction(0, 0.1, sum(rate(a[5m]))))',
    'sum(rate(a[5m])) * (sum(rate(b[5m])) / sum(rate(c[5m])))',
  ])
    assert.equal(countsAtWindow(expr.replace('[5m]', '[{{.window}}]'), 300_000), `(${expr}) * 300`);
});

test('what is a number of events stays as it is written', () => {
  for (const expr of [
    'a[5m]',
    'sum(increase(a[5m]))',
    'sum(sum_over_time(log_lines:count1m[5m]))',
    'sum(count_over_time((rate(deadlocks[1m]) > 0)[5m:15s])) or vector(0)',
    'count(rate(a[5m]) > 1)',
    'sum(rate(a[5m]) > bool 1)',
    'sum(rate(a[5m])) / sum(rate(b[5m]))',
    'this is no PromQL [5m]',
  ])
    assert.equal(countsAtWindow(expr.replaceAll('[5m', '[{{.window}}'), 300_000), expr);
  assert.equal(countsAtWindow('rate(a[{{.window}}])', 3_600_000), '(rate(a[1h])) * 3600');
});
