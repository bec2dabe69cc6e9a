import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_DECODE_LIMITS } from '../model/decode_limits.ts';
import { HINT_GAUGE, NO_BOUNDS, NO_BUCKETS } from '../model/histogram.ts';
import { createMapInterner } from '../model/map_interner.ts';
import { decodeRemoteWrite1 } from '../receive/remote_write/index.ts';
import { sectionRows } from '../store/index.ts';
import { recordedRequest } from './recorded_request.ts';

const NOW = Date.UTC(2026, 0, 1, 12);

test('samples of rules come through the door of remote write as they are: values, ends of series, native histograms', () => {
  const series = createMapInterner();
  const labels = (name: string): readonly string[] => ['__name__', name, 'job', 'x'.repeat(200)];
  const histogram = {
    schema: 0,
    hint: HINT_GAUGE,
    zeroThreshold: 0.5,
    zeroCount: 1,
    count: 6,
    sum: 12.5,
    positive: { indexes: Int32Array.of(1, 2, 5), counts: Float64Array.of(1, 2, 2) },
    negative: NO_BUCKETS,
    customValues: NO_BOUNDS,
  } as const;
  const body = recordedRequest([
    { labels: labels('a'), timeMs: NOW, value: 0.25, stale: false },
    { labels: labels('b'), timeMs: NOW, value: 7, stale: true },
    { labels: labels('c'), timeMs: NOW, value: Number.NaN, stale: false, histogram },
  ]);
  const context = { nowMs: NOW, limits: DEFAULT_DECODE_LIMITS, series, streams: createMapInterner() };
  const { sections, rejections } = decodeRemoteWrite1(body, context, undefined);
  assert.deepEqual(rejections, []);
  const rows = (table: string) => sections.filter((section) => section.table === table).flatMap(sectionRows);
  assert.deepEqual(
    rows('samples').map(({ ts, mantissa, exponent }) => [Number(ts), BigInt(String(mantissa)), Number(exponent)]),
    [
      [NOW, 25n, -2],
      [NOW, 0x7ff0000000000002n, -128],
    ],
  );
  const [native] = rows('native_histograms');
  assert.deepEqual(
    [native?.count, native?.sum, native?.positive_offsets, native?.positive_lengths, native?.positive_buckets],
    [6, 12.5, [1, 2], [2, 1], [1, 2, 2]],
  );
});
