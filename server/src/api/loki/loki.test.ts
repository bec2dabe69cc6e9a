import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { HttpResponse, Route } from '../../base/http.ts';
import { createLogqlEngine } from '../../query/index.ts';
import { openStore, type Store, sql } from '../../store/index.ts';
import { lokiRoutes } from './index.ts';
import { parseTime } from './parameters.ts';

const DATABASE = 'loki_test';
const START = 1_790_000_000;
let directory: string;
let store: Store;
let routes: Route[];

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'loki-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  await store.ensureDatabase(DATABASE);
  const streams = sql`INSERT INTO log_streams (day, id, service, labels, created) VALUES
    (toDate(1790000000), 1, 'payments-api', map('service', 'payments-api', 'namespace', 'prod'), toDateTime64(1790000000, 3)),
    (toDate(1790000000), 2, 'levelled', map('service', 'levelled', 'level', 'WARN'), toDateTime64(1790000000, 3))`;
  const logs = sql`INSERT INTO otel_logs (Timestamp, StreamId, TraceId, SeverityText, ServiceName, Body, LogAttributes)
    SELECT toDateTime64(1790000000, 9) + number, 1, '', if(number % 2 = 0, 'ERROR', 'INFO'), 'payments-api',
      concat('{"status":', toString(200 + number), '}'), map('pod', 'p1') FROM numbers(10)`;
  for (const statement of [streams, logs]) await store.writer.command(statement, { database: DATABASE });
  const engine = createLogqlEngine({ reader: store.reader, database: DATABASE });
  routes = lokiRoutes({ engineOf: () => engine, now: () => (START + 60) * 1000 });
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

