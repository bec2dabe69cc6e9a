import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nativeBuckets } from './exponential_buckets.ts';
import { boundText, labelName, metricName, type NameKind, unitName } from './metric_names.ts';
import { DEFAULT_OTLP_SETTINGS, type TranslationStrategy } from './settings.ts';

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
    ['...', '', 'gauge', ''],
    ['...', 's', 'gauge', 'seconds'],
    ['metric', 'a%', 'gauge', 'metric_a_'],
    ['requests', '1/s', 'gauge', 'requests_per_second'],
    ['custom', 'By/{custom}', 'other', 'custom_bytes'],
  ];
  for (const [name, unit, kind, expected] of table)
    assert.equal(metricName(name, unit, kind, DEFAULT_OTLP_SETTINGS), expected, name);
  assert.deepEqual(
    ['By/s', 's', '', '{req}/m', '1'].map((unit) => unitName(unit)),
    ['bytes_per_second', 'seconds', '', 'per_minute', ''],
  );
  assert.deepEqual(
    ['a.b', '1a', '_a', '__a', 'ä'].map((key) => labelName(key, DEFAULT_OTLP_SETTINGS)),
    ['a_b', 'key_1a', 'key_a', '__a', 'key_'],
  );
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

test('each translation strategy names a metric its way', () => {
  const table: readonly (readonly [TranslationStrategy, string, string, NameKind, string])[] = [
    ['UnderscoreEscapingWithoutSuffixes', 'metric@with#special$chars', 's', 'counter', 'metric_with_special_chars'],
    ['UnderscoreEscapingWithoutSuffixes', '123metric', '', 'gauge', '_123metric'],
    ['UnderscoreEscapingWithoutSuffixes', 'a__b', '', 'gauge', 'a__b'],
    ['UnderscoreEscapingWithoutSuffixes', '@_#_$_%', '', 'gauge', ''],
    ['NoUTF8EscapingWithSuffixes', 'http.server.duration', 's', 'other', 'http.server.duration_seconds'],
    ['NoUTF8EscapingWithSuffixes', 'requests_total', '', 'counter', 'requests_total'],
    ['NoUTF8EscapingWithSuffixes', 'cpu_seconds_total', 's', 'counter', 'cpu_seconds_total'],
    ['NoUTF8EscapingWithSuffixes', 'cpu_usage_ratio', '1', 'gauge', 'cpu_usage_ratio'],
    ['NoUTF8EscapingWithSuffixes', 'io', 'By/s', 'gauge', 'io_bytes_per_second'],
    ['NoTranslation', 'http.server.duration', 's', 'counter', 'http.server.duration'],
  ];
  for (const [translationStrategy, name, unit, kind, expected] of table)
    assert.equal(metricName(name, unit, kind, { ...DEFAULT_OTLP_SETTINGS, translationStrategy }), expected);
});

test('label names are those of Prometheus under each of its switches', () => {
  const switches = [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const;
  // [key, by sanitization of underscores and preserving many of them, in the order of `switches`]
  const table: readonly (readonly [string, string, string, string, string])[] = [
    ['a.字符', 'a_', 'a_', 'a___', 'a___'],
    ['.foo', '_foo', 'key_foo', '_foo', 'key_foo'],
    ['__two', '_two', 'key_two', '__two', '__two'],
    ['a.b__c&&d', 'a_b_c_d', 'a_b_c_d', 'a_b__c__d', 'a_b__c__d'],
    ['__reserved__name__', '__reserved_name__', '__reserved_name__', '__reserved__name__', '__reserved__name__'],
    ['123label', 'key_123label', 'key_123label', 'key_123label', 'key_123label'],
    ['__', '', '', '', ''],
  ];
  for (const [key, ...expected] of table) {
    const names = switches.map(([labelUnderscoreSanitization, labelPreserveMultipleUnderscores]) =>
      labelName(key, { ...DEFAULT_OTLP_SETTINGS, labelUnderscoreSanitization, labelPreserveMultipleUnderscores }),
    );
    assert.deepEqual(names, expected, key);
  }
  assert.equal(labelName('a.b', { ...DEFAULT_OTLP_SETTINGS, translationStrategy: 'NoTranslation' }), 'a.b');
});
