import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { mutations } from '../../base/mutations.ts';

import { DEFAULT_LIMITS, SeriesInterner } from '../../ingest/index.ts';
import { type Decode, type DecodeContext, DecodeError } from '../../model/ingest.ts';
import { labelValue } from '../../model/labels.ts';
import { sectionRows } from '../../store/index.ts';
import { decodeRemoteWrite1, decodeRemoteWrite2 } from './index.ts';
import { type TestSeries, writeRequest1, writeRequest2 } from './test_requests.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const MARKER = 'a-good-neighbour';

function context(nowMs = NOW): DecodeContext {
  const make = () => new SeriesInterner({ prefixOf: (labels) => labelValue(labels, '__name__'), limit: 10_000 });
  const [series, streams] = [make(), make()];
  series.beginRequest(nowMs);
  return { nowMs, limits: DEFAULT_LIMITS.decode, series, streams };
}

/** Decodes; anything but a result with readable sections or a DecodeError fails the test. */
function tryDecode(decode: Decode, body: Uint8Array<ArrayBuffer>, ctx: DecodeContext): number {
  try {
    const decoded = decode(body, ctx, undefined);
    let rows = 0;
    for (const section of decoded.sections) rows += sectionRows(section).length;
    const { samples, histograms, exemplars } = decoded.accepted;
    const metadata = decoded.sections
      .filter(({ table }) => table === 'metadata')
      .reduce((sum, { rows }) => sum + rows, 0);
    assert.equal(rows, samples + histograms + exemplars + metadata);
    return samples;
  } catch (error) {
    if (error instanceof DecodeError) return -1;
    throw error;
  }
}

const labels = (job: string): TestSeries['labels'] => [
  ['__name__', 'http_requests_total'],
  ['instance', '10.0.0.7:9090'],
  ['job', job],
];
const SERIES: readonly TestSeries[] = [
  { labels: labels('a'), samples: [0.5, 2, 1e12].map((value, i) => ({ value, timestamp: NOW - i * 1000 })) },
  {
    labels: labels('b'),
    exemplars: [{ labels: [['trace_id', 'abcdef']], value: 1, timestamp: NOW }],
    histograms: [
      {
        countInt: 3,
        sum: 1.5,
        positiveSpans: [{ offset: 0, length: 2 }],
        positiveDeltas: [1, 1],
        timestamp: NOW,
      },
    ],
    metadata: { type: 1, help: 'Requests.', unit: '' },
  },
];

const DECODERS = [
  ['1.0', decodeRemoteWrite1, writeRequest1] as const,
  ['2.0', decodeRemoteWrite2, writeRequest2] as const,
];

for (const [version, decode, encode] of DECODERS) {
  test(`remote write ${version}: 4,000 damaged requests and every truncation are read or refused, never worse`, () => {
    const body = encode(SERIES);
    const ctx = context();
    for (const damaged of mutations(body, 4000, 17)) tryDecode(decode, damaged, ctx);
    for (let end = 0; end < body.length; end++) tryDecode(decode, body.slice(0, end), ctx);
  });

  test(`remote write ${version}: a damaged series beside good ones harms none of them`, () => {
    const good = { labels: labels(MARKER), samples: [{ value: 1, timestamp: NOW }] };
    const bodies = [...mutations(Buffer.from('__name__http'), 1000, 5)].map((name) =>
      encode([
        good,
        { labels: [[Buffer.from(name).toString('latin1'), 'x']], samples: [{ value: 2, timestamp: NOW }] },
        good,
      ]),
    );
    for (const body of bodies) assert.ok(tryDecode(decode, body, context()) >= 2);
  });
}

test('hostile lengths and counts end within time and memory', () => {
  const empty = new Uint8Array(4 << 20);
  for (let i = 0; i < empty.length; i += 2) empty[i] = 0x0a;
  const before = process.memoryUsage().rss;
  const started = performance.now();
  assert.equal(tryDecode(decodeRemoteWrite1, empty, context()), -1);
  const symbols = new Uint8Array(4 << 20);
  for (let i = 0; i < symbols.length; i += 2) symbols[i] = 0x22;
  assert.equal(tryDecode(decodeRemoteWrite2, symbols, context()), -1);
  assert.ok(performance.now() - started < 5000);
  assert.ok(process.memoryUsage().rss - before < 256 << 20);
});

const dump = fileURLToPath(
  new URL(
    '../../../../../shared/conformance/otlp/cmetrics/remote_write_dump_originally_from_node_exporter.bin',
    import.meta.url,
  ),
);
const missing = existsSync(dump) ? false : 'the conformance collection is not beside the repository';

test('a request captured from a real sender is stored in full', { skip: missing }, () => {
  const bytes = Uint8Array.from(readFileSync(dump));
  const wide = context();
  const limits = { ...DEFAULT_LIMITS.decode, oldestSampleMs: Number.MAX_SAFE_INTEGER };
  const decoded = decodeRemoteWrite1(bytes, { ...wide, limits }, undefined);
  assert.deepEqual(decoded.rejections, []);
  assert.ok(decoded.accepted.samples > 1000, String(decoded.accepted.samples));
});
