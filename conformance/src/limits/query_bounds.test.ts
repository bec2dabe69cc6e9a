import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { snappyCompress } from '../../../server/src/base/snappy.ts';
import { writeRequest2 } from '../../../server/src/receive/remote_write/test_requests.ts';
import { HttpClient } from '../hostile/http_client.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';
import { type PushRequest, remoteWrite } from './requests.ts';

/** A query that would touch too much is stopped by its bound: the error names the bound, its value and its setting. */
const WITHIN_MS = 15_000;

let server: RunningServer;

interface Amount {
  readonly series: number;
  readonly samples: number;
  readonly stepMs: number;
}
const SOME: Amount = { series: 200, samples: 120, stepMs: 15_000 };
const MANY: Amount = { series: 60, samples: 7000, stepMs: 1000 };

/** Requests of at most 84,000 samples; the newest of each series is of now. */
function batches({ series, samples, stepMs }: Amount): readonly PushRequest[] {
  const now = Date.now();
  const all = Array.from({ length: series }, (_, i) => ({
    labels: { __name__: 'load', instance: String(i) },
    samples: Array.from({ length: samples }, (_unused, at): readonly [number, number] => [
      (i + at) ** 2,
      now - (samples - 1 - at) * stepMs,
    ]),
  }));
  const each = Math.max(1, Math.floor(84_000 / samples));
  return Array.from({ length: Math.ceil(series / each) }, (_, i) => remoteWrite(all.slice(i * each, (i + 1) * each)));
}

async function startFilled(env: Readonly<Record<string, string>>, amount: Amount = SOME): Promise<void> {
  // Memory would answer before the store is asked.
  server = await startServer({ env: { TRILITH_RECENT_SAMPLES_MIB: '0', ...env } });
  const client = new HttpClient(server.port, 2);
  for (const { path, headers, body } of batches(amount)) {
    const { status, body: text } = await client.post(path, headers, body);
    assert.equal(status, 204, String(text));
  }
  client.close();
}

interface Refusal {
  readonly status: number;
  readonly errorType: string;
  readonly error: string;
}

