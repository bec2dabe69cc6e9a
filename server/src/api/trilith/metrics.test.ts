import assert from 'node:assert/strict';
import { test } from 'node:test';
import { searchMetrics } from './metrics.ts';

const metric = (name: string, help: string, uses = 0) => ({ name, type: 'gauge', help, unit: '', series: 1, uses });
const metrics = [
  metric('http_requests_total', 'Requests by path'),
  metric('node_load1', 'Load average', 2),
  metric('request_size', 'Bytes'),
  metric('request_time', 'Seconds', 1),
];
const found = (text: string): string[] => searchMetrics(metrics, text).map(({ name }) => name);

test('metric search takes several words in any order, over name and help, names starting so first', () => {
  assert.deepEqual(found('request'), ['request_time', 'request_size', 'http_requests_total']);
  assert.deepEqual(found('total http'), ['http_requests_total']);
  assert.deepEqual(found('AVERAGE'), ['node_load1']);
  assert.deepEqual(found('nothing'), []);
});

test('without a search the metrics that most queries ask for come first', () => {
  assert.deepEqual(found(''), ['node_load1', 'request_time', 'http_requests_total', 'request_size']);
});
