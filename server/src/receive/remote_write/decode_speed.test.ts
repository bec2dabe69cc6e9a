import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decompress } from '../../base/decompress.ts';
import { snappyCompress } from '../../base/snappy.ts';
import { DEFAULT_LIMITS, SeriesInterner } from '../../ingest/index.ts';
import type { Decode, DecodeContext } from '../../model/ingest.ts';
import { labelValue } from '../../model/labels.ts';
import { decodeRemoteWrite1, decodeRemoteWrite2 } from './index.ts';
import { type TestSeries, writeRequest1, writeRequest2 } from './test_requests.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const PER_REQUEST = 2000;
const REQUESTS = 10;
/** A tenth of what one quiet core does: low enough for a busy machine, high enough to notice a lost fast path. */
const FLOOR = 200_000;

/** Series as a fleet of pods sends them: ten labels, about 270 bytes. */
function series(request: number): TestSeries[] {
  return Array.from({ length: PER_REQUEST }, (_, i) => {
    const pod = request * 100 + Math.floor(i / 20);
    return {
      labels: [
        ['__name__', `http_request_duration_seconds_${i % 20}`],
        ['cluster', 'eu-west-1a'],
        ['code', '200'],
        ['handler', '/api/v1/query_range'],
        ['instance', `10.0.${pod % 250}.17:9090`],
        ['job', 'payments-api'],
        ['method', 'GET'],
        ['namespace', 'production'],
        ['pod', `payments-api-${pod}`],
        ['team', 'payments'],
      ],
      samples: [{ value: (i * 7) % 1000, timestamp: NOW - 15_000 + (i % 10) }],
    };
  });
}

/** Samples per second of one core's time, uncompressing included, once series are known and code is warm. */
function measure(decode: Decode, bodies: readonly Uint8Array<ArrayBuffer>[], seconds: number): number {
  const prefixOf = (labels: Parameters<typeof labelValue>[0]) => labelValue(labels, '__name__');
  const interner = new SeriesInterner({ prefixOf, limit: 200_000 });
  const context: DecodeContext = { nowMs: NOW, limits: DEFAULT_LIMITS.decode, series: interner, streams: interner };
  const into = new Uint8Array(4 << 20);
  const round = (): void => {
    for (const body of bodies) {
      interner.beginRequest(NOW);
      const raw = decompress('snappy', body, { maxBytes: 64 << 20, maxRatio: 200, into });
      assert.equal(decode(raw, context, undefined).accepted.samples, PER_REQUEST);
    }
  };
  for (let warm = 0; warm < 10; warm++) round();
  const start = process.cpuUsage();
  let samples = 0;
  for (;;) {
    round();
    samples += REQUESTS * PER_REQUEST;
    const { user, system } = process.cpuUsage(start);
    if (user + system > seconds * 1e6) return (samples * 1e6) / (user + system);
  }
}

for (const [version, decode, encode] of [
  ['1.0', decodeRemoteWrite1, writeRequest1],
  ['2.0', decodeRemoteWrite2, writeRequest2],
] as const) {
  test(`remote write ${version}: bytes to columns at no less than ${FLOOR} samples a second and core`, (t) => {
    const bodies = Array.from({ length: REQUESTS }, (_, i) => snappyCompress(encode(series(i))));
    const rate = measure(decode, bodies, 0.5);
    t.diagnostic(`${(rate / 1e6).toFixed(2)} million samples per second and core`);
    assert.ok(rate > FLOOR, `${rate}`);
  });
}