async function ask(parameters: Readonly<Record<string, string>>, path = 'query'): Promise<Refusal> {
  const response = await fetch(`${server.url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const body = (await response.json()) as Partial<Refusal>;
  return { status: response.status, errorType: body.errorType ?? '', error: body.error ?? '' };
}

/** Until the data can be found, a bound cannot be met. */
const refused = (parameters: Readonly<Record<string, string>>, status: number, says: RegExp): Promise<void> =>
  eventually(`${parameters.query} is refused`, WITHIN_MS, async () => {
    const answer = await ask(parameters);
    assert.equal(answer.status, status, answer.error);
    assert.match(answer.error, says);
  });

const answered = (query: string): Promise<void> =>
  eventually(`${query} is answered`, WITHIN_MS, async () => assert.equal((await ask({ query })).status, 200));

describe('samples and series', () => {
  before(() => startFilled({ TRILITH_QUERY_SAMPLES: '5000', TRILITH_QUERY_SERIES: '100' }));
  after(() => server?.stop());

  test('more samples than limits.query_samples are 422', async () => {
    await answered('sum(rate(load{instance=~"1."}[30m]))');
    await refused(
      { query: 'sum(rate(load{instance=~"1?.|2.|3.|4.|5."}[30m]))' },
      422,
      /too many samples into memory in query execution: the bound is 5000 samples and points \(limits\.query_samples\)/,
    );
  });

  test('points that an evaluation would hold count too', async () => {
    await refused({ query: 'sum_over_time(vector(1)[1d:1s])' }, 422, /the bound is 5000 samples and points/);
  });

  test('a selector that matches more than limits.query_series is 422 and says how many', async () => {
    await answered('count(load{instance=~".?."})');
    await refused(
      { query: 'count(load)' },
      422,
      /^the selector \{__name__="load"\} matches 200 series: the bound is 100 \(limits\.query_series\)/,
    );
  });

  test('more than 11,000 points of a series are 400 and say what to change', async () => {
    const answer = await ask({ query: 'load', start: '0', end: '11002', step: '1' }, 'query_range');
    assert.deepEqual([answer.status, answer.errorType], [400, 'bad_data']);
    assert.match(answer.error, /11,000 points per timeseries.*\?step=/);
  });
});

describe('what one read of the engine may use', () => {
  after(() => server?.stop());

  test('more rows than limits.query_rows are 422 and say how many', async () => {
    await startFilled({ TRILITH_QUERY_ROWS: '1000' });
    await refused(
      { query: 'sum(rate(load[30m]))' },
      422,
      /^query exceeds the bound of rows read \(limits\.query_rows\).*1\.00 thousand/s,
    );
    await server.stop();
  });

  test('more memory than limits.query_memory_mib is 422 and says how much', async () => {
    await startFilled({ TRILITH_QUERY_MEMORY_MIB: '1' }, MANY);
    await refused(
      { query: 'sum(rate(load[2h]))' },
      422,
      /^query exceeds the bound of memory \(limits\.query_memory_mib.*maximum: 1\.00 MiB/s,
    );
    assert.equal((await ask({ query: 'vector(1)' })).status, 200, 'other queries go on');
  });
});

describe('time', () => {
  before(() => startFilled({ TRILITH_QUERY_SECONDS: '1', TRILITH_QUERY_SAMPLES: '1000000000' }));
  /** Many parts of some 50 ms each. */
  const long = Array.from({ length: 100 }, () => 'sum_over_time(vector(1)[20d:1s])').join(' + ');
  after(() => server?.stop());

  test('a query longer than limits.query_seconds is 503 and says how long', async () => {
    const answer = await ask({ query: long });
    assert.deepEqual([answer.status, answer.errorType], [503, 'timeout']);
    assert.match(
      answer.error,
      /timed out in .*: the bound is 1 s \(limits\.query_seconds, or the timeout of the request\)/,
    );
  });

  test('the timeout of a request counts when it is shorter', async () => {
    const answer = await ask({ query: long, timeout: '50ms' });
    assert.match(answer.error, /: the bound is 0\.05 s/);
    assert.equal((await ask({ query: 'load' })).status, 200);
  });
});

describe('switches of PromQL', () => {
  after(() => server?.stop());
  const began = Date.now() - 90_000;

  /** One sample of 60 that began 90 s ago: an increase is known from its start only. */
  async function push(): Promise<void> {
    const body = writeRequest2([
      {
        labels: [
          ['__name__', 'jobs_total'],
          ['queue', 'mail'],
        ],
        samples: [{ value: 60, timestamp: began + 60_000, startTimestamp: began }],
      },
    ]);
    const response = await fetch(`${server.url}/api/v1/write`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
        'content-encoding': 'snappy',
      },
      body: snappyCompress(body),
    });
    assert.equal(response.status, 204, await response.text());
  }

  test('start timestamps come from remote write 2.0 to increase() when use-start-timestamps is on', async () => {
    server = await startServer({
      env: { TRILITH_ENABLE_FEATURE: 'use-start-timestamps,promql-experimental-functions' },
    });
    await push();
    await eventually('the increase is known', WITHIN_MS, async () => {
      const started = (await server.get('/api/v1/query', { query: 'start_timestamp(jobs_total)' })) as Vector;
      assert.equal(Number(started.data.result[0]?.value[1]), began / 1000);
      const { data } = (await server.get('/api/v1/query', { query: 'increase(jobs_total[5m])' })) as Vector;
      assert.equal(data.result[0]?.value[1], '60');
    });
    await server.stop();
  });

  test('without the switches one sample has no increase, and experimental parts are refused by name', async () => {
    server = await startServer();
    await push();
    await eventually('the sample is there', WITHIN_MS, async () => {
      const { data } = (await server.get('/api/v1/query', { query: 'jobs_total' })) as Vector;
      assert.equal(data.result.length, 1);
    });
    const { data } = (await server.get('/api/v1/query', { query: 'increase(jobs_total[5m])' })) as Vector;
    assert.deepEqual(data.result, []);
    assert.match((await ask({ query: 'info(jobs_total)' })).error, /function "info" is not enabled/);
    assert.match(
      (await ask({ query: 'rate(jobs_total[5m] anchored)' })).error,
      /promql-extended-range-selectors|not enabled/,
    );
    assert.equal((await ask({ query: 'rate(jobs_total[2m + 3m])' })).status, 200);
  });
});

interface Vector {
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}
