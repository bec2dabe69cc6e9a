import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { remoteWrite } from '../limits/requests.ts';
import { makeData } from '../promql_peer/data.ts';
import { findPrometheus, type RunningPrometheus, startPrometheus } from '../promql_peer/prometheus.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

const found = findPrometheus();
const absent = found === undefined ? 'no Prometheus: set TRILITH_TEST_PROMETHEUS or put it into PATH' : false;
/** Prometheus 2 takes windows closed on both sides and knows native histograms only behind a flag: its answers are its own. */
const windows =
  absent ||
  (found?.version.startsWith('2.')
    ? `Prometheus ${found.version} has other windows than 3.x: set TRILITH_TEST_PROMETHEUS`
    : false);
let server: RunningServer;
let readers: Readonly<Record<'chunks' | 'federating', RunningPrometheus>>;
const data = makeData(7, Date.now());

before(async () => {
  if (found === undefined) return;
  server = await startServer({ env: { TRILITH_OUT_OF_ORDER_MINUTES: '300' } });
  const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };
  for (const body of data.requests) {
    const response = await fetch(`${server.url}/api/v1/write`, { method: 'POST', headers, body });
    assert.equal(response.status, 204);
  }
  const host = new URL(server.url).host;
  const { binary } = found;
  readers = {
    chunks: await startPrometheus({
      binary,
      config: `remote_read: [{ url: '${server.url}/prometheus/api/v1/read', read_recent: true }]\n`,
    }),
    federating: await startPrometheus({
      binary,
      config: `
global: { scrape_interval: 1s }
scrape_configs:
  - job_name: federate
    honor_labels: true
    metrics_path: /prometheus/federate
    params: { 'match[]': ['{__name__=~"fed_.*"}'] }
    static_configs: [{ targets: ['${host}'] }]
`,
    }),
  };
});

after(async () => {
  await Promise.all(Object.values(readers ?? {}).map((reader) => reader.stop()));
  await server?.stop();
});

interface Result {
  readonly data: { readonly result: readonly { readonly metric: Readonly<Record<string, string>> }[] };
}

async function ask(base: string, query: string, time: number): Promise<readonly unknown[]> {
  const response = await fetch(`${base}/api/v1/query?${new URLSearchParams({ query, time: String(time) })}`);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return (JSON.parse(text) as Result).data.result.toSorted((a, b) =>
    JSON.stringify(a.metric) < JSON.stringify(b.metric) ? -1 : 1,
  );
}

const QUERIES: readonly (readonly [query: string, skip: string | false])[] = [
  ['up', absent],
  ['requests_total{job="api"}[20m]', windows],
  ['sum by (code) (rate(requests_total[5m]))', windows],
  ['odd[30m]', windows],
  ['odd{kind="ended"}', absent],
  ['histogram_quantile(0.9, rate(rpc_seconds[10m]))', windows],
  ['histogram_count(rpc_seconds)', windows],
  ['celsius offset 40m', absent],
];
for (const [query, skip] of QUERIES) {
  test(`a Prometheus that reads us remotely, in chunks, answers ${query} as we do`, { skip }, async () => {
    const time = data.endMs / 1000 - 600;
    const ours = await ask(`${server.url}/prometheus`, query, time);
    const theirs = await ask(readers.chunks.url, query, time);
    // The series that ended is gone for both: its stale marker has come along.
    assert.equal(ours.length > 0, query !== 'odd{kind="ended"}');
    assert.deepEqual(theirs, ours);
  });
}

test('a Prometheus that federates from us gets the last samples with their times', { skip: absent }, async () => {
  const now = Date.now();
  const { path, headers, body } = remoteWrite([
    {
      labels: { __name__: 'fed_total', job: 'x', instance: 'i' },
      samples: [
        [3.5, now - 15_000],
        [4.25, now],
      ],
    },
    { labels: { __name__: 'fed_alone' }, samples: [[-1, now]] },
  ]);
  const sent = await fetch(`${server.url}${path}`, { method: 'POST', headers, body: Uint8Array.from(body) });
  assert.equal(sent.status, 204);
  await eventually('the samples have arrived', 20_000, async () => {
    const time = Date.now() / 1000;
    const found = await ask(readers.federating.url, '{__name__=~"fed_.*"}', time);
    assert.deepEqual(
      found.map((one) => (one as Result['data']['result'][number]).metric),
      [{ __name__: 'fed_alone' }, { __name__: 'fed_total', instance: 'i', job: 'x' }].map((metric) => ({
        ...metric,
        ...('job' in metric ? {} : { job: 'federate' }),
      })),
    );
    const times = await ask(readers.federating.url, 'timestamp(fed_total) * 1000', time);
    assert.match(JSON.stringify(times), new RegExp(`"${now}"`));
  });
});
