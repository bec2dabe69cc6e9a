import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_DECODE_LIMITS } from '../model/decode_limits.ts';
import { createMapInterner } from '../model/map_interner.ts';
import { decodeRemoteWrite2 } from '../receive/remote_write/index.ts';
import { builtinJob, createScrapeDecoder, createScrapeReader } from '../receive/scrape/index.ts';
import { sectionRows } from '../store/index.ts';
import { SampleRequest } from './sample_request.ts';

const NOW_MS = 1_795_332_946_000;
const JOB = builtinJob('demo', 15_000, '/metrics', 'host:80');

const EXPOSITION = `# HELP requests_total Requests, by path.
# TYPE requests_total counter
requests_total{path="/a"} 12 # {trace_id="0af7651916cd43dd8448eb211c80319c"} 1
requests_total{path="/b\\"ü"} 0.1
# TYPE pay_seconds histogram
# UNIT pay_seconds seconds
pay_seconds_bucket{le="0.1"} 3
pay_seconds_bucket{le="+Inf"} 4
pay_seconds_sum 1.5
pay_seconds_count 4
pay_seconds_created 1795332000.000
# TYPE odd gauge
odd NaN
odd{big="yes"} 1.7976931348623157e+308
odd{minus="yes"} -Inf
# EOF
`;

function meta(timeMs: number): Record<string, unknown> {
  return {
    kind: 'scraped',
    target: 1,
    variant: 1000,
    labels: ['instance', 'host:80', 'job', 'demo'],
    timeMs,
    durationSeconds: 0.25,
    format: 'openmetrics',
    honorLabels: false,
    honorTimestamps: true,
    trackTimestamps: false,
    sampleLimit: 0,
    labelLimit: 0,
    labelNameLengthLimit: 0,
    labelValueLengthLimit: 0,
    legacyNames: false,
    metricRelabel: JOB.metricRelabel,
    histograms: { native: true, alwaysClassic: false, toNhcb: true, bucketLimit: 0, minFactor: 0 },
    extra: null,
    previousLost: false,
  };
}

const contextOf = (interner: ReturnType<typeof createMapInterner>) => ({
  nowMs: NOW_MS,
  limits: DEFAULT_DECODE_LIMITS,
  series: interner,
  streams: interner,
  storedUntilMs: 0,
});

/** Rows by table, with the labels of their series in the place of its id. */
function rowsOf(
  decoded: { readonly sections: readonly Parameters<typeof sectionRows>[0][] },
  interner: ReturnType<typeof createMapInterner>,
): Record<string, unknown[]> {
  const tables: Record<string, unknown[]> = {};
  for (const section of decoded.sections) {
    const rows = sectionRows(section).map((row) => {
      const { series, ...rest } = row;
      const labels = series === undefined ? [] : interner.labels(Number(series) - 1);
      return { ...rest, labels };
    });
    tables[section.table] = [...(tables[section.table] ?? []), ...rows];
  }
  for (const rows of Object.values(tables)) {
    const text = (row: unknown): string =>
      JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    rows.sort((a, b) => (text(a) < text(b) ? -1 : 1));
  }
  return tables;
}

test('what the agent sends of a scrape is stored as the server stores one of its own', () => {
  const [own, agents, received] = [createMapInterner(), createMapInterner(), createMapInterner()];
  const [decode, read] = [createScrapeDecoder(), createScrapeReader()];
  const bodies = [EXPOSITION, EXPOSITION.replace(/^odd\{big.*\n/m, '').replaceAll(/^pay_seconds.*\n/gm, '')];
  for (const [i, body] of bodies.entries()) {
    const about = meta(NOW_MS + i * 15_000 - 60_000);
    const stored = decode(Uint8Array.from(Buffer.from(body)), contextOf(own), about);
    assert.deepEqual(stored.rejections, []);
    const expected = rowsOf(stored, own);
    const request = new SampleRequest((reference) => agents.labels(reference));
    read(Uint8Array.from(Buffer.from(body)), contextOf(agents), about, request);
    const decoded = decodeRemoteWrite2(Uint8Array.from(request.finish()), contextOf(received), undefined);
    assert.deepEqual(decoded.rejections, []);
    const actual = rowsOf(decoded, received);
    for (const table of ['samples', 'native_histograms', 'exemplars', 'sample_starts', 'metadata'])
      assert.deepEqual(actual[table], expected[table], `${table}, scrape ${i}`);
    assert.ok((expected.samples?.length ?? 0) > 5 && (expected.native_histograms?.length ?? 0) > 0);
  }
});
