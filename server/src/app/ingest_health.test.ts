import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../model/ingest.ts';
import { createIngestHealth } from './ingest_health.ts';

const NOW = 1_700_000_000_000;
const stored = (samples: number, spans = 0, late = 0): Outcome => ({
  kind: 'stored',
  accepted: { samples, histograms: 0, exemplars: 0, logs: 0, spans },
  rejections: late === 0 ? [] : [{ reason: 'too_old', count: late, message: 'old' }],
});

test('both remote-write versions are one source; its rate is that of the last minute', () => {
  const health = createIngestHealth();
  health.note('remote-write-1', stored(300), NOW);
  health.note('remote-write-2', stored(300), NOW + 1_000);
  const [source, ...others] = health.sources(NOW + 1_000);
  assert.equal(others.length, 0);
  assert.deepEqual(
    [source?.door, source?.signal, source?.accepted, source?.perSecond, source?.lastSeenMs],
    ['remote-write', 'metrics', 600, 10, NOW + 1_000],
  );
  assert.equal(health.sources(NOW + 120_000)[0]?.perSecond, 0);
});

test('refused records and refused requests are counted by reason, in words, with the setting that helps', () => {
  const health = createIngestHealth();
  health.note('loki-json', stored(0, 0, 2), NOW);
  health.note('loki-json', stored(0, 0, 3), NOW + 5);
  health.note('loki-protobuf', { kind: 'over-quota', message: '', retryAfterSeconds: 1 }, NOW + 9);
  const [source] = health.sources(NOW);
  assert.deepEqual(
    source?.rejected.map(({ reason, setting, count, lastMs }) => [reason, setting, count, lastMs]),
    [
      ['too_old', null, 5, NOW + 5],
      ['over-quota', 'limits.ingest_mib_per_second', 1, NOW + 9],
    ],
  );
  assert.ok(source?.rejected.every(({ words }) => words.length > 10));
});

test('the signals of one protocol are sources of their own', () => {
  const health = createIngestHealth();
  health.note('otlp-metrics-protobuf', stored(1), NOW);
  health.note('otlp-traces-json', stored(0, 1), NOW);
  health.note('otlp-logs-json', stored(0), NOW);
  assert.deepEqual(
    health.sources(NOW).map(({ door, signal }) => `${door} ${signal}`),
    ['otlp-http metrics', 'otlp-http traces', 'otlp-http logs'],
  );
});

test('what comes by a door of logs is logs, also where the door’s name does not say so', () => {
  const health = createIngestHealth();
  const logs: Outcome = {
    kind: 'stored',
    accepted: { samples: 0, histograms: 0, exemplars: 0, logs: 1, spans: 0 },
    rejections: [],
  };
  const doors = [
    'syslog',
    'fluent-json',
    'fluent-msgpack',
    'fluent-forward',
    'elasticsearch-logs',
    'ci-logs',
    'loki-json',
  ] as const;
  for (const door of doors) health.note(door, logs, NOW);
  assert.deepEqual(new Set(health.sources(NOW).map(({ signal }) => signal)), new Set(['logs']));
});
