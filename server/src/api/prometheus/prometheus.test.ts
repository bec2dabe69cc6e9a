import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { HttpResponse, Route } from '../../base/http.ts';
import { createRouter } from '../../base/router.ts';
import { labelsFrom } from '../../model/labels.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { dayOf } from '../../model/units.ts';
import { createTenantMetrics } from '../../query/index.ts';
import {
  batchIdTail,
  bind,
  metricColumns,
  metricSections,
  openStore,
  type Store,
  seriesSections,
  sql,
  TABLES,
} from '../../store/index.ts';
import { prometheusRoutes } from './routes.ts';

const DATABASE = 'promql_test';
const NOW = 1_790_000_100_000;
const STALE_LOW = 2;
const STALE_HIGH = 0x7ff0_0000;

let directory: string;
let store: Store;
let routes: readonly Route[];
let polls = 0;

const up = (instance: string) =>
  labelsFrom([
    ['__name__', 'up'],
    ['instance', instance],
  ]);
const requests = (code: string) =>
  labelsFrom([
    ['__name__', 'http_requests_total'],
    ['code', code],
  ]);

/** Ten minutes of samples every 15 s ending at NOW; sent in two batches, the first of them twice. */
async function fill(): Promise<void> {
  const interner = createMapInterner();
  const references = [up('a'), up('b'), requests('200'), requests('500')].map((labels) => interner.intern(labels));
  const [upA = 0, upB = 0, ok = 0, failed = 0] = references;
  const columns = metricColumns(interner);
  for (let i = 0; i <= 40; i++) {
    const time = NOW - (40 - i) * 15_000;
    columns.samples.append(upA, time, 1);
    if (i < 40) columns.samples.append(upB, time, 1);
    else columns.samples.appendRaw(upB, time, STALE_LOW, STALE_HIGH);
    columns.samples.append(ok, time, i * 30);
    columns.samples.append(failed, time, i * 0.1);
  }
  const { sections } = metricSections(columns, NOW);
  for (const batch of [1n, 2n]) {
    for (const section of [...seriesSections(interner, references, dayOf(NOW), NOW), ...sections]) {
      const names = TABLES[section.table].map(([name]) => name);
      await store.writer.insert(section.table, names, [section.block, batchIdTail(section.rows, batch)], {
        database: DATABASE,
      });
    }
  }
}

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'promql-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  await store.ensureDatabase(DATABASE);
  await fill();
  const metrics = createTenantMetrics({ reader: store.reader, database: DATABASE, now: () => polls++ * 1000 });
  routes = prometheusRoutes({ metricsOf: () => metrics, nowMs: () => NOW });
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

async function ask(
  path: string,
  query: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: unknown }> {
  const match = createRouter(routes).match('GET', path);
  assert.ok(match !== null, `no route for ${path}`);
  const response: HttpResponse = await match.route.handler({
    method: 'GET',
    path,
    params: match.params,
    query: new URLSearchParams(query),
    headers: {},
    body: new Uint8Array(0),
    tenant: DATABASE,
    signal: new AbortController().signal,
  });
  const text = typeof response.body === 'string' ? response.body : new TextDecoder().decode(response.body);
  return { status: response.status, body: JSON.parse(text) };
}

const seconds = NOW / 1000;

test('an instant query answers with what is up, a stale series left out', async () => {
  assert.deepEqual(await ask('/prometheus/api/v1/query', { query: 'up' }), {
    status: 200,
    body: {
      status: 'success',
      data: { resultType: 'vector', result: [{ metric: { __name__: 'up', instance: 'a' }, value: [seconds, '1'] }] },
    },
  });
});

test('samples sent twice count once, and decimals come back exactly', async () => {
  const { body } = await ask('/api/v1/query', { query: 'count_over_time(http_requests_total[10m]) * 1' });
  assert.deepEqual(body, {
    status: 'success',
    data: {
      resultType: 'vector',
      result: [
        { metric: { code: '200' }, value: [seconds, '40'] },
        { metric: { code: '500' }, value: [seconds, '40'] },
      ],
    },
  });
  const last = await ask('/api/v1/query', { query: 'http_requests_total{code="500"}' });
  assert.match(JSON.stringify(last.body), /"value":\[1790000100,"4"\]/);
});

test('a range query gives a matrix over the steps', async () => {
  const { body } = await ask('/prometheus/api/v1/query_range', {
    query: 'sum(increase(http_requests_total{code=~"2.."}[1m]))',
    start: String(seconds - 60),
    end: String(seconds),
    step: '30',
  });
  assert.deepEqual(body, {
    status: 'success',
    data: {
      resultType: 'matrix',
      result: [
        {
          metric: {},
          values: [
            [seconds - 60, '120'],
            [seconds - 30, '120'],
            [seconds, '120'],
          ],
        },
      ],
    },
  });
});

