import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Route } from '../../base/http.ts';
import { createRouter, type Router } from '../../base/router.ts';
import { createLogqlEngine } from '../../query/index.ts';
import { openStore, type Store, sql } from '../../store/index.ts';
import { elasticsearchRoutes } from './index.ts';

const DATABASE = 'elastic_test';
/** 2026-09-21T14:13:20Z */
const START = 1_790_000_000;
let directory: string;
let store: Store;
let router: Router;

/** What the store was asked since it was set. */
let statements = 0;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'elastic-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  await store.ensureDatabase(DATABASE);
  const streams = sql`INSERT INTO log_streams (day, id, service, labels, created) VALUES
    (toDate(1790000000), 1, 'payments-api', map('service_name', 'payments-api', 'index', 'filebeat-8', 'pod', 'p-1'), toDateTime64(1790000000, 3)),
    (toDate(1790000000), 2, 'cart', map('service_name', 'cart', 'namespace', 'shop'), toDateTime64(1790000000, 3))`;
  // Sixty records a minute apart come from each; every third of Filebeat's was declined.
  const payments = sql`INSERT INTO otel_logs (Timestamp, StreamId, TraceId, SeverityText, ServiceName, Body, LogAttributes)
    SELECT toDateTime64(1790000000, 9) + number * 60, 1, '4bf92f3577b34da6a3ce929d0e0e4736', if(number % 3 = 0, 'ERROR', 'INFO'), 'payments-api',
      if(number % 3 = 0, concat('Card declined by bank ', toString(number)), 'payment accepted'),
      map('status', toString(200 + number % 3), 'kubernetes.pod.name', 'p-1', '_id', concat('doc-', toString(number)), 'duration', toString(number), 'tags', if(number < 5, '["a","b c"]', '')) FROM numbers(60)`;
  const cart = sql`INSERT INTO otel_logs (Timestamp, StreamId, SeverityText, ServiceName, Body, LogAttributes, ResourceAttributes)
    SELECT toDateTime64(1790000000, 9) + number * 60, 2, '', 'cart', '{"msg":"added","sku":7}', map(), map('k8s.pod.name', 'cart-1') FROM numbers(60)`;
  for (const statement of [streams, payments, cart]) await store.writer.command(statement, { database: DATABASE });
  const { index } = createLogqlEngine({ reader: store.reader, database: DATABASE });
  const reader = new Proxy(store.reader, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        statements++;
        return Reflect.apply(value, target, args);
      };
    },
  });
  const source = { reader, index, query: { database: DATABASE } };
  const routes: Route[] = elasticsearchRoutes({ sourceOf: () => source, now: () => (START + 3600) * 1000 });
  router = createRouter(routes);
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

type Json = { readonly [key: string]: Json } & { readonly [index: number]: Json } & Iterable<Json>;

async function ask(path: string, body?: unknown, method = 'POST'): Promise<{ status: number; body: Json }> {
  const [plain = '', query = ''] = path.split('?');
  const match = router.match(method, `/elasticsearch${plain}`);
  assert.ok(match, `${method} ${path}`);
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  const answer = await match.route.handler({
    method,
    path: plain,
    params: match.params,
    query: new URLSearchParams(query),
    headers: { accept: 'application/json' },
    body: new Uint8Array(Buffer.from(text)),
    tenant: 't',
    signal: new AbortController().signal,
  });
  assert.equal(answer.headers?.['x-elastic-product'], 'Elasticsearch');
  return { status: answer.status, body: JSON.parse(String(answer.body)) as Json };
}

async function total(query: unknown, index = '_all'): Promise<number> {
  const { status, body } = await ask(`/${index}/_count`, { query });
  assert.equal(status, 200, JSON.stringify(body));
  return Number(body.count);
}

const queryString = (query: string): object => ({ query_string: { query } });

