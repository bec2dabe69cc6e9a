import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultExpression, searchMetrics } from './metricSearch.ts';
import { withoutMatchers } from './relax.ts';

test('an empty answer offers the metrics without their matchers', () => {
  assert.deepEqual(
    withoutMatchers('sum(rate(http_requests_total{path="/x"}[5m])) / sum(rate(http_requests_total[5m])) + up'),
    ['http_requests_total'],
  );
  assert.deepEqual(withoutMatchers('up'), []);
  assert.deepEqual(withoutMatchers('sum('), []);
});

const metrics = [
  { name: 'http_requests_total', type: 'counter', help: 'Requests by path' },
  { name: 'node_load1', type: 'gauge', help: 'Load average' },
  { name: 'request_size', type: 'gauge', help: 'Bytes' },
];

test('metric search takes several fragments in any order, over name and help, names starting so first', () => {
  assert.deepEqual(
    searchMetrics(metrics, 'request').map((one) => one.name),
    ['request_size', 'http_requests_total'],
  );
  assert.deepEqual(
    searchMetrics(metrics, 'total http').map((one) => one.name),
    ['http_requests_total'],
  );
  assert.deepEqual(
    searchMetrics(metrics, 'AVERAGE').map((one) => one.name),
    ['node_load1'],
  );
  assert.equal(searchMetrics(metrics, '').length, 3);
});

test('a picked metric becomes the question one usually asks of its type', () => {
  assert.equal(defaultExpression('a_total', 'counter'), 'sum(rate(a_total[5m]))');
  assert.equal(defaultExpression('a_total', 'unknown'), 'sum(rate(a_total[5m]))');
  assert.equal(defaultExpression('a', 'gauge'), 'a');
  assert.equal(
    defaultExpression('d_seconds_bucket', 'histogram'),
    'histogram_quantile(0.95, sum by (le) (rate(d_seconds_bucket[5m])))',
  );
});
