import assert from 'node:assert/strict';
import { test } from 'node:test';
import { snappyUncompress } from '../../base/snappy.ts';
import { DEFAULT_LIMITS } from '../../ingest/index.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { decodeRemoteWrite2 } from '../../receive/remote_write/index.ts';
import { sectionRows } from '../../store/index.ts';
import { STALE_HIGH, STALE_LOW } from './chunk.ts';
import { readChunk } from './chunk_samples.ts';
import { CHUNKS, CHUNKS_BEGIN_MS } from './test_blocks.ts';
import { WriteRequest } from './write_request.ts';

test('every sample and histogram of a chunk comes through a request as it was', () => {
  for (const [series, encoding, base64] of CHUNKS) {
    const request = new WriteRequest();
    const expected: unknown[] = [];
    const starts = new Set<number>();
    request.begin(['__name__', series, 'job', 'é']);
    readChunk(encoding, Buffer.from(base64, 'base64'), {
      sample(time, start, high, low) {
        request.sample(time, start, high, low);
        expected.push(time);
        // Stale markers begin nothing.
        if (high !== STALE_HIGH || low !== STALE_LOW) starts.add(start);
      },
      histogram(time, start, histogram) {
        request.histogram(time, start, histogram);
        const { schema, resetHint, zeroThreshold, zeroCount, count, positive, negative, customValues } = histogram;
        expected.push([time, schema, resetHint, zeroThreshold, zeroCount, count, positive, negative, customValues]);
        starts.add(start);
      },
    });
    request.end();
    const interner = createMapInterner();
    const context = {
      nowMs: CHUNKS_BEGIN_MS + 1_000_000,
      limits: DEFAULT_LIMITS.decode,
      series: interner,
      streams: interner,
      storedUntilMs: 0,
    };
    const body = snappyUncompress(request.finish(), { maxBytes: 1 << 26 });
    const decoded = decodeRemoteWrite2(body, context, undefined);
    assert.deepEqual(decoded.rejections, [], series);
    assert.deepEqual(interner.labels(0), ['__name__', series, 'job', 'é']);
    const rows = (table: string): Record<string, unknown>[] =>
      decoded.sections.filter((section) => section.table === table).flatMap(sectionRows);
    const side = (row: Record<string, unknown>, name: string): object => ({
      offsets: row[`${name}_offsets`],
      lengths: row[`${name}_lengths`],
      counts: row[`${name}_buckets`],
    });
    const histograms = rows('native_histograms').map((row) => [
      Number(row.ts),
      row.schema,
      row.reset_hint,
      row.zero_threshold,
      row.zero_count,
      row.count,
      side(row, 'positive'),
      side(row, 'negative'),
      row.custom_values,
    ]);
    assert.deepEqual([...rows('samples').map(({ ts }) => Number(ts)), ...histograms], expected, series);
    const told = new Set(rows('sample_starts').map(({ start }) => Number(start)));
    assert.deepEqual(told, new Set([...starts].filter((start) => start !== 0 || told.has(0))), series);
  }
});