test('queries count the records they mean', async () => {
  const cases: readonly (readonly [string, unknown, number])[] = [
    ['everything', { match_all: {} }, 120],
    ['nothing', { match_none: {} }, 0],
    ['a word, whatever its case', { match: { message: 'DECLINED' } }, 20],
    ['one of two words', { match: { message: 'declined accepted' } }, 60],
    ['both of two words', { match: { message: { query: 'declined accepted', operator: 'and' } } }, 0],
    ['a phrase', { match_phrase: { message: 'declined by bank' } }, 20],
    ['not the words apart', { match_phrase: { message: 'declined bank' } }, 0],
    ['a phrase whose last word goes on', { match_phrase_prefix: { message: 'declined by ba' } }, 20],
    ['no phrase that goes on in its first word', { match_phrase_prefix: { message: 'decli by' } }, 0],
    ['a prefix of the words', { multi_match: { query: 'Card decl', type: 'phrase_prefix', fields: ['message'] } }, 20],
    ['a prefix of a value', { match_phrase_prefix: { 'kubernetes.pod.name': 'cart' } }, 60],
    ['a term of the text', { term: { message: 'declined' } }, 20],
    ['a whole line', { term: { 'message.keyword': 'payment accepted' } }, 40],
    ['a level under another spelling', { term: { 'log.level': 'err' } }, 20],
    ['levels', { terms: { level: ['error', 'information'] } }, 60],
    ['a number', { term: { status: 201 } }, 20],
    ['numbers', { terms: { status: [200, '202'] } }, 40],
    ['a range of numbers', { range: { duration: { gte: 10, lt: '20' } } }, 10],
    ['a service', { term: { 'service.name': 'cart' } }, 60],
    ['a trace', { term: { 'trace.id': '4BF92F3577B34DA6A3CE929D0E0E4736' } }, 60],
    ['a pod by ECS’ name, by whichever door', { wildcard: { 'kubernetes.pod.name': '*-1' } }, 120],
    ['a namespace that is a label', { term: { 'kubernetes.namespace': 'shop' } }, 60],
    ['an item of a list', { term: { tags: 'b c' } }, 5],
    ['no part of an item', { term: { tags: 'b' } }, 0],
    ['a prefix', { prefix: { 'kubernetes.pod.name': 'cart' } }, 60],
    ['a pattern', { regexp: { 'kubernetes.pod.name': 'p-[0-9]' } }, 60],
    ['a wildcard is about a word of the line', { wildcard: { message: 'decl*' } }, 20],
    ['what is there', { exists: { field: 'duration' } }, 60],
    ['what is not there', { bool: { must_not: { exists: { field: 'duration' } } } }, 60],
    ['ids', { ids: { values: ['doc-1', 'doc-2', 'none'] } }, 2],
    ['an index', { term: { _index: 'filebeat-8' } }, 60],
    ['time', { range: { '@timestamp': { gte: '2026-09-21T14:13:20Z', lt: '2026-09-21T14:23:20Z' } } }, 20],
    ['time from now', { range: { '@timestamp': { gt: 'now-10m' } } }, 18],
    [
      'time in milliseconds',
      { range: { '@timestamp': { gte: START * 1000, lte: START * 1000, format: 'epoch_millis' } } },
      2,
    ],
    [
      'must, should, must_not and filter',
      {
        bool: {
          must: [{ match: { message: 'card' } }],
          filter: { range: { duration: { lt: 30 } } },
          must_not: [{ term: { duration: 0 } }],
        },
      },
      9,
    ],
    ['one of should', { bool: { should: [{ term: { duration: 1 } }, { term: { duration: 2 } }] } }, 2],
    ['should beside must only ranks', { bool: { must: { match_all: {} }, should: { term: { duration: 1 } } } }, 120],
    [
      'two of three',
      {
        bool: {
          should: [{ term: { status: 200 } }, { range: { duration: { lt: 6 } } }, { match: { message: 'card' } }],
          minimum_should_match: 2,
        },
      },
      20,
    ],
    ['a query string', queryString('declined AND level:error'), 20],
    ['without a field', queryString('declined'), 20],
    ['OR is between words', queryString('declined accepted'), 60],
    ['NOT', queryString('service.name:payments-api AND NOT declined'), 40],
    ['a minus', queryString('+service.name:payments-api -declined'), 40],
    ['groups of a field', queryString('status:(200 OR 201)'), 40],
    ['a quoted phrase', queryString('"card declined"'), 20],
    ['a range of a query string', queryString('duration:[10 TO 19]'), 10],
    ['an open range', queryString('duration:{10 TO *}'), 49],
    ['a comparison', queryString('duration:>=50'), 10],
    ['existence', queryString('_exists_:duration'), 60],
    ['any value', queryString('duration:*'), 60],
    ['a wildcard', queryString('decli?ed'), 20],
    ['a pattern of a query string', queryString('kubernetes.pod.name:/cart-[0-9]/'), 60],
    ['AND binds closer than OR', queryString('duration:1 OR duration:2 AND status:200'), 1],
    ['everything by a star', queryString('*'), 120],
    ['everything by two stars', queryString('*:*'), 120],
    ['a word in any field', queryString('*:declined'), 20],
    ['an escaped character', queryString('kubernetes.pod.name:p\\-1'), 60],
    ['a simple query string', { simple_query_string: { query: 'card + declined', fields: ['message'] } }, 20],
    ['several fields', { multi_match: { query: 'declined', fields: ['message^2', 'other'] } }, 20],
  ];
  for (const [what, query, expected] of cases) assert.equal(await total(query), expected, what);
});

