import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

/**
 * The requests that Grafana's Loki data source and its Logs Drilldown make, in their order and with their parameters
 * (grafana/grafana public/app/plugins/datasource/loki and pkg/tsdb/loki, grafana/logs-drilldown).
 */
let server: RunningServer;
const END = Math.floor(Date.now() / 60_000) * 60;
const START = END - 600;
const ns = (seconds: number): string => `${seconds}000000000`;
const RANGE = { start: ns(START), end: ns(END) };
/** The backend of the data source always asks for labels by origin. */
const HEADERS = { 'x-loki-response-encoding-flags': 'categorize-labels', 'x-query-tags': 'Source=grafana' };

before(async () => {
  server = await startServer();
  const entry = (i: number, line: string) => [ns(START + i * 10), line, { trace_id: `${i}`.padStart(32, 'a') }];
  const streams = [
    {
      stream: { service_name: 'shop', namespace: 'prod', cluster: 'eu' },
      values: Array.from({ length: 20 }, (_, i) =>
        entry(i, `{"level":"${i % 5 === 0 ? 'error' : 'info'}","status":${i % 5 === 0 ? 500 : 200},"took":"${i}ms"}`),
      ),
    },
    {
      stream: { service_name: 'web', namespace: 'prod', cluster: 'eu' },
      values: Array.from({ length: 10 }, (_, i) => entry(i, `level=info msg="GET /pay" duration=${i}ms`)),
    },
  ];
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ streams });
  const response = await fetch(`${server.url}/loki/api/v1/push`, { method: 'POST', headers, body });
  assert.equal(response.status, 204, await response.text());
  await eventually('the lines are in the store', 10_000, async () => {
    const { data } = (await get('query_range', { query: '{namespace="prod"}', ...RANGE, limit: '100' })) as Streams;
    assert.equal(data.result.flatMap(({ values }) => values).length, 30);
  });
});

after(() => server.stop());

interface Streams {
  readonly data: {
    readonly encodingFlags?: readonly string[];
    readonly result: readonly {
      readonly stream: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [string, string, Labels?])[];
    }[];
  };
}
interface Labels {
  readonly structuredMetadata?: Readonly<Record<string, string>>;
  readonly parsed?: Readonly<Record<string, string>>;
}
interface Numbers {
  readonly data: {
    readonly resultType: string;
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value?: readonly [number, string];
      readonly values?: readonly (readonly [number, string])[];
    }[];
  };
}

async function get(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const url = `${server.url}/loki/api/v1/${path}?${new URLSearchParams(parameters)}`;
  const response = await fetch(url, { headers: HEADERS });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  return JSON.parse(text);
}

describe('the data source', () => {
  test('“Save & test” asks vector(1)+vector(1) at a moment of ten digits, which are seconds', async () => {
    const { data } = (await get('query', {
      query: 'vector(1)+vector(1)',
      time: '4000000000',
      direction: 'backward',
    })) as Numbers;
    assert.deepEqual(data.result, [{ metric: {}, value: [4_000_000_000, '2'] }]);
  });

  test('the version is found out by buildinfo', async () => {
    assert.match(((await get('status/buildinfo')) as { version: string }).version, /^3\.\d+\.\d+$/);
  });

  test('label names, values narrowed by the other filters, and series', async () => {
    const { data: names } = (await get('labels', RANGE)) as { data: string[] };
    assert.ok(names.includes('namespace') && names.includes('service_name'));
    const query = '{namespace="prod"}';
    assert.deepEqual(await get('label/service_name/values', { ...RANGE, query }), {
      status: 'success',
      data: ['shop', 'web'],
    });
    const { data: series } = (await get('series', { ...RANGE, 'match[]': query })) as { data: unknown[] };
    assert.equal(series.length, 2);
  });

  test('a log panel is a range query with nanoseconds and a step in ms, answered by stream with the rest per entry', async () => {
    const query = '{service_name="shop"} |= `error` | json';
    const { data } = (await get('query_range', {
      query,
      ...RANGE,
      limit: '1000',
      direction: 'backward',
      step: '2000ms',
    })) as Streams;
    assert.deepEqual(data.encodingFlags, ['categorize-labels']);
    assert.deepEqual(
      data.result.map(({ stream }) => stream),
      [{ cluster: 'eu', namespace: 'prod', service_name: 'shop' }],
    );
    const [, , labels] = data.result[0]?.values[0] ?? [];
    assert.equal(labels?.parsed?.status, '500');
    assert.equal(labels?.structuredMetadata?.detected_level, 'error');
    assert.equal(labels?.structuredMetadata?.trace_id?.length, 32);
  });

  test('the volume above it is counted by level', async () => {
    const query = 'sum by (level, detected_level) (count_over_time({service_name="shop"} | drop __error__ [60s]))';
    const { data } = (await get('query_range', { query, ...RANGE, step: '60000ms' })) as Numbers;
    assert.deepEqual(data.result.map(({ metric }) => metric.detected_level).sort(), ['error', 'info']);
    const lines = data.result.flatMap(({ values = [] }) => values.map(([, value]) => Number(value)));
    assert.equal(
      lines.reduce((sum, n) => sum + n, 0),
      20,
    );
  });

  test('the hint below the editor asks for statistics', async () => {
    const stats = (await get('index/stats', { query: '{service_name="shop"}', ...RANGE })) as Record<string, number>;
    assert.deepEqual([stats.streams, stats.entries], [1, 20]);
  });

  test('context around a line is two range queries of one stream', async () => {
    const query = '{cluster="eu",namespace="prod",service_name="web"}';
    const before = { start: ns(START - 7200), end: ns(START + 50), direction: 'BACKWARD' };
    const behind = { start: ns(START + 50), end: ns(START + 7200), direction: 'FORWARD' };
    const lines = async (range: Record<string, string>): Promise<number> =>
      ((await get('query_range', { query, ...range, limit: '3' })) as Streams).data.result.flatMap(
        ({ values }) => values,
      ).length;
    assert.deepEqual([await lines(before), await lines(behind)], [3, 3]);
  });

  test('errors are text that is shown as it is', async () => {
    const response = await fetch(`${server.url}/loki/api/v1/query_range?${new URLSearchParams({ query: '{a="b"' })}`);
    assert.equal(response.status, 400);
    assert.match(await response.text(), /^parse error at line 1, col 7: syntax error/);
  });

  test('rules are none, and not an error of the server', async () => {
    const response = await fetch(`${server.url}/loki/api/v1/rules`);
    assert.equal(response.status, 404);
    assert.equal(await response.text(), 'no rule groups found\n');
  });
});

