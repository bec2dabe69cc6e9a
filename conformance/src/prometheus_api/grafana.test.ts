import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { remoteWrite } from '../limits/requests.ts';
import { type RunningServer, startServer } from '../running_server.ts';

/**
 * The requests that Grafana's Prometheus data source and its Metrics Drilldown make, in their order and with their
 * parameters (grafana/grafana packages/grafana-prometheus, grafana/metrics-drilldown).
 */
let server: RunningServer;
const END = Math.floor(Date.now() / 60_000) * 60;
const START = END - 600;
/** What Grafana asks for at most, and how it writes "everything". */
const LIMIT = '40000';
const ALL = '{__name__!=""}';

before(async () => {
  server = await startServer();
  const times = Array.from({ length: 41 }, (_, i) => (START + i * 15) * 1000);
  const series = (labels: Readonly<Record<string, string>>, step: number) => ({
    labels,
    samples: times.map((time, i) => [i * step, time] as const),
  });
  const bucket = (le: string, step: number) =>
    series({ __name__: 'shop_seconds_bucket', job: 'shop', instance: 'a', le }, step);
  const { path, headers, body } = remoteWrite([
    series({ __name__: 'shop_orders_total', job: 'shop', instance: 'a' }, 3),
    series({ __name__: 'shop_orders_total', job: 'shop', instance: 'b' }, 6),
    bucket('0.1', 1),
    bucket('1', 3),
    bucket('+Inf', 4),
    series({ __name__: 'other', 'my.label': 'dotted' }, 0),
  ]);
  const response = await fetch(`${server.url}${path}`, { method: 'POST', headers, body: Uint8Array.from(body) });
  assert.equal(response.status, 204);
});

after(() => server.stop());

interface Reply {
  readonly status: string;
  readonly data: unknown;
  readonly warnings?: readonly string[];
}

type Parameters = Readonly<Record<string, string>>;

const range: Parameters = { start: String(START), end: String(END) };

async function get(path: string, parameters: Parameters = {}): Promise<unknown> {
  return success(await fetch(`${server.url}/prometheus${path}?${new URLSearchParams(parameters)}`));
}

/** The data source posts forms, with the charset that its client adds. */
async function post(path: string, parameters: Parameters): Promise<unknown> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const body = new URLSearchParams(parameters).toString();
  return success(await fetch(`${server.url}/prometheus${path}`, { method: 'POST', headers, body }));
}

async function success(response: Response): Promise<unknown> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  const reply = JSON.parse(text) as Reply;
  assert.equal(reply.status, 'success');
  return reply.data;
}

describe('the data source’s settings page', () => {
  test('“Save & test” asks 1+1 at the fourth second of time', async () => {
    assert.deepEqual(await post('/api/v1/query', { query: '1+1', time: '4' }), {
      resultType: 'scalar',
      result: [4, '2'],
    });
  });

  test('the version is found out by buildinfo', async () => {
    const { version } = (await get('/api/v1/status/buildinfo')) as { readonly version: string };
    assert.match(version, /^3\.\d+\.\d+$/);
  });
});