test('an index is where a record was sent, and the data stream of its service for others', async () => {
  assert.equal(await total({ match_all: {} }, 'filebeat-*'), 60);
  assert.equal(await total({ match_all: {} }, 'logs-*'), 60);
  assert.equal(await total({ match_all: {} }, 'logs-cart-default,filebeat-8'), 120);
  assert.equal(await total({ match_all: {} }, '*,-filebeat-*'), 60);
  assert.equal(await total({ match_all: {} }, 'none-*'), 0);
  const { status, body } = await ask('/none/_search', {});
  assert.deepEqual([status, body.error?.type], [404, 'index_not_found_exception']);
  assert.equal((await ask('/none/_search?ignore_unavailable=true', {})).status, 200);
});

test('a hit is the document with what is known of it', async () => {
  const { body } = await ask('/filebeat-8/_search', { size: 1, query: { term: { duration: 3 } } });
  assert.deepEqual(body.hits, {
    total: { value: 1, relation: 'eq' },
    max_score: 1,
    hits: [
      {
        _index: 'filebeat-8',
        _id: 'doc-3',
        _score: 1,
        _source: {
          '@timestamp': '2026-09-21T14:16:20.000Z',
          message: 'Card declined by bank 3',
          status: 200,
          duration: 3,
          tags: ['a', 'b c'],
          kubernetes: { pod: { name: 'p-1' } },
          log: { level: 'error' },
          service: { name: 'payments-api' },
          trace: { id: '4bf92f3577b34da6a3ce929d0e0e4736' },
        },
      },
    ],
  });
});

test('fields are shown with their values by each of their two names', async () => {
  const asked = { size: 1, _source: false, query: { term: { duration: 3 } } };
  for (const name of ['fields', 'docvalue_fields']) {
    const { body } = await ask('/filebeat-8/_search', { ...asked, [name]: [{ field: 'status' }, 'kubernetes.*'] });
    assert.deepEqual(body.hits?.hits?.[0]?.fields, { status: [200], 'kubernetes.pod.name': ['p-1'] }, name);
  }
});

test('search_after, scroll and a point in time walk over every record once', async () => {
  const ids = (hits: Json): string[] => Array.from(hits, (hit) => `${String(hit._index)} ${String(hit._id)}`);
  const walk = async (order: string): Promise<string[]> => {
    const seen: string[] = [];
    let searchAfter: Json | undefined;
    for (;;) {
      const { body } = await ask('/_search', {
        size: 7,
        sort: [{ '@timestamp': { order } }],
        ...(searchAfter === undefined ? {} : { search_after: searchAfter }),
      });
      const hits = (body.hits as Json).hits as Json;
      const page = ids(hits);
      if (page.length === 0) return seen;
      seen.push(...page);
      searchAfter = hits[page.length - 1]?.sort;
    }
  };
  const newestFirst = await walk('desc');
  assert.equal(newestFirst.length, 120);
  assert.equal(new Set(newestFirst).size, 120);
  assert.deepEqual(new Set(await walk('asc')), new Set(newestFirst));

  const scrolled: string[] = [];
  let { body } = await ask('/_search?scroll=1m', { size: 50, query: { match_all: {} } });
  for (;;) {
    const page = ids((body.hits as Json).hits as Json);
    if (page.length === 0) break;
    scrolled.push(...page);
    body = (await ask('/_search/scroll', { scroll: '1m', scroll_id: body._scroll_id })).body;
  }
  assert.deepEqual(scrolled, newestFirst);
  const pit = await ask('/filebeat-8/_pit?keep_alive=1m');
  const inside = await ask('/_search', { pit: { id: pit.body.id, keep_alive: '1m' }, size: 0 });
  assert.deepEqual(((inside.body.hits as Json).total as Json).value, 60);
});

test('documents are sorted by any field, and pages of it do not overlap', async () => {
  const page = async (from: number): Promise<unknown[]> => {
    const { body } = await ask('/filebeat-8/_search', {
      from,
      size: 3,
      sort: [{ duration: 'desc' }],
      _source: ['duration'],
    });
    return Array.from((body.hits as Json).hits as Json, (hit) => (hit._source as Json).duration);
  };
  assert.deepEqual(
    [await page(0), await page(3)],
    [
      [59, 58, 57],
      [56, 55, 54],
    ],
  );
});