describe('Logs Drilldown', () => {
  const query = '{service_name="shop"}';

  test('its first page asks for limits, then for volume by service', async () => {
    const limits = (await get('drilldown-limits')) as { limits: Record<string, unknown>; version: string };
    assert.equal(limits.limits.volume_enabled, true);
    const volume = {
      query: '{service_name=~".+"}',
      ...RANGE,
      targetLabels: 'service_name',
      limit: '5000',
      aggregateBy: 'labels',
    };
    const byLabel = (await get('index/volume', volume)) as Numbers;
    assert.deepEqual(
      byLabel.data.result.map(({ metric }) => metric),
      [{ service_name: '' }],
    );
    const byValue = (await get('index/volume', { ...volume, aggregateBy: 'series' })) as Numbers;
    assert.deepEqual(
      byValue.data.result.map(({ metric }) => metric.service_name),
      ['shop', 'web'],
    );
  });

  test('a service’s logs are asked for with every parser, and errors dropped', async () => {
    const everything = '{service_name=~".+"} | json | logfmt | drop __error__, __error_details__';
    const { data } = (await get('query_range', { query: everything, ...RANGE, limit: '1000' })) as Streams;
    assert.equal(data.result.flatMap(({ values }) => values).length, 30);
    assert.ok(data.result.every(({ stream }) => stream.__error__ === undefined));
    const parsed = data.result.flatMap(({ values }) => values.map(([, , labels]) => labels?.parsed ?? {}));
    assert.ok(parsed.some(({ took }) => took !== undefined) && parsed.some(({ duration }) => duration !== undefined));
  });

  test('labels and fields have their pages, and fields their values', async () => {
    const { detectedLabels } = (await get('detected_labels', { query, ...RANGE })) as {
      detectedLabels: { label: string }[];
    };
    assert.ok(detectedLabels.some(({ label }) => label === 'namespace'));
    const { fields } = (await get('detected_fields', {
      query: `${query} | json | logfmt | drop __error__`,
      ...RANGE,
      line_limit: '1000',
    })) as {
      fields: { label: string; type: string; cardinality: number; parsers: string[] | null }[];
    };
    const status = fields.find(({ label }) => label === 'status');
    assert.deepEqual([status?.type, status?.cardinality], ['int', 2]);
    assert.equal(fields.find(({ label }) => label === 'trace_id')?.parsers, null);
    const { values } = (await get('detected_field/status/values', { query, ...RANGE })) as { values: string[] };
    assert.deepEqual(values, ['200', '500']);
  });

  test('a field’s breakdown counts its values', async () => {
    const counted = `sum by (status) (count_over_time(${query} | json | drop __error__, __error_details__ | status!="" [1m]))`;
    const { data } = (await get('query_range', { query: counted, ...RANGE, step: '60s' })) as Numbers;
    assert.deepEqual(data.result.map(({ metric }) => metric.status).sort(), ['200', '500']);
    const took = `quantile_over_time(0.95, ${query} | json | unwrap duration(took) | __error__="" [1m]) by ()`;
    assert.equal(((await get('query_range', { query: took, ...RANGE, step: '60s' })) as Numbers).data.result.length, 1);
  });

  test('patterns are a list', async () => {
    const { data } = (await get('patterns', { query, ...RANGE, step: '10s' })) as { data: unknown };
    assert.ok(Array.isArray(data));
  });
});
