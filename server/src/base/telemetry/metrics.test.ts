import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetricsRegistry } from './metrics.ts';

test('a registry renders counters, gauges and cumulative histograms in the text format', () => {
  const registry = createMetricsRegistry();
  registry.counter('trilith_frames_total', 'Frames\nwritten.').inc(3);
  const refused = registry.counters('trilith_refused_total', 'Refused.', { reason: ['too_old', 'too_new'] });
  refused.with({ reason: 'too_old' }).inc();
  refused.with({ reason: 'too_old' }).inc();
  registry.gauge('trilith_depth', 'Depth.').set(-1.5);
  const seconds = registry.histogram('trilith_seconds', 'Seconds.', [0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 7]) seconds.observe(value);
  registry.observed('gauge', 'trilith_free', 'Free.', () => Number.POSITIVE_INFINITY);
  assert.equal(
    registry.render(),
    `# HELP trilith_frames_total Frames\\nwritten.
# TYPE trilith_frames_total counter
trilith_frames_total 3
# HELP trilith_refused_total Refused.
# TYPE trilith_refused_total counter
trilith_refused_total{reason="too_old"} 2
# HELP trilith_depth Depth.
# TYPE trilith_depth gauge
trilith_depth -1.5
# HELP trilith_seconds Seconds.
# TYPE trilith_seconds histogram
trilith_seconds_bucket{le="0.1"} 2
trilith_seconds_bucket{le="1"} 3
trilith_seconds_bucket{le="+Inf"} 4
trilith_seconds_sum 7.65
trilith_seconds_count 4
# HELP trilith_free Free.
# TYPE trilith_free gauge
trilith_free +Inf
`,
  );
});

test('a label value outside the declared set cannot make a new series', () => {
  const registry = createMetricsRegistry();
  const requests = registry.counters('requests_total', 'Requests.', { method: ['GET', 'POST'] });
  const outside: { method: string } = JSON.parse('{"method":"BREW"}');
  for (let i = 0; i < 3; i++) requests.with({ ...outside, method: (outside.method + i) as 'GET' }).inc();
  assert.deepEqual(registry.render().match(/^requests_total.*$/gm), ['requests_total{method="other"} 3']);
});

test('a callback that throws harms only its own metric', () => {
  const registry = createMetricsRegistry();
  registry.observed('gauge', 'broken', 'Broken.', () => {
    throw new Error('no such\nfile');
  });
  registry.counter('whole_total', 'Whole.').inc();
  assert.match(registry.render(), /^# broken could not be read: no such\\nfile$/m);
  assert.match(registry.render(), /^whole_total 1$/m);
});

test('a name cannot be registered twice', () => {
  const registry = createMetricsRegistry();
  registry.counter('a_total', 'A.');
  assert.throws(() => registry.gauge('a_total', 'A.'), /registered twice/);
});
