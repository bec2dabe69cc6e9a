import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { freePort } from '../../../server/src/base/free_port.ts';
import { type GrpcAnswer, grpcCall } from '../grpc_call.ts';
import { postTraces, type SentSpan } from '../otlp_traces.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

/**
 * The requests that Grafana's Tempo data source (grafana/grafana public/app/plugins/datasource/tempo and pkg/tsdb/tempo) and its
 * Traces Drilldown (grafana/traces-drilldown) make, with what they read of the answers.
 */
let server: RunningServer;
let grpcPort = 0;
const TRACE = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
const START_MS = Math.floor(Date.now() / 60_000) * 60_000 - 120_000;
const RANGE = { start: String(START_MS / 1000 - 60), end: String(Math.ceil(Date.now() / 1000)) };

const SPANS: readonly SentSpan[] = [
  {
    service: 'shop',
    traceId: TRACE,
    spanId: '00000000000000a1',
    name: 'GET /pay',
    kind: 2,
    startMs: START_MS,
    durationMs: 200,
  },
  {
    service: 'shop',
    traceId: TRACE,
    spanId: '00000000000000a2',
    parentSpanId: '00000000000000a1',
    name: 'charge',
    kind: 3,
    startMs: START_MS + 10,
    durationMs: 150,
    attributes: { 'http.status_code': 500, 'http.method': 'POST', retry: true },
  },
  {
    service: 'bank',
    traceId: TRACE,
    spanId: '00000000000000a3',
    parentSpanId: '00000000000000a2',
    name: 'POST /charge',
    kind: 2,
    startMs: START_MS + 20,
    durationMs: 100,
    error: 'no funds',
    event: 'exception',
  },
  ...Array.from(
    { length: 10 },
    (_, i): SentSpan => ({
      service: 'shop',
      traceId: `${i}`.padStart(32, 'b'),
      spanId: '00000000000000b1',
      name: 'GET /list',
      kind: 2,
      startMs: START_MS + i * 1000,
      durationMs: 10 + i,
      attributes: { 'http.status_code': 200, 'http.method': 'GET' },
    }),
  ),
];

before(async () => {
  grpcPort = await freePort();
  server = await startServer({ env: { TRILITH_OTLP_GRPC_LISTEN: `127.0.0.1:${grpcPort}` } });
  await postTraces(server.url, SPANS);
  await eventually('the traces are found', 20_000, async () => {
    assert.equal((await search('{}', { limit: '50' })).length, 11);
    // Names and values are read from the store, where spans are a moment later than in memory.
    const { tagValues } = await get<{ tagValues: string[] }>('/api/search/tag/service.name/values');
    assert.equal(tagValues.length, 2);
    assert.equal((await series('{} | count_over_time()', 'query'))[0]?.value, 13);
  });
});
after(() => server.stop());

interface Found {
  readonly traceID: string;
  readonly rootServiceName: string;
  readonly rootTraceName: string;
  readonly startTimeUnixNano: string;
  readonly durationMs: number;
  readonly spanSets: readonly {
    readonly matched: number;
    readonly spans: readonly {
      readonly spanID: string;
      readonly attributes?: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
    }[];
  }[];
}
interface Series {
  readonly labels: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly samples?: readonly { readonly timestampMs: string; readonly value?: number }[];
  readonly value?: number;
  readonly exemplars?: readonly {
    readonly labels: readonly { readonly key: string }[];
    readonly timestampMs: string;
  }[];
}

async function get<T>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> {
  const response = await fetch(`${server.url}/tempo${path}?${new URLSearchParams(parameters)}`);
  const body = await response.text();
  assert.equal(response.status, 200, `${path}: ${body}`);
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  return JSON.parse(body) as T;
}

async function search(q: string, more: Readonly<Record<string, string>> = {}): Promise<readonly Found[]> {
  return (await get<{ traces: Found[] }>('/api/search', { q, limit: '20', spss: '3', ...RANGE, ...more })).traces;
}

async function series(q: string, path = 'query_range'): Promise<readonly Series[]> {
  const step = path === 'query' ? {} : { step: '30s', exemplars: '100' };
  const { series: found, metrics } = await get<{ series: Series[]; metrics: Record<string, unknown> }>(
    `/api/metrics/${path}`,
    { q, ...RANGE, ...step },
  );
  // The data source reads these with a decoder that refuses members it does not know.
  const known = ['inspectedTraces', 'inspectedBytes', 'totalBlocks', 'completedJobs', 'totalJobs', 'inspectedSpans'];
  assert.deepEqual(
    Object.keys(metrics).filter((name) => !known.includes(name)),
    [],
  );
  for (const one of found)
    assert.deepEqual(
      Object.keys(one).filter((name) => !['labels', 'samples', 'exemplars', 'value'].includes(name)),
      [],
    );
  return found;
}

