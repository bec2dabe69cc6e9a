import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nativeBuckets } from './exponential_buckets.ts';
import { boundText, labelName, metricName, unitName } from './metric_names.ts';

test('names are those of Prometheus', () => {
  const table: readonly (readonly [string, string, 'counter' | 'gauge' | 'other', string])[] = [
    ['http.server.request.duration', 's', 'other', 'http_server_request_duration_seconds'],
    ['system.cpu.utilization', '1', 'gauge', 'system_cpu_utilization_ratio'],
    ['system.disk.io', 'By', 'counter', 'system_disk_io_bytes_total'],
    ['requests_total', '1', 'counter', 'requests_total'],
    ['system.network.io', 'By/s', 'gauge', 'system_network_io_bytes_per_second'],
    ['active.requests', '{request}', 'other', 'active_requests'],
    ['queue.bytes', 'By', 'other', 'queue_bytes'],
    ['3rd.party', '', 'gauge', '_3rd_party'],
    ['rule:agg', '', 'gauge', 'rule:agg'],
    ['disk.usage', '%', 'gauge', 'disk_usage_percent'],
    ['ratio', '1', 'counter', 'ratio_total'],
    ['...', 's', 'gauge', ''],
  ];
  for (const [name, unit, kind, expected] of table) assert.equal(metricName(name, unit, kind), expected);
  assert.deepEqual(['By/s', 's', '', '{req}/m', '1'].map(unitName), [
    'bytes_per_second',
    'seconds',
    '',
    'per_minute',
    '',
  ]);
  assert.deepEqual(['a.b', '1a', '_a', '__a', 'ä'].map(labelName), ['a_b', 'key_1a', 'key_a', '__a', 'key_']);
});

test('bounds never have an exponent', () => {
  const table: readonly (readonly [number, string])[] = [
    [0.005, '0.005'],
    [1, '1'],
    [1e21, '1000000000000000000000'],
    [1.5e-7, '0.00000015'],
    [-2.5e22, '-25000000000000000000000'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
  ];
  for (const [value, expected] of table) assert.equal(boundText(value), expected);
});

test('native buckets keep every count at its place', () => {
  assert.deepEqual(nativeBuckets(-2, [1, 0, 0, 0, 0, 2, 3], 0), {
    offsets: [-1, 4],
    lengths: [1, 2],
    counts: [1, 2, 3],
  });
  assert.deepEqual(nativeBuckets(5, [0, 0], 0), { offsets: [], lengths: [], counts: [] });
  assert.deepEqual(nativeBuckets(-3, [1, 1, 1, 1], 1), { offsets: [-1], lengths: [3], counts: [1, 2, 1] });
});
