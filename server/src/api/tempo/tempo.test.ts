import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { HttpResponse, Route } from '../../base/http.ts';
import { ProtobufReader } from '../../base/protobuf.ts';
import { openStore, type Store, sql } from '../../store/index.ts';
import { tempoRoutes } from './index.ts';

const DATABASE = 'tempo_test';
const ID = '0af7651916cd43dd8448eb211c80319c';
let directory: string;
let store: Store;
let routes: Route[];

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tempo-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  await store.ensureDatabase(DATABASE);
  const insert = sql`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, ScopeName,
      ResourceAttributes, SpanAttributes, SpanAttributeTypes, ResourceAttributeTypes, Duration, StatusCode, StatusMessage,
      Events.Timestamp, Events.Name, Events.Attributes)
    VALUES (toDateTime64('2026-09-21 14:13:20', 9, 'UTC'), '0af7651916cd43dd8448eb211c80319c', '00f067aa0ba902b7', '', 'GET /pay', 'Server',
      'payments-api', 'http', map('service.name', 'payments-api'), map('code', '500', 'ratio', '0.5', 'retry', 'true', 'tags', '["a",1]'), 'idbj', 's',
      1500000, 'Error', 'boom', [toDateTime64('2026-09-21 14:13:20.001', 9, 'UTC')], ['exception'], [map('exception.type', 'Boom')])`;
  await store.writer.command(insert, { database: DATABASE });
  routes = tempoRoutes({
    storeOf: () => ({ reader: store.reader, query: { database: DATABASE } }),
    now: () => Date.UTC(2026, 8, 21, 14, 20),
  });
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

async function get(
  path: string,
  query = '',
  params: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<HttpResponse> {
  const route = routes.find((r) => r.path === path);
  assert.ok(route, path);
  return route.handler({
    method: 'GET',
    path,
    params,
    query: new URLSearchParams(query),
    headers,
    body: new Uint8Array(),
    tenant: 't',
    signal: new AbortController().signal,
  });
}

async function json(path: string, query = '', params: Record<string, string> = {}): Promise<unknown> {
  const response = await get(path, query, params);
  assert.equal(response.status, 200, String(response.body));
  return JSON.parse(String(response.body));
}

const ATTRIBUTES = [
  { key: 'code', value: { intValue: '500' } },
  { key: 'ratio', value: { doubleValue: 0.5 } },
  { key: 'retry', value: { boolValue: true } },
  { key: 'tags', value: { arrayValue: { values: [{ stringValue: 'a' }, { intValue: '1' }] } } },
];

test('a trace comes as OTLP JSON with its attribute types restored', async () => {
  const expected = [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'payments-api' } }] },
      scopeSpans: [
        {
          scope: { name: 'http' },
          spans: [
            {
              traceId: Buffer.from(ID, 'hex').toString('base64'),
              spanId: Buffer.from('00f067aa0ba902b7', 'hex').toString('base64'),
              name: 'GET /pay',
              kind: 'SPAN_KIND_SERVER',
              startTimeUnixNano: '1790000000000000000',
              endTimeUnixNano: '1790000000001500000',
              attributes: ATTRIBUTES,
              events: [
                {
                  timeUnixNano: '1790000000001000000',
                  name: 'exception',
                  attributes: [{ key: 'exception.type', value: { stringValue: 'Boom' } }],
                },
              ],
              status: { code: 'STATUS_CODE_ERROR', message: 'boom' },
            },
          ],
        },
      ],
    },
  ];
  assert.deepEqual(await json('/tempo/api/traces/:id', '', { id: ID }), { batches: expected });
  assert.deepEqual(await json('/tempo/api/v2/traces/:id', '', { id: ID.toUpperCase() }), {
    trace: { resourceSpans: expected },
    metrics: {},
  });
});

/** The bytes of the first field of a number at each level of a path. */
function dig(bytes: Uint8Array<ArrayBuffer>, path: readonly number[]): Uint8Array<ArrayBuffer> {
  const [field, ...rest] = path;
  if (field === undefined) return bytes;
  const reader = new ProtobufReader(bytes);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === ((field << 3) | 2)) {
      const end = reader.lengthEnd();
      return dig(bytes.slice(reader.position, end), rest);
    }
    reader.skip(tag);
  }
  throw new Error(`no field ${field}`);
}