async function get(
  path: string,
  query: Record<string, string> = {},
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

async function data(
  path: string,
  query: Record<string, string> = {},
  params: Record<string, string> = {},
): Promise<unknown> {
  const response = await get(path, query, params);
  assert.equal(response.status, 200, String(response.body));
  const answer: unknown = JSON.parse(String(response.body));
  assert.ok(typeof answer === 'object' && answer !== null);
  return 'data' in answer ? answer.data : answer;
}

test('query_range gives streams, newest first, with labels, metadata and level', async () => {
  const answer = (await data('/loki/api/v1/query_range', {
    query: '{service="payments-api", level="ERROR"}',
    limit: '2',
  })) as Record<string, unknown>;
  assert.equal(answer.resultType, 'streams');
  assert.deepEqual(answer.result, [
    {
      stream: { detected_level: 'error', namespace: 'prod', pod: 'p1', service: 'payments-api' },
      values: [
        ['1790000008000000000', '{"status":208}'],
        ['1790000006000000000', '{"status":206}'],
      ],
    },
  ]);
  assert.ok(typeof answer.stats === 'object');
});

test('query_range gives a matrix, query a vector or a scalar', async () => {
  const range = {
    query: 'sum by (level) (count_over_time({namespace="prod"}[5s]))',
    // Moved to multiples of the step: 5 to 10.
    start: String(START + 6),
    end: String(START + 9),
    step: '5',
  };
  const matrix = (await data('/loki/api/v1/query_range', range)) as {
    resultType: string;
    result: { metric: object }[];
  };
  assert.equal(matrix.resultType, 'matrix');
  assert.deepEqual(
    matrix.result.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    [
      {
        metric: { level: 'ERROR' },
        values: [
          [START + 5, '2'],
          [START + 10, '2'],
        ],
      },
      {
        metric: { level: 'INFO' },
        values: [
          [START + 5, '3'],
          [START + 10, '2'],
        ],
      },
    ],
  );
  const vector = (await data('/loki/api/v1/query', {
    query: 'sum(rate({namespace="prod"} | json | status >= 205 [10s]))',
    time: String(START + 9),
  })) as { result: unknown };
  assert.deepEqual(vector.result, [{ metric: {}, value: [START + 9, '0.5'] }]);
  const health = (await data('/loki/api/v1/query', { query: 'vector(1)+vector(1)', time: '1' })) as { result: unknown };
  assert.deepEqual(health.result, [{ metric: {}, value: [1, '2'] }]);
});

test('labels, values and series name what streams have and what every record answers to', async () => {
  assert.deepEqual(await data('/loki/api/v1/labels'), ['level', 'namespace', 'service', 'service_name']);
  assert.deepEqual(await data('/loki/api/v1/label/:name/values', {}, { name: 'service_name' }), [
    'levelled',
    'payments-api',
  ]);
  assert.deepEqual(
    await data('/loki/api/v1/label/:name/values', { query: '{service="x"}' }, { name: 'namespace' }),
    [],
  );
  assert.deepEqual(await data('/loki/api/v1/series', { match: '{namespace=~"p.*"}' }), [
    { namespace: 'prod', service: 'payments-api' },
  ]);
});

test('values of a level are those of its label where every stream has one, else all that records may have', async () => {
  const levels = (query: string): Promise<unknown> =>
    data('/loki/api/v1/label/:name/values', { query }, { name: 'level' });
  assert.deepEqual(await levels('{service="levelled"}'), ['WARN']);
  const all = ['CRITICAL', 'DEBUG', 'ERROR', 'FATAL', 'INFO', 'TRACE', 'WARN'];
  assert.deepEqual(await levels('{service="payments-api"}'), all);
  assert.deepEqual(await levels('{service=~".+"}'), all);
});

test('statistics, volume and fields', async () => {
  assert.deepEqual(await data('/loki/api/v1/index/stats', { query: '{namespace="prod"}' }), {
    streams: 1,
    chunks: 1,
    entries: 10,
    bytes: 140,
  });
  const volume = (await data('/loki/api/v1/index/volume', { query: '{namespace="prod"}' })) as { result: unknown };
  assert.deepEqual(volume.result, [{ metric: { namespace: 'prod' }, value: [START + 60, '140'] }]);
  const { fields } = (await data('/loki/api/v1/detected_fields', { query: '{namespace="prod"}' })) as {
    fields: Record<string, unknown>[];
  };
  assert.deepEqual(
    fields.find((f) => f.label === 'status'),
    { label: 'status', type: 'int', cardinality: 10, parsers: ['json'] },
  );
});

test('entries carry metadata and parsed labels themselves where the client asks for categories', async () => {
  const query = { query: '{service="payments-api"} | json', limit: '1' };
  const headers = { 'x-loki-response-encoding-flags': 'categorize-labels' };
  const answer = JSON.parse(String((await get('/loki/api/v1/query_range', query, {}, headers)).body)) as {
    data: { encodingFlags: unknown; result: unknown };
  };
  assert.deepEqual(answer.data.encodingFlags, ['categorize-labels']);
  assert.deepEqual(answer.data.result, [
    {
      stream: { namespace: 'prod', service: 'payments-api' },
      values: [
        [
          '1790000009000000000',
          '{"status":209}',
          { structuredMetadata: { detected_level: 'info', pod: 'p1' }, parsed: { status: '209' } },
        ],
      ],
    },
  ]);
});

test('an interval leaves out what is nearer to the line before, and the limit counts what is left', async () => {
  const query = { query: '{service="payments-api"}', interval: '3s', limit: '3', direction: 'forward' };
  const { result } = (await data('/loki/api/v1/query_range', query)) as { result: { values: [string][] }[] };
  const seconds = result.flatMap(({ values }) => values.map(([ns]) => Number(BigInt(ns) / 1_000_000_000n) - START));
  assert.deepEqual(seconds.sort(), [0, 3, 6]);
});

test('volumes are by value or by label, at once or by step, the largest first', async () => {
  const volume = async (path: string, query: Record<string, string>) =>
    ((await data(path, query)) as { result: { metric: object; value?: unknown; values?: unknown }[] }).result;
  const targets = { query: '{namespace="prod"}', targetLabels: 'service,level', start: String(START - 1) };
  assert.deepEqual(
    (await volume('/loki/api/v1/index/volume', targets)).map(({ metric, value }) => [metric, value]),
    [
      [{ level: 'ERROR', service: 'payments-api' }, [START + 60, '70']],
      [{ level: 'INFO', service: 'payments-api' }, [START + 60, '70']],
    ],
  );
  assert.deepEqual(
    (await volume('/loki/api/v1/index/volume', { ...targets, aggregateBy: 'labels' })).map(({ metric, value }) => [
      metric,
      value,
    ]),
    [
      [{ level: '' }, [START + 60, '140']],
      [{ service: '' }, [START + 60, '140']],
    ],
  );
  const steps = { query: '{namespace="prod"}', start: String(START - 1), end: String(START + 20), step: '5' };
  assert.deepEqual(await volume('/loki/api/v1/index/volume_range', steps), [
    {
      metric: { namespace: 'prod' },
      values: [
        [START + 5, '70'],
        [START + 10, '70'],
      ],
    },
  ]);
});

test('values of a detected field come by frequency; detected labels leave out ids', async () => {
  const query = { query: '{namespace="prod"}' };
  const values = await data('/loki/api/v1/detected_field/:name/values', query, { name: 'pod' });
  assert.deepEqual(values, { values: ['p1'], limit: 1000 });
  const parsed = await data(
    '/loki/api/v1/detected_field/:name/values',
    { query: '{namespace="prod"} | json | status > 207' },
    { name: 'status' },
  );
  assert.deepEqual(parsed, { values: ['208', '209'], limit: 1000 });
  assert.deepEqual(await data('/loki/api/v1/detected_labels', query), {
    detectedLabels: [
      { label: 'namespace', cardinality: 1 },
      { label: 'service', cardinality: 1 },
    ],
  });
});

test('format_query prints the canonical form', async () => {
  assert.equal(
    await data('/loki/api/v1/format_query', { query: 'sum(rate({a="b"}|="x"[1m]))by(c)' }),
    'sum by (c) (rate({a="b"} |= "x" [1m]))',
  );
});

test('format_query says in JSON what is wrong', async () => {
  const response = await get('/loki/api/v1/format_query', { query: '{' });
  assert.equal(response.status, 400);
  assert.deepEqual(JSON.parse(String(response.body)), {
    status: 'invalid-query',
    error: 'parse error at line 1, col 2: syntax error: unexpected $end, expecting IDENTIFIER or }',
  });
});

test('a metric query may name any limit of entries, and steps may have an exponent', async () => {
  const range = { start: '1790000000', end: '1790000400', step: '1e2', limit: '100000' };
  assert.equal((await get('/loki/api/v1/query_range', { query: 'vector(1)', ...range })).status, 200);
  assert.equal((await get('/loki/api/v1/query', { query: 'vector(1)', limit: '100000' })).status, 200);
});

const REFUSED: readonly (readonly [path: string, query: Record<string, string>, message: RegExp])[] = [
  ['/loki/api/v1/query_range', { query: '{a="b"' }, /^parse error at line 1, col 7: syntax error: unexpected \$end/],
  ['/loki/api/v1/query_range', { query: '{}' }, /at least one regexp or equality matcher/],
  ['/loki/api/v1/query_range', { query: '{a="b"}', limit: '9999' }, /max_entries_limit_per_query \(9999 > 5000\)/],
  ['/loki/api/v1/query_range', { query: '{a="b"}', direction: 'up' }, /invalid direction/],
  [
    '/loki/api/v1/query_range',
    { query: '{a="b"}', start: 'x' },
    /^could not parse 'start' parameter: strconv.ParseInt: parsing "x": invalid syntax\n$/,
  ],
  ['/loki/api/v1/query_range', { query: '{a="b"} |~ "("' }, /error parsing regexp/],
  [
    '/loki/api/v1/query_range',
    { query: '{a="b"}', end: '99999999999999999999' },
    /^could not parse 'end' parameter: strconv.ParseInt: parsing "99999999999999999999": value out of range\n$/,
  ],
  [
    '/loki/api/v1/query_range',
    { query: '{a="b"}', since: '-1h' },
    /^could not parse 'since' parameter: not a valid duration string: "-1h"\n$/,
  ],
  ['/loki/api/v1/query_range', { query: '{a="b"}', interval: '-1' }, /^interval must be >= 0\n$/],
  ['/loki/api/v1/query_range', { query: '{a="b"}', step: '-1' }, /^zero or negative query resolution step widths/],
  ['/loki/api/v1/query_range', { query: 'vector(1)', step: '1e-10' }, /^zero or negative query resolution step widths/],
  ['/loki/api/v1/query_range', { query: '{a="b"}', step: '-1m' }, /^cannot parse "-1m" to a valid duration\n$/],
  ['/loki/api/v1/query_range', { query: '{a="b"}', step: '1e11' }, /It overflows int64\n$/],
  ['/loki/api/v1/query', { query: 'vector(1)', time: 'x' }, /^strconv.ParseInt: parsing "x": invalid syntax\n$/],
  [
    '/loki/api/v1/query_range',
    { query: '{service="payments-api"} | line_format "{{ .x | nosuch }}"' },
    /invalid line template: template: line:1: function "nosuch" not defined/,
  ],
  ['/loki/api/v1/query', { query: '{a="b"}' }, /log queries are not supported as an instant query type/],
];

for (const [path, query, message] of REFUSED) {
  test(`refused with 400 and text: ${JSON.stringify(query)}`, async () => {
    const response = await get(path, query);
    assert.equal(response.status, 400);
    assert.match(response.headers?.['content-type'] ?? '', /^text\/plain/);
    assert.match(String(response.body), message);
  });
}

test('times are seconds, nanoseconds, decimal seconds or RFC 3339', () => {
  const ns = 1_790_000_000_500_000_000n;
  for (const text of ['1790000000500000000', '1790000000.5', '2026-09-21T14:13:20.5Z', '2026-09-21T16:13:20.500+02:00'])
    assert.equal(parseTime(text), ns);
  assert.equal(parseTime('1790000000'), 1_790_000_000_000_000_000n);
});