test('aggregations', async () => {
  const { body } = await ask('/_search', {
    size: 0,
    query: { range: { '@timestamp': { gte: START * 1000 } } },
    aggs: {
      levels: { terms: { field: 'log.level' }, aggs: { longest: { max: { field: 'duration' } } } },
      services: { terms: { field: 'service.name', size: 1, order: { _key: 'desc' } } },
      over_time: {
        date_histogram: { field: '@timestamp', fixed_interval: '30m' },
        aggs: { all: { value_count: { field: 'status' } } },
      },
      days: {
        date_histogram: {
          field: '@timestamp',
          calendar_interval: 'day',
          time_zone: 'Pacific/Auckland',
          format: 'yyyy-MM-dd HH:mm',
        },
      },
      pods: { cardinality: { field: 'kubernetes.pod.name' } },
      figures: { stats: { field: 'duration' } },
      parts: { percentiles: { field: 'duration', percents: [50] } },
      declined: { filter: { match: { message: 'declined' } }, aggs: { mean: { avg: { field: 'duration' } } } },
      none: { missing: { field: 'duration' } },
      two: { filters: { filters: { a: { term: { status: 200 } }, b: { term: { status: 201 } } } } },
      widths: { histogram: { field: 'duration', interval: 30 } },
      last: { max: { field: '@timestamp' } },
      pairs: {
        composite: {
          size: 2,
          sources: [{ s: { terms: { field: 'service.name' } } }, { c: { terms: { field: 'status' } } }],
        },
      },
    },
  });
  const aggregations = body.aggregations as Json;
  assert.deepEqual(aggregations.levels, {
    doc_count_error_upper_bound: 0,
    sum_other_doc_count: 0,
    buckets: [
      { key: 'info', doc_count: 40, longest: { value: 59 } },
      { key: 'error', doc_count: 20, longest: { value: 57 } },
    ],
  });
  assert.deepEqual(aggregations.services, {
    doc_count_error_upper_bound: 0,
    sum_other_doc_count: 60,
    buckets: [{ key: 'payments-api', doc_count: 60 }],
  });
  assert.deepEqual(
    Array.from(aggregations.over_time?.buckets as Json, (bucket) => [
      bucket.key_as_string,
      bucket.doc_count,
      bucket.all,
    ]),
    [
      ['2026-09-21T14:00:00.000Z', 34, { value: 17 }],
      ['2026-09-21T14:30:00.000Z', 60, { value: 30 }],
      ['2026-09-21T15:00:00.000Z', 26, { value: 13 }],
    ],
  );
  assert.deepEqual(
    Array.from(aggregations.days?.buckets as Json, ({ key, doc_count }) => [
      new Date(Number(key)).toISOString(),
      doc_count,
    ]),
    [['2026-09-21T12:00:00.000Z', 120]],
    'a day of Auckland begins at noon of UTC',
  );
  assert.deepEqual(aggregations.pods, { value: 2 });
  assert.deepEqual(aggregations.figures, { count: 60, min: 0, max: 59, avg: 29.5, sum: 1770 });
  assert.deepEqual(aggregations.parts, { values: { '50.0': 29.5 } });
  assert.deepEqual(aggregations.declined, { doc_count: 20, mean: { value: 28.5 } });
  assert.deepEqual(aggregations.none, { doc_count: 60 });
  assert.deepEqual(aggregations.two, { buckets: { a: { doc_count: 20 }, b: { doc_count: 20 } } });
  assert.deepEqual(aggregations.widths, {
    buckets: [
      { key: 0, doc_count: 30 },
      { key: 30, doc_count: 30 },
    ],
  });
  assert.deepEqual(aggregations.last, { value: (START + 59 * 60) * 1000, value_as_string: '2026-09-21T15:12:20.000Z' });
  assert.deepEqual(aggregations.pairs, {
    after_key: { s: 'payments-api', c: 201 },
    buckets: [
      { key: { s: 'payments-api', c: 200 }, doc_count: 20 },
      { key: { s: 'payments-api', c: 201 }, doc_count: 20 },
    ],
  });
});