describe('the query editor', () => {
  test('names of metrics come with and without a limit', async () => {
    const names = ['other', 'shop_orders_total', 'shop_seconds_bucket'];
    assert.deepEqual(await get('/api/v1/label/__name__/values', { ...range, limit: LIMIT }), names);
    assert.deepEqual(await get('/api/v1/label/__name__/values', { ...range, 'match[]': ALL, limit: LIMIT }), names);
  });

  test('metadata comes by name of the metric', async () => {
    assert.equal(typeof (await get('/api/v1/metadata', { limit: LIMIT })), 'object');
  });

  test('labels of a metric come for GET and POST', async () => {
    const parameters = { ...range, 'match[]': '{__name__="shop_orders_total"}', limit: LIMIT };
    assert.deepEqual(await get('/api/v1/labels', parameters), ['__name__', 'instance', 'job']);
    assert.deepEqual(await post('/api/v1/labels', parameters), ['__name__', 'instance', 'job']);
  });

  test('values of a label come narrowed by the other filters, dots escaped as U__', async () => {
    const matching = { ...range, 'match[]': '{__name__="shop_orders_total",job="shop"}', limit: LIMIT };
    assert.deepEqual(await get('/api/v1/label/instance/values', matching), ['a', 'b']);
    assert.deepEqual(await get('/api/v1/label/U__my_2e_label/values', range), ['dotted']);
  });

  test('series come for the metrics browser', async () => {
    const data = await get('/api/v1/series', { ...range, 'match[]': '{"shop_orders_total"}', limit: LIMIT });
    assert.deepEqual(data, [
      { __name__: 'shop_orders_total', instance: 'a', job: 'shop' },
      { __name__: 'shop_orders_total', instance: 'b', job: 'shop' },
    ]);
  });

  test('rules are empty and not an error, and a query is formatted', async () => {
    assert.deepEqual(await get('/api/v1/rules'), { groups: [] });
    assert.equal(await get('/api/v1/format_query', { query: 'sum(rate(x[5m]))by(y)' }), 'sum by (y) (rate(x[5m]))');
  });
});

describe('panels', () => {
  test('a graph is a posted range query with fractions of seconds and a step in seconds', async () => {
    const times = { start: `${END - 60}.123`, end: `${END}.456`, step: '30' };
    const data = await post('/api/v1/query_range', { query: 'sum(rate(shop_orders_total[1m]))', ...times });
    const { resultType, result } = data as { readonly resultType: string; readonly result: readonly Matrix[] };
    assert.equal(resultType, 'matrix');
    assert.deepEqual(
      result[0]?.values.map(([time]) => time),
      [END - 60 + 0.123, END - 30 + 0.123, END + 0.123],
    );
  });

  test('a heatmap reads buckets, a stat panel one moment', async () => {
    const query = 'sum by (le) (increase(shop_seconds_bucket[1m]))';
    const data = (await post('/api/v1/query_range', { query, ...range, step: '60' })) as {
      readonly result: readonly Matrix[];
    };
    assert.deepEqual(
      data.result.map(({ metric }) => metric.le),
      ['+Inf', '0.1', '1'],
    );
    const instant = await post('/api/v1/query', { query: 'max(shop_orders_total)', time: String(END) });
    assert.deepEqual(instant, { resultType: 'vector', result: [{ metric: {}, value: [END, '240'] }] });
  });

  test('exemplars are asked for beside every graph that wants them', async () => {
    const query = 'histogram_quantile(0.9, sum by (le) (rate(shop_seconds_bucket[1m])))';
    assert.deepEqual(await get('/api/v1/query_exemplars', { query, ...range }), []);
  });
});

interface Matrix {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

describe('Metrics Drilldown', () => {
  test('filters narrow metrics and values alike', async () => {
    const filters = { ...range, 'match[]': '{job="shop",__name__=~"shop_.*"}', limit: '20000' };
    assert.deepEqual(await get('/api/v1/label/__name__/values', filters), ['shop_orders_total', 'shop_seconds_bucket']);
    assert.deepEqual(await get('/api/v1/label/job/values', { ...range, 'match[]': '{__name__=~".+"}' }), ['shop']);
  });

  test('a metric’s breakdown counts the values of each label', async () => {
    const query = 'count(shop_orders_total{job="shop", __ignore_usage__=""}) by (instance)';
    const data = (await post('/api/v1/query', { query, time: String(END) })) as { readonly result: readonly unknown[] };
    assert.equal(data.result.length, 2);
  });

  test('a preview is a range query over the whole window with a coarse step', async () => {
    const query = 'avg(shop_orders_total{__ignore_usage__=""})';
    const data = (await post('/api/v1/query_range', { query, ...range, step: '15' })) as {
      readonly result: readonly Matrix[];
    };
    assert.equal(data.result[0]?.values.length, 41);
  });
});
