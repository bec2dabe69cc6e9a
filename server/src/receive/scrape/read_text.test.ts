import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMetricsFloat } from './go_float.ts';
import { report, target } from './test_target.ts';

test('bounds of buckets and quantiles have one spelling, whatever the target writes', () => {
  const { scrape, samples } = target();
  const decoded = scrape(
    '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="1000000"} 2\nh_bucket{le="+Inf"} 3\n# TYPE s summary\ns{quantile="0.50"} 4\n# TYPE g gauge\ng{le="1"} 5\n',
  );
  assert.deepEqual(samples(decoded), {
    'h_bucket le=1.0': 1,
    'h_bucket le=1e+06': 2,
    'h_bucket le=+Inf': 3,
    's quantile=0.5': 4,
    'g le=1': 5,
  });
});

test('numbers are written as Go writes them', () => {
  for (const [value, written] of [
    [0.005, '0.005'],
    [1e-5, '1e-05'],
    [123456, '123456.0'],
    [1234567, '1.234567e+06'],
    [1e21, '1e+21'],
    [-2.5, '-2.5'],
  ] as const)
    assert.equal(openMetricsFloat(value), written);
});

test('report series on request say what the scrape was allowed', () => {
  const { scrape, samples } = target();
  const all = samples(scrape('a 1\n', { sampleLimit: 10, extra: { timeoutSeconds: 5 } }), true);
  assert.deepEqual([all.scrape_timeout_seconds, all.scrape_sample_limit, all.scrape_body_size_bytes], [5, 10, 4]);
});

test('samples with times of their own get staleness markers when that is asked for', () => {
  const { scrape, samples, context } = target();
  const timed = `a 1 ${context.nowMs - 1000}\n`;
  scrape(timed, { trackTimestamps: true });
  assert.deepEqual(samples(scrape('b 1\n', { trackTimestamps: true })), { a: 'stale', b: 1 });
});

test('with legacy names a name that is not ASCII fails the scrape', () => {
  const { scrape } = target();
  assert.match(report(scrape('{"a.b"} 1\n', { legacyNames: true })).error, /invalid metric name or label names: a\.b/);
  assert.equal(report(scrape('{"a.b"} 1\n')).error, '');
});

test('a timestamp of the text format is whole milliseconds as it is written', () => {
  const { scrape } = target();
  assert.match(report(scrape('a 1 0.000\n')).error, /expected a timestamp/);
});
