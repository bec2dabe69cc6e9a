import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expressionIn, plottedOf } from './plotted.ts';

const PLOTTED: readonly (readonly [expression: string, expr: string, threshold: number | undefined])[] = [
  ['rate(errors_total[5m]) > 0.05', 'rate(errors_total[5m])', 0.05],
  ['(sum(up) by (job) < -1)', 'sum by (job) (up)', -1],
  ['0.9 > up', 'up', 0.9],
  ['up == 0 and on (job) foo', 'up', 0],
  ['foo and on (job) (bar > bool 3)', 'bar', 3],
  ['max without (w) (bad:ratio5m > (14.4 * 0.5)) and sum(increase(all[1h])) >= 100', 'bad:ratio5m', 7.2],
  ['a > b', 'a > b', undefined],
  ['absent(up)', 'absent(up)', undefined],
];

for (const [text, expr, threshold] of PLOTTED) {
  test(`${text} is drawn as ${expr}`, () =>
    assert.deepEqual(plottedOf({ language: 'promql', text }), { language: 'promql', expr, threshold }));
}

test('of a log query its rate is drawn, of lines nothing', () => {
  const rate = 'sum by (service) (rate({app="x"} |= "error" [5m]))';
  const drawn = plottedOf({ language: 'logql', text: `${rate} > 10` });
  assert.equal(drawn?.threshold, 10);
  assert.match(drawn?.expr ?? '', /^sum by ?\(service\) ?\(rate\(/);
  assert.equal(plottedOf({ language: 'logql', text: '{app="x"}' }), undefined);
  assert.equal(plottedOf({ language: 'promql', text: '{app="x"} |= "error"' }), undefined);
});

test('the expression of an alert is in its link: Prometheus’ and ours', () => {
  const promql = { language: 'promql', text: 'up == 0' };
  assert.deepEqual(expressionIn('http://prometheus:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1'), promql);
  assert.deepEqual(expressionIn('https://trilith.example/explore/metrics?q=up+%3D%3D+0'), promql);
  assert.deepEqual(expressionIn('https://trilith.example/explore/logs?q=%7Ba%3D%22b%22%7D'), {
    language: 'logql',
    text: '{a="b"}',
  });
  assert.equal(expressionIn('').text, '');
});