test('a trace comes as protobuf when that is accepted', async () => {
  const v1 = await get('/tempo/api/traces/:id', '', { id: ID }, { accept: 'application/protobuf' });
  assert.equal(v1.headers?.['content-type'], 'application/protobuf');
  const name = new TextDecoder().decode(dig(Uint8Array.from(v1.body as Uint8Array), [1, 2, 2, 5]));
  assert.equal(name, 'GET /pay');
  const v2 = await get('/tempo/api/v2/traces/:id', '', { id: ID }, { accept: 'application/protobuf' });
  assert.deepEqual(
    dig(Uint8Array.from(v2.body as Uint8Array), [1, 1, 2, 2, 1]),
    Uint8Array.from(Buffer.from(ID, 'hex')),
  );
});

test('an unknown trace is 404, a malformed id 400', async () => {
  assert.equal((await get('/tempo/api/traces/:id', '', { id: 'abc' })).status, 404);
  assert.equal((await get('/tempo/api/traces/:id', '', { id: 'zzz' })).status, 400);
});

test('search by TraceQL and by tags answers as Grafana expects', async () => {
  for (const query of [
    'q=%7B.code%3D500%7D',
    'tags=service.name%3Dpayments-api%20code%3D500',
    'tags=name%3D%22GET%20%2Fpay%22&minDuration=1ms',
  ]) {
    const answer = (await json('/tempo/api/search', query)) as { traces: Record<string, unknown>[] };
    const [found] = answer.traces;
    assert.equal(answer.traces.length, 1, query);
    assert.equal(found?.traceID, ID);
    assert.equal(found?.rootServiceName, 'payments-api');
    assert.equal(found?.rootTraceName, 'GET /pay');
    assert.equal(found?.startTimeUnixNano, '1790000000000000000');
    assert.equal(found?.durationMs, 1);
    assert.deepEqual(found?.serviceStats, { 'payments-api': { spanCount: 1, errorCount: 1 } });
  }
  assert.deepEqual(((await json('/tempo/api/search', 'q=%7B.code%3D404%7D')) as { traces: unknown[] }).traces, []);
});

test('what is not TraceQL, or finds no traces, is refused by name and place', async () => {
  const bad = await get('/tempo/api/search', 'q=%7B+foo+%3D+1+%7D');
  assert.deepEqual(
    [bad.status, bad.body],
    [400, 'invalid TraceQL query: parse error at line 1, col 3: unknown identifier: foo'],
  );
  const later = await get('/tempo/api/search', 'q=%7B%7D+%7C+rate()');
  assert.deepEqual(
    [later.status, later.body],
    [400, 'invalid TraceQL query: a metrics query finds no traces: ask for it as metrics'],
  );
});

const METRICS = { totalJobs: 1, completedJobs: 1 };

test('tags and their values', async () => {
  assert.deepEqual(await json('/tempo/api/search/tags'), {
    tagNames: ['code', 'exception.type', 'ratio', 'retry', 'service.name', 'tags'],
    metrics: METRICS,
  });
  assert.deepEqual(await json('/tempo/api/search/tag/:name/values', '', { name: 'service.name' }), {
    tagValues: ['payments-api'],
    metrics: METRICS,
  });
  const names = async (query: string): Promise<unknown> => {
    const { scopes } = (await json('/tempo/api/v2/search/tags', query)) as {
      scopes: { name: string; tags: string[] }[];
    };
    return scopes.map(({ name, tags }) => [name, name === 'intrinsic' ? tags.includes('span:status') : tags.join()]);
  };
  const ofSpan = ['span', 'code,ratio,retry,tags'];
  const all = [['resource', 'service.name'], ofSpan, ['event', 'exception.type'], ['intrinsic', true]];
  assert.deepEqual(await names(''), all);
  assert.deepEqual(await names('scope=span&limit=10'), [ofSpan]);
  assert.deepEqual(await names(`scope=span&q=${encodeURIComponent('{ name = "GET /pay" && span.x = }')}`), [ofSpan]);
  assert.deepEqual(await names(`scope=span&q=${encodeURIComponent('{ name = "other" }')}`), []);
});