test('look-ups answer from the index, with a limit that is remarked', async () => {
  assert.deepEqual((await ask('/api/v1/labels')).body, { status: 'success', data: ['__name__', 'code', 'instance'] });
  assert.deepEqual((await ask('/api/v1/label/__name__/values')).body, {
    status: 'success',
    data: ['http_requests_total', 'up'],
  });
  assert.deepEqual((await ask('/api/v1/series', { 'match[]': 'up{instance="b"}' })).body, {
    status: 'success',
    data: [{ __name__: 'up', instance: 'b' }],
  });
  assert.deepEqual((await ask('/api/v1/label/code/values', { limit: '1' })).body, {
    status: 'success',
    data: ['200'],
    warnings: ['results truncated due to limit'],
  });
  assert.equal((await ask('/api/v1/metadata')).status, 200);
  assert.equal((await ask('/api/v1/query_exemplars', { query: 'up' })).status, 200);
});

test('native histograms are answered beside the floats of the same series', async () => {
  await store.writer.command(
    sql`INSERT INTO native_histograms (series, ts, count, sum, zero_threshold, zero_count, positive_offsets, positive_lengths, positive_buckets)
      SELECT id, ${bind.timeMs(NOW + 10_000)}, 4, 7.5, 0.001, 1, [1, 1], [1, 1], [2, 1] FROM series WHERE labels['instance'] = 'b' LIMIT 1`,
    { database: DATABASE },
  );
  const time = String(seconds + 10);
  const instant = await ask('/api/v1/query', { query: 'up{instance="b"}', time });
  assert.deepEqual((instant.body as { data: { result: readonly unknown[] } }).data.result, [
    {
      metric: { __name__: 'up', instance: 'b' },
      histogram: [
        seconds + 10,
        {
          count: '4',
          sum: '7.5',
          buckets: [
            [3, '-0.001', '0.001', '1'],
            [0, '1', '2', '2'],
            [0, '4', '8', '1'],
          ],
        },
      ],
    },
  ]);
  const range = await ask('/api/v1/query', { query: 'up{instance="b"}[26s]', time });
  const [series] = (range.body as { data: { result: readonly { values: unknown[]; histograms: unknown[] }[] } }).data
    .result;
  assert.deepEqual(series?.values, [[seconds - 15, '1']]);
  assert.equal(series?.histograms.length, 1);
});

const REFUSED: readonly (readonly [
  path: string,
  query: Readonly<Record<string, string>>,
  status: number,
  type: string,
  message: RegExp,
])[] = [
  [
    'query',
    { query: 'up{' },
    400,
    'bad_data',
    /^invalid parameter "query": 1:4: parse error: unexpected end of input inside braces$/,
  ],
  [
    'query',
    { query: 'sum(up[5m])' },
    400,
    'bad_data',
    /expected type instant vector in aggregation expression, got range vector/,
  ],
  [
    'query',
    { query: 'up', time: 'soon' },
    400,
    'bad_data',
    /^invalid parameter "time": invalid time value for 'time': cannot parse "soon" to a valid timestamp$/,
  ],
  [
    'query_range',
    { query: 'up', start: '10', end: '5', step: '1' },
    400,
    'bad_data',
    /end timestamp must not be before start time/,
  ],
  [
    'query_range',
    { query: 'up', start: '0', end: '5', step: '0' },
    400,
    'bad_data',
    /zero or negative query resolution step widths/,
  ],
  [
    'query_range',
    { query: 'up', start: '0', end: '11001', step: '1' },
    400,
    'bad_data',
    /^exceeded maximum resolution of 11,000 points/,
  ],
  [
    'query_range',
    { query: 'up[5m]', start: '0', end: '5', step: '1' },
    400,
    'bad_data',
    /invalid expression type "range vector" for range query/,
  ],
  ['series', {}, 400, 'bad_data', /^no match\[\] parameter provided$/],
  ['series', { 'match[]': '{}' }, 400, 'bad_data', /must contain at least one non-empty matcher/],
  [
    'query',
    { query: 'sum by (code) (http_requests_total) + on() http_requests_total' },
    422,
    'execution',
    /found duplicate series for the match group/,
  ],
];
for (const [path, query, status, type, message] of REFUSED) {
  test(`${path} ${JSON.stringify(query)} is refused as ${type}`, async () => {
    const answer = await ask(`/prometheus/api/v1/${path}`, query);
    const body = answer.body as { readonly status: string; readonly errorType: string; readonly error: string };
    assert.deepEqual([answer.status, body.status, body.errorType], [status, 'error', type]);
    assert.match(body.error, message);
  });
}
