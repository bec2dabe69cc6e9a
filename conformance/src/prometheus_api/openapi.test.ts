import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { remoteWrite } from '../limits/requests.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';
import { type Schema, violations } from './schema.ts';

const FILE = join(import.meta.dirname, '../../../../shared/conformance/promql/http-api/openapi_3.2_golden.yaml');
const absent = existsSync(FILE) ? false : 'upstream’s OpenAPI file (shared/conformance/promql/http-api) is not here';

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: Schema }>> }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

let server: RunningServer;
let document: Document;

before(async () => {
  if (absent !== false) return;
  document = parse(readFileSync(FILE, 'utf8')) as Document;
  server = await startServer({ env: { TRILITH_SELF_MONITORING: 'true' } });
  const now = Date.now();
  const { path, headers, body } = remoteWrite([
    {
      labels: { __name__: 'openapi_requests_total', code: '200' },
      samples: [
        [1, now - 30_000],
        [5, now],
      ],
    },
    {
      labels: { __name__: 'openapi_requests_total', code: '500' },
      samples: [
        [1, now - 30_000],
        [2, now],
      ],
    },
  ]);
  assert.equal(
    (await fetch(`${server.url}${path}`, { method: 'POST', headers, body: Uint8Array.from(body) })).status,
    204,
  );
  await eventually('own targets were scraped', 20_000, async () => {
    const answer = await server.get('/api/v1/query', { query: 'count(up{job="node"})' });
    assert.match(JSON.stringify(answer), /"value"/);
  });
});

after(async () => {
  await server?.stop();
});

/**
 * Text results are left out: the file wants two strings, where upstream itself answers a number and a string.
 * Requests with what they must lead to: a status, and the schema upstream's file has for it.
 */
const REQUESTS: readonly (readonly [path: string, query: string, status?: number, method?: 'GET' | 'POST'])[] = [
  ['/query', 'query=up'],
  ['/query', 'query=1'],
  ['/query', 'query=openapi_requests_total[5m]&stats=all'],
  ['/query', 'query=up&stats=true&limit=1'],
  ['/query', 'query=up{', 400],
  ['/query', 'query=up&time=later', 400],
  ['/query', 'query=up&timeout=1x', 400],
  ['/query', 'query=up&lookback_delta=x', 400],
  ['/query', 'query=openapi_requests_total%2Bon()openapi_requests_total', 422],
  ['/query', 'query=up', 200, 'POST'],
  ['/query_range', 'query=rate(openapi_requests_total[1m])&start=AGO&end=NOW&step=15'],
  ['/query_range', 'query=1&start=AGO&end=NOW&step=15s&stats=all'],
  ['/query_range', 'query=up&start=AGO&end=NOW&step=15&limit=1', 200, 'POST'],
  ['/query_range', 'query=up&start=0&end=12000&step=1', 400],
  ['/query_exemplars', 'query=up'],
  ['/query_exemplars', 'query=up&start=10&end=5', 400],
  ['/format_query', 'query=sum(rate(x[5m]))by(job)'],
  ['/format_query', 'query=sum(', 400],
  ['/parse_query', 'query=sum(rate(x[5m]offset 1m))by(job)/on(a)group_left(b)y'],
  ['/parse_query', 'query=sum(', 400],
  ['/labels', ''],
  ['/labels', 'match[]=up&limit=1', 200, 'POST'],
  ['/labels', 'limit=-1', 400],
  ['/label/{name}/values', ''],
  ['/label/{name}/values', 'match[]=up&limit=1'],
  ['/series', 'match[]=up'],
  ['/series', '', 400],
  ['/series', 'match[]=up&match[]=openapi_requests_total', 200, 'POST'],
  ['/metadata', 'limit=3'],
  ['/metadata', 'limit=many', 400],
  ['/search/metric_names', 'search[]=open'],
  ['/search/metric_names', 'search[]=open&sort_by=nothing', 400],
  ['/search/label_names', 'search[]=code'],
  ['/search/label_values', 'label=job'],
  ['/search/label_values', '', 400],
  ['/scrape_pools', ''],
  ['/scrape_pools/config', 'scrapePool=node'],
  ['/scrape_pools/config', '', 400],
  ['/scrape_pools/config', 'scrapePool=none', 400],
  ['/targets', ''],
  ['/targets', 'state=dropped'],
  ['/targets/metadata', 'limit=3'],
  ['/targets/metadata', 'match_target={job="trilith"}&metric=trilith_wal_bytes'],
  ['/targets/relabel_steps', 'scrapePool=node&labels={"__address__":"a"}'],
  ['/targets/relabel_steps', 'scrapePool=none&labels={"__address__":"a"}', 400],
  ['/targets/relabel_steps', '', 400],
  ['/rules', ''],
  ['/rules', 'type=other', 400],
  ['/alerts', ''],
  ['/alertmanagers', ''],
  ['/status/config', ''],
  ['/status/runtimeinfo', ''],
  ['/status/buildinfo', ''],
  ['/status/flags', ''],
  ['/status/tsdb', 'limit=5'],
  ['/status/tsdb', 'limit=0', 400],
  ['/status/tsdb/blocks', ''],
  ['/status/walreplay', ''],
  ['/status/self_metrics', 'metric_name_pattern=trilith_.*'],
  ['/notifications', ''],
  ['/features', ''],
  ['/admin/tsdb/delete_series', 'match[]=openapi_nothing', 204, 'POST'],
  ['/admin/tsdb/delete_series', '', 400, 'POST'],
  ['/admin/tsdb/clean_tombstones', '', 204, 'POST'],
];

for (const [path, query, status = 200, method = 'GET'] of REQUESTS) {
  test(`${method} ${path}?${query} answers ${status} as upstream's schema has it`, { skip: absent }, async () => {
    const now = Math.floor(Date.now() / 1000);
    const parameters = query.replaceAll('NOW', String(now)).replaceAll('AGO', String(now - 60));
    const address = `${server.url}/prometheus/api/v1${path.replace('{name}', '__name__')}`;
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const response =
      method === 'GET'
        ? await fetch(`${address}?${parameters}`)
        : await fetch(address, { method, headers: form, body: parameters });
    const text = await response.text();
    assert.equal(response.status, status, text);
    if (status === 204) return;
    const operation = document.paths[path]?.[method.toLowerCase()];
    const content = (operation?.responses[String(status)] ?? operation?.responses.default)?.content ?? {};
    const type = (response.headers.get('content-type') ?? '').replace(/;.*/, '');
    const schema = content[type]?.schema;
    assert.ok(schema !== undefined, `no schema for ${type}`);
    const value: unknown = type === 'application/json' ? JSON.parse(text) : text;
    assert.deepEqual(violations(value, schema, document.components.schemas), []);
  });
}

test('every path of upstream’s file is asked for, or listed as answered elsewhere', { skip: absent }, () => {
  const elsewhere = new Set(['/read', '/write', '/otlp/v1/metrics', '/notifications/live', '/admin/tsdb/snapshot']);
  const asked = new Set(REQUESTS.map(([path]) => path));
  const missing = Object.keys(document.paths).filter((path) => !asked.has(path) && !elsewhere.has(path));
  assert.deepEqual(missing, []);
});