test('values of a field come with their types, of a field of words with all its words', async () => {
  const values = async (name: string, query = ''): Promise<unknown> => {
    const { tagValues } = (await json('/tempo/api/v2/search/tag/:name/values', query, { name })) as {
      tagValues: { type: string; value: string }[];
    };
    return tagValues.map(({ type, value }) => `${type} ${value}`);
  };
  assert.deepEqual(await values('span.code'), ['int 500']);
  assert.deepEqual(await values('.ratio'), ['float 0.5']);
  assert.deepEqual(await values('span.retry'), ['bool true']);
  assert.deepEqual(await values('resource.service.name', `q=${encodeURIComponent('{ span.code = 500 }')}`), [
    'string payments-api',
  ]);
  assert.deepEqual(await values('resource.service.name', `q=${encodeURIComponent('{ span.code = 501 }')}`), []);
  assert.deepEqual(await values('event.exception.type'), ['string Boom']);
  assert.deepEqual(await values('event:name'), ['string exception']);
  assert.deepEqual(await values('rootServiceName'), ['string payments-api']);
  assert.deepEqual(await values('status'), ['keyword ok', 'keyword error', 'keyword unset']);
  assert.deepEqual(await values('duration'), []);
  const none = await get('/tempo/api/v2/search/tag/:name/values', '', { name: 'no field' });
  assert.deepEqual([none.status, String(none.body).slice(0, 30)], [400, 'please provide a valid tagName']);
});

test('searches refuse what cannot be meant', async () => {
  for (const [query, message] of [
    ['q={}&tags=a=b', "invalid request: can't specify tags and q in the same query"],
    ['tags=a=b%20a=c', 'invalid tags: tag a has been set twice'],
    ['minDuration=2s&maxDuration=1s', 'invalid maxDuration: must be greater than minDuration'],
    ['start=20&end=10', 'http parameter start must be before end. received start=20 end=10'],
    ['limit=0', 'invalid limit: must be a positive number'],
  ] as const) {
    const refused = await get('/tempo/api/search', query);
    assert.deepEqual([refused.status, refused.body], [400, message]);
  }
});

test('answers come as Tempo’s messages when protobuf is accepted', async () => {
  const accept = { accept: 'application/protobuf' };
  const found = await get('/tempo/api/search', 'q=%7B.code%3D500%7D', {}, accept);
  assert.equal(found.headers?.['content-type'], 'application/protobuf');
  const text = (bytes: Uint8Array<ArrayBuffer>): string => new TextDecoder().decode(bytes);
  const body = Uint8Array.from(found.body as Uint8Array);
  assert.deepEqual([text(dig(body, [1, 1])), text(dig(body, [1, 7, 1, 1]))], [ID, '00f067aa0ba902b7']);
  const values = await get('/tempo/api/v2/search/tag/:name/values', '', { name: 'span.code' }, accept);
  assert.equal(text(dig(Uint8Array.from(values.body as Uint8Array), [1, 2])), '500');
});

test('TraceQL metrics answer in steps and as one value', async () => {
  const range = 'q=%7B%7D%20%7C%20rate()%20by%20(resource.service.name)&step=60s';
  const { series } = (await json('/tempo/api/metrics/query_range', range)) as {
    series: { labels: unknown[]; samples: { timestampMs: string; value: number }[] }[];
  };
  assert.deepEqual(series[0]?.labels, [{ key: 'resource.service.name', value: { stringValue: 'payments-api' } }]);
  assert.ok(series[0]?.samples.some(({ value }) => value > 0));
  const instant = (await json('/tempo/api/metrics/query', 'q=%7B%7D%20%7C%20count_over_time()')) as {
    series: { value: number }[];
  };
  assert.ok((instant.series[0]?.value ?? 0) > 0);
  const refused = await get('/tempo/api/metrics/query_range', 'q=%7B%7D');
  assert.deepEqual([refused.status, String(refused.body).includes('not a metrics query')], [400, true]);
});
