import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Client, errors } from '@elastic/elasticsearch';
import { type RunningServer, startServer } from '../running_server.ts';

/** Elastic's own client for JavaScript, version 8, against a running server: it refuses a server that is none. */

interface Line {
  readonly '@timestamp': string;
  readonly message: string;
  readonly service: { readonly name: string };
  readonly order: number;
}

const INDEX = 'logs-payments-default';
const LINES = 2_500;
let server: RunningServer;
let client: Client;

const line = (order: number): Line => ({
  '@timestamp': new Date(startMs + order).toISOString(),
  message: order % 10 === 0 ? `card declined ${order}` : `payment accepted ${order}`,
  service: { name: 'payments-api' },
  order,
});
const startMs = Date.now() - 60_000;

before(async () => {
  server = await startServer();
  client = new Client({ node: `${server.url}/elasticsearch`, compression: true });
});

after(async () => {
  await client.close();
  await server.stop();
});

test('the handshake of senders', async () => {
  const { version, tagline } = await client.info();
  assert.match(version.number, /^8\./);
  assert.equal(tagline, 'You Know, for Search');
  assert.equal((await client.license.get()).license.status, 'active');
  assert.equal((await client.cluster.health()).status, 'green');
  assert.equal(await client.indices.existsIndexTemplate({ name: 'filebeat' }), false);
  assert.equal(
    (await client.indices.putIndexTemplate({ name: 'filebeat', index_patterns: ['filebeat-*'] })).acknowledged,
    true,
  );
  assert.equal((await client.ilm.putLifecycle({ name: 'filebeat', policy: { phases: {} } })).acknowledged, true);
  assert.equal((await client.indices.create({ index: 'filebeat-1' })).acknowledged, true);
  assert.equal(await client.indices.exists({ index: 'not-there' }), false);
});

test('the bulk helper loads lines that a search finds at once', async () => {
  const result = await client.helpers.bulk({
    datasource: Array.from({ length: LINES }, (_, order) => line(order)),
    onDocument: ({ order }) => ({ create: { _index: INDEX, _id: `line-${order}` } }),
    refreshOnCompletion: true,
    flushBytes: 100_000,
    onDrop: ({ error }) => assert.fail(JSON.stringify(error)),
  });
  assert.deepEqual([result.successful, result.failed, result.retry], [LINES, 0, 0]);
  const { count } = await client.count({ index: INDEX });
  assert.equal(count, LINES);
});

test('the same documents again are not seen twice', async () => {
  const operations = Array.from({ length: 30 }, (_, order) => [
    { create: { _index: INDEX, _id: `line-${order}` } },
    line(order),
  ]).flat();
  const again = await client.bulk({ operations, refresh: true });
  assert.equal(again.errors, false);
  assert.equal(again.items.length, 30);
  const identical = await client.bulk({ operations, refresh: true });
  assert.equal(identical.items.length, 30, 'a retry of the same bytes is answered item by item');
  assert.equal((await client.count({ index: INDEX })).count, LINES);
  const found = await client.search<Line>({ index: INDEX, query: { ids: { values: ['line-3'] } } });
  assert.deepEqual(
    found.hits.hits.map(({ _id, _source }) => [_id, _source?.order]),
    [['line-3', 3]],
  );
});

test('searches, aggregations and SQL-free scripts of every day', async () => {
  const answer = await client.search<Line, { over_time: { buckets: { doc_count: number }[] } }>({
    index: 'logs-*',
    size: 3,
    query: {
      bool: {
        must: { match: { message: 'declined' } },
        filter: [{ range: { '@timestamp': { gte: 'now-1h' } } }, { term: { 'service.name': 'payments-api' } }],
      },
    },
    sort: [{ '@timestamp': { order: 'desc', unmapped_type: 'date' } }],
    aggs: { over_time: { date_histogram: { field: '@timestamp', fixed_interval: '1m', min_doc_count: 1 } } },
  });
  assert.deepEqual(answer.hits.total, { value: LINES / 10, relation: 'eq' });
  assert.deepEqual(
    answer.hits.hits.map(({ _source }) => _source?.order),
    [2490, 2480, 2470],
  );
  const counted = answer.aggregations?.over_time.buckets.reduce((sum, { doc_count }) => sum + doc_count, 0);
  assert.equal(counted, LINES / 10);
  const caps = await client.fieldCaps({ index: INDEX, fields: '*' });
  assert.ok(caps.fields.order?.long);
});

test('the scroll helper and a point in time walk over everything once', async () => {
  const scrolled = new Set<string>();
  for await (const page of client.helpers.scrollSearch<Line>({ index: INDEX, size: 1_000 }))
    for (const { order } of page.documents) scrolled.add(String(order));
  assert.equal(scrolled.size, LINES);
  const pit = await client.openPointInTime({ index: INDEX, keep_alive: '1m' });
  let searchAfter: unknown;
  const walked: number[] = [];
  for (;;) {
    const { hits } = await client.search<Line>({
      pit: { id: pit.id, keep_alive: '1m' },
      size: 999,
      sort: [{ '@timestamp': 'asc' }],
      ...(searchAfter === undefined ? {} : { search_after: searchAfter as [] }),
    });
    if (hits.hits.length === 0) break;
    walked.push(...hits.hits.map(({ _source }) => _source?.order ?? -1));
    searchAfter = hits.hits.at(-1)?.sort;
  }
  assert.deepEqual(
    walked,
    Array.from({ length: LINES }, (_, order) => order),
  );
  await client.closePointInTime({ id: pit.id });
});

test('errors are Elasticsearch’s: the client reads type and reason', async () => {
  await assert.rejects(client.search({ index: 'not-there' }), (error) => {
    assert.ok(error instanceof errors.ResponseError);
    assert.deepEqual([error.statusCode, error.body.error.type], [404, 'index_not_found_exception']);
    return true;
  });
  await assert.rejects(
    client.search({ index: INDEX, query: { query_string: { query: '(' } } }),
    (error) => error instanceof errors.ResponseError && error.statusCode === 400,
  );
});

test('what senders write to the main address without the prefix is taken too, compressed as it comes', async () => {
  const body = gzipSync(`${JSON.stringify({ create: { _index: 'main' } })}\n${JSON.stringify({ message: 'm' })}\n`);
  const response = await fetch(`${server.url}/_bulk?refresh=wait_for`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' },
    body,
  });
  const { errors: failed, items } = (await response.json()) as { errors: boolean; items: object[] };
  assert.deepEqual([response.status, failed, items.length], [200, false, 1]);
  assert.equal((await client.count({ index: 'main' })).count, 1);
});
