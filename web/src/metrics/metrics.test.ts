import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withFirst } from '../app/keptList.ts';
import { metricCompletion } from '../editor/metricCompletion.ts';
import { defaultExpression } from './defaultExpression.ts';
import { exemplarsOf } from './exemplars.ts';
import { withoutMatchers } from './relax.ts';
import { remarksOf } from './remarks.ts';

test('remarks are placed where upstream’s wording says, and the rest is said without a place', () => {
  const found = remarksOf('rate(\n  up[5m])', {
    warnings: ['PromQL warning: metric might not be a counter: "up" (2:3)'],
    infos: ['10 more info annotations omitted', 'odd (9:9)'],
  });
  assert.deepEqual(found, [
    { severity: 'warning', message: 'metric might not be a counter: "up"', from: 8, to: 10 },
    { severity: 'info', message: '10 more info annotations omitted', from: null, to: null },
    { severity: 'info', message: 'odd', from: null, to: null },
  ]);
});

test('exemplars without a trace are left out; of many the greatest of each stretch stays', () => {
  const one = (timestamp: number, value: string, labels: Record<string, string>) => ({ timestamp, value, labels });
  const found = exemplarsOf(
    [
      {
        seriesLabels: { job: 'x' },
        exemplars: [
          one(1, '5', { trace_id: 'AB' }),
          one(2, '9', { traceID: 'cd', span_id: 'ef' }),
          one(9, '1', { trace_id: '12' }),
          one(3, '7', { other: 'x' }),
        ],
      },
    ],
    2,
  );
  assert.deepEqual(
    found.map(({ ms, traceId, spanId }) => [ms, traceId, spanId]),
    [
      [2000, 'cd', 'ef'],
      [9000, '12', null],
    ],
  );
});

test('an empty answer offers the metrics without their matchers', () => {
  assert.deepEqual(
    withoutMatchers('sum(rate(http_requests_total{path="/x"}[5m])) / sum(rate(http_requests_total[5m])) + up'),
    ['http_requests_total'],
  );
  assert.deepEqual(withoutMatchers('up'), []);
  assert.deepEqual(withoutMatchers('sum('), []);
});

test('a picked metric becomes the question one usually asks of its type', () => {
  assert.equal(defaultExpression('a_total', 'counter'), 'sum(rate(a_total[5m]))');
  assert.equal(defaultExpression('a_total', 'unknown'), 'sum(rate(a_total[5m]))');
  assert.equal(defaultExpression('a', 'gauge'), 'a');
  assert.equal(defaultExpression('d_seconds', 'histogram'), 'histogram_quantile(0.95, sum(rate(d_seconds[5m])))');
  assert.equal(
    defaultExpression('d_seconds_bucket', 'histogram'),
    'histogram_quantile(0.95, sum by (le) (rate(d_seconds_bucket[5m])))',
  );
  assert.equal(defaultExpression('http.server.requests', 'counter'), 'sum(rate({"http.server.requests"}[5m]))');
});

test('completion puts the metrics that queries ask for first, and says how many series they have', () => {
  const known = { name: 'up', type: 'gauge', help: 'Is it up', unit: '', series: 12, uses: 3 };
  const rows = new Map([
    ['up', known],
    ['idle', { ...known, uses: 0 }],
  ]);
  assert.deepEqual(metricCompletion({ label: 'up' }, rows), {
    label: 'up',
    detail: 'gauge · 12',
    boost: 32,
    info: 'Is it up',
  });
  assert.equal(metricCompletion({ label: 'idle' }, rows).boost, 0);
  assert.deepEqual(metricCompletion({ label: 'other' }, rows), { label: 'other' });
});

test('a query asked again moves to the front of the history', () => {
  assert.deepEqual(withFirst(['a', 'b', 'c'], 'b', 3), ['b', 'a', 'c']);
});