const labelOf = ({ labels }: Series, key: string): unknown => {
  const value = labels.find((label) => label.key === key)?.value ?? {};
  return Object.values(value)[0];
};

describe('the data source', () => {
  test('“Save & test” asks for an echo, and what the server can is told by its version', async () => {
    const echo = await fetch(`${server.url}/tempo/api/echo`);
    assert.deepEqual([echo.status, await echo.text()], [200, 'echo']);
    assert.match((await get<{ version: string }>('/api/status/buildinfo')).version, /^2\.\d+\.\d+$/);
  });

  test('a trace is asked for as protobuf, of v2 and then of v1, with the range of the panel', async () => {
    for (const path of ['/api/v2/traces/', '/api/traces/']) {
      const url = `${server.url}/tempo${path}${TRACE}?start=${RANGE.start}&end=${RANGE.end}`;
      const response = await fetch(url, { headers: { accept: 'application/protobuf' } });
      assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'application/protobuf']);
      const body = Buffer.from(await response.arrayBuffer());
      for (const text of ['GET /pay', 'charge', 'bank', 'no funds', 'exception']) assert.ok(body.includes(text), text);
    }
    const missing = await fetch(`${server.url}/tempo/api/v2/traces/1234`);
    assert.equal(missing.status, 404);
  });

  test('the table of a search has traces with their roots and spans with what was asked', async () => {
    const [found, ...more] = await search('{ resource.service.name = "shop" && span.http.status_code >= 500 }');
    assert.deepEqual(
      [more.length, found?.traceID, found?.rootServiceName, found?.rootTraceName],
      [0, TRACE, 'shop', 'GET /pay'],
    );
    assert.deepEqual([found?.startTimeUnixNano, found?.durationMs], [`${START_MS}000000`, 200]);
    const [span] = found?.spanSets[0]?.spans ?? [];
    assert.deepEqual([found?.spanSets[0]?.matched, span?.spanID], [1, '00000000000000a2']);
    assert.deepEqual(span?.attributes?.find(({ key }) => key === 'http.status_code')?.value, { intValue: '500' });
    assert.equal(
      (await search('{}', { spss: '1', limit: '50' })).find(({ traceID }) => traceID === TRACE)?.spanSets[0]?.spans
        .length,
      1,
    );
  });

  test('the search form’s names and values are asked by scope and narrowed by the rest of the query', async () => {
    const limits = { ...RANGE, limit: '5000' };
    const { scopes } = await get<{ scopes: { name: string; tags: string[] }[] }>('/api/v2/search/tags', limits);
    const tags = Object.fromEntries(scopes.map(({ name, tags: names }) => [name, names]));
    assert.deepEqual([tags.resource, tags.span], [['service.name'], ['http.method', 'http.status_code', 'retry']]);
    assert.ok(tags.intrinsic?.includes('rootServiceName'));
    // The name is encoded twice, of which a proxy takes one away.
    const values = async (tag: string, q: string): Promise<unknown> => {
      const path = `/api/v2/search/tag/${encodeURIComponent(tag)}/values`;
      return (await get<{ tagValues: unknown }>(path, { ...limits, q })).tagValues;
    };
    assert.deepEqual(await values('resource.service.name', '{}'), [
      { type: 'string', value: 'shop' },
      { type: 'string', value: 'bank' },
    ]);
    assert.deepEqual(await values('span.http.method', '{ span.http.status_code = 500 }'), [
      { type: 'string', value: 'POST' },
    ]);
    assert.deepEqual(await values('name', '{ resource.service.name = "bank" && span. }'), [
      { type: 'string', value: 'POST /charge' },
    ]);
    assert.deepEqual(await values('span.http.status_code', '{}'), [
      { type: 'int', value: '200' },
      { type: 'int', value: '500' },
    ]);
  });

  test('a metrics panel has series with typed labels and exemplars that lead to traces', async () => {
    const found = await series(
      '{ resource.service.name = "shop" } | rate() by (span.http.status_code) with (exemplars = true)',
    );
    assert.deepEqual(found.map((one) => labelOf(one, 'span.http.status_code')).sort(), ['200', '500', 'nil']);
    const ok = found.find((one) => labelOf(one, 'span.http.status_code') === '200');
    assert.ok(ok?.samples?.every(({ timestampMs }) => /^\d{13}$/.test(timestampMs)));
    assert.ok(ok?.exemplars?.some(({ labels }) => labels.some(({ key }) => key === 'trace:id')));
    const [instant] = await series('{ resource.service.name = "shop" } | count_over_time()', 'query');
    assert.equal(instant?.value, 12);
  });

  test('a range of metrics is also nanoseconds, RFC 3339 or a time until now', async () => {
    const q = '{} | count_over_time()';
    const end = new Date().toISOString();
    for (const range of [
      { start: `${START_MS - 60_000}000000`, end: `${Date.now()}000000` },
      { start: new Date(START_MS - 60_000).toISOString(), end },
      { since: '10m' },
    ]) {
      const { series: found } = await get<{ series: Series[] }>('/api/metrics/query', { q, ...range });
      assert.equal(found[0]?.value, 13, JSON.stringify(range));
    }
  });

  test('errors are text that is shown as it is', async () => {
    const response = await fetch(`${server.url}/tempo/api/search?${new URLSearchParams({ q: '{ foo = }' })}`);
    assert.equal(response.status, 400);
    assert.match(await response.text(), /^invalid TraceQL query: parse error at line 1, col \d+: /);
  });
});