test('several searches in one request are answered one by one, a bad one beside good ones', async () => {
  const lines = [
    { index: 'filebeat-8' },
    { size: 0 },
    {},
    { query: { nonsense: {} } },
    { index: ['logs-*'] },
    { size: 0 },
  ];
  const { status, body } = await ask('/_msearch', `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
  assert.equal(status, 200);
  const responses = Array.from(body.responses as Json);
  assert.deepEqual(
    responses.map((response) => [response.status, (response.hits?.total as Json | undefined)?.value]),
    [
      [200, 60],
      [400, undefined],
      [200, 60],
    ],
  );
});

test('a document is found by its id, also by the one it was given', async () => {
  const one = await ask('/filebeat-8/_doc/doc-7', undefined, 'GET');
  assert.deepEqual([one.body.found, (one.body._source as Json).duration], [true, 7]);
  const search = await ask('/logs-cart-default/_search', { size: 1 });
  const id = String((search.body.hits as Json).hits?.[0]?._id);
  const given = await ask(`/logs-cart-default/_doc/${id}`, undefined, 'GET');
  assert.equal(given.body.found, true);
  const none = await ask('/filebeat-8/_doc/none', undefined, 'GET');
  assert.deepEqual([none.status, none.body.found], [404, false]);
});

test('indices and their fields are shown', async () => {
  const mapping = await ask('/filebeat-8/_mapping', undefined, 'GET');
  const properties = mapping.body['filebeat-8']?.mappings?.properties as Json;
  assert.deepEqual(properties.duration, { type: 'long' });
  assert.deepEqual(properties['@timestamp'], { type: 'date' });
  assert.deepEqual(properties.kubernetes?.properties?.pod?.properties?.name, { type: 'keyword' });
  const caps = await ask('/_field_caps?fields=dur*', undefined, 'GET');
  assert.deepEqual(Object.keys(caps.body.fields as object), ['duration']);
  statements = 0;
  const cat = await ask('/_cat/indices?format=json', undefined, 'GET');
  assert.equal(statements, 1, 'all indices are counted at once');
  assert.deepEqual(
    Array.from(cat.body, (row) => [row.index, row['docs.count']]),
    [
      ['filebeat-8', '60'],
      ['logs-cart-default', '60'],
    ],
  );
  assert.equal((await ask('/none', undefined, 'GET')).status, 404);
});

test('what cannot be done is said, never left out', async () => {
  const refused: readonly (readonly [unknown, RegExp])[] = [
    [{ query: { geo_distance: {} } }, /unknown query \[geo_distance\]/],
    [{ query: queryString('a AND') }, /unexpected the end/],
    [{ query: queryString('"open') }, /no closing "/],
    [{ query: queryString('typo~') }, /fuzzy/],
    [{ query: queryString('kubernetes.*:p-1') }, /names of fields with wildcards are not supported: kubernetes\.\*/],
    [{ query: { multi_match: { query: 'a', type: 'cross_fields' } } }, /\[cross_fields\] is not supported/],
    [{ query: { regexp: { status: '(' } } }, /failed to parse the pattern/],
    [{ query: { range: { '@timestamp': { gte: 'last week' } } } }, /failed to parse date field/],
    [{ aggs: { a: { significant_terms: { field: 'x' } } } }, /Unknown aggregation type/],
    [{ aggs: { a: { terms: { script: 'x' } } } }, /scripts are not supported/],
    [{ script_fields: { a: {} } }, /script_fields/],
    [{ from: 9_999, size: 2 }, /Result window is too large/],
    [
      {
        aggs: {
          a: {
            date_histogram: {
              field: '@timestamp',
              fixed_interval: '1s',
              extended_bounds: { min: '2026-09-20', max: '2026-09-22' },
            },
          },
        },
      },
      /too many buckets/,
    ],
    [{ query: { bool: { should: Array(1_100).fill({ term: { a: 1 } }) } } }, /more than 1024 clauses/],
    [{ query: { match: { message: 'w '.repeat(1_100) } } }, /more than 1024 terms/],
    ['{', /invalid JSON/],
  ];
  for (const [body, message] of refused) {
    const answer = await ask('/_search', body);
    const reason = String(answer.body.error?.reason);
    assert.equal(answer.status, 400, `${JSON.stringify(body)} ${JSON.stringify(answer.body).slice(0, 200)}`);
    assert.match(reason, message);
  }
});

test('records of a stream that is not indexed yet make no index', async () => {
  const unknown = sql`INSERT INTO otel_logs (Timestamp, StreamId, ServiceName, Body) VALUES (toDateTime64(1790000000, 9), 99, 'late', '')`;
  await store.writer.command(unknown, { database: DATABASE });
  const { body } = await ask('/_cat/indices?format=json', undefined, 'GET');
  assert.deepEqual(
    Array.from(body, (row) => row.index),
    ['filebeat-8', 'logs-cart-default'],
  );
});