describe('Traces Drilldown', () => {
  const ROOTS = '{nestedSetParent<0 && true}';

  test('rates, errors and durations of roots, by an attribute', async () => {
    const byService = await series(`${ROOTS} | rate() by(resource.service.name)`);
    assert.deepEqual(
      byService.map((one) => labelOf(one, 'resource.service.name')),
      ['shop'],
    );
    const failed = await series('{nestedSetParent<0 && true && status = error} | rate()');
    assert.ok(failed.every(({ samples = [] }) => samples.every(({ value = 0 }) => value === 0)));
    assert.ok((await series(`${ROOTS} | histogram_over_time(duration) with(sample=true)`)).length > 0);
    assert.ok((await series(`${ROOTS} | quantile_over_time(duration, 0.9)`)).length > 0);
  });

  test('what differs is a comparison', async () => {
    const found = await series('{true} | compare({status = error})');
    assert.ok(found.some(({ labels }) => labels.some(({ key }) => key === '__meta_type')));
  });

  test('the structure of traces is selected fields of related spans', async () => {
    const q =
      '({nestedSetParent<0 && true} &>> { status = error }) || ({nestedSetParent<0 && true && status = error}) | select(status, resource.service.name, name, nestedSetParent, nestedSetLeft, nestedSetRight)';
    const [found] = await search(q, { limit: '200', spss: '20' });
    const spans = found?.spanSets[0]?.spans ?? [];
    assert.deepEqual(spans.map(({ spanID }) => spanID).sort(), ['00000000000000a1', '00000000000000a3']);
    const keys = spans[0]?.attributes?.map(({ key }) => key) ?? [];
    for (const key of ['status', 'service.name', 'nestedSetLeft']) assert.ok(keys.includes(key), `${key} in ${keys}`);
  });

  test('exceptions are the events of failed spans', async () => {
    const q =
      '{true && status = error} | select(resource.service.name, event.exception.message, event.exception.stacktrace, event.exception.type) with(most_recent=true)';
    assert.deepEqual(
      (await search(q, { limit: '400' })).map(({ traceID }) => traceID),
      [TRACE],
    );
  });
});

const call = (method: string, message: Buffer): Promise<GrpcAnswer> =>
  grpcCall(grpcPort, `/tempopb.StreamingQuerier/${method}`, message);

/** A text field of a message. */
const text = (field: number, value: string): Buffer =>
  Buffer.concat([Buffer.from([(field << 3) | 2, value.length]), Buffer.from(value)]);

describe('streaming', () => {
  test('search, tags, values and metrics are answered over gRPC', async () => {
    const found = await call('Search', text(8, '{ status = error }'));
    assert.deepEqual([found.status, found.messages.length], ['0', 1]);
    assert.ok(found.messages[0]?.includes(TRACE));
    const tags = await call('SearchTagsV2', text(1, 'span'));
    assert.ok(tags.messages[0]?.includes('http.method'));
    const values = await call('SearchTagValuesV2', Buffer.concat([text(1, 'span.http.method'), text(2, '{}')]));
    assert.ok(values.messages[0]?.includes('POST'));
    const metrics = await call('MetricsQueryRange', text(1, '{} | rate() by (name)'));
    assert.deepEqual([metrics.status, metrics.messages[0]?.includes('GET /pay')], ['0', true]);
  });

  test('a query that cannot be read is INVALID_ARGUMENT', async () => {
    assert.deepEqual(await call('Search', text(8, '{ foo = }')), { status: '3', messages: [] });
  });
});
