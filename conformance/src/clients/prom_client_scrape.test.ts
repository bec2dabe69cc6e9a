import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

const WITHIN_MS = 20_000;
const PAYMENTS = 3;

let folder: string;
let service: ChildProcess;
let server: RunningServer;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trilith-prom-client-'));
  service = spawn(process.execPath, [fileURLToPath(new URL('./prom_client_process.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(service.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const address = `127.0.0.1:${Number(String(line))}`;
  for (let i = 0; i < PAYMENTS; i++) await fetch(`http://${address}/pay`);
  const config = join(folder, 'prometheus.yml');
  await writeFile(
    config,
    `
global: { scrape_interval: 1s, external_labels: { region: eu } }
scrape_configs:
  - job_name: payments-api
    static_configs: [{ targets: ['${address}'], labels: { env: prod } }]
    metric_relabel_configs: [{ source_labels: [__name__], regex: queue_depth, target_label: kind, replacement: queue }]
  - job_name: openmetrics
    metrics_path: /openmetrics
    static_configs: [{ targets: ['${address}'] }]
`,
  );
  server = await startServer({ env: { TRILITH_PROMETHEUS_CONFIG: config } });
});
after(async () => {
  service?.kill();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

interface QueryAnswer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
}

/** `label=value …` of the named labels, and the value of every series of an instant query. */
async function query(text: string, ...names: string[]): Promise<string[]> {
  const answer = (await server.get('/prometheus/api/v1/query', { query: text })) as QueryAnswer;
  return answer.data.result
    .map(({ metric, value }) => [...names.map((name) => `${name}=${metric[name]}`), value[1]].join(' '))
    .sort();
}

const CASES: readonly (readonly [query: string, names: readonly string[], expected: readonly string[]])[] = [
  ['up', ['job'], ['job=openmetrics 1', 'job=payments-api 1']],
  [
    'payments_total',
    ['job', 'env', 'result', 'route'],
    [`job=payments-api env=prod result=declined route=/v1/pay ${PAYMENTS}`],
  ],
  ['queue_depth', ['kind'], ['kind=queue 7']],
  ['pay_duration_seconds_bucket', ['le'], ['le=+Inf 3', 'le=0.1 0', 'le=0.5 3', 'le=1.0 3']],
  ['pay_duration_seconds_count{route="/v1/pay"}', [], ['3']],
  ['histogram_quantile(1, sum by (le) (pay_duration_seconds_bucket))', [], ['0.5']],
  ['round(traced_duration_seconds_sum, 0.1)', [], ['0.9']],
  ['scrape_samples_scraped{job="payments-api"}', [], ['8']],
];

for (const [text, names, expected] of CASES) {
  test(`${text} is found`, async () => {
    await eventually('two scrapes are stored', WITHIN_MS, async () => {
      assert.deepEqual(await query(text, ...names), expected);
    });
  });
}

test('types and help come with the metrics', async () => {
  await eventually('metadata is stored', WITHIN_MS, async () => {
    const { data } = (await server.get('/prometheus/api/v1/metadata', { metric: 'payments_total' })) as {
      data: Readonly<Record<string, readonly { readonly type: string; readonly help: string }[]>>;
    };
    assert.deepEqual(
      data.payments_total?.map(({ type, help }) => [type, help]),
      [['counter', 'Payments by result.']],
    );
  });
});

test('exemplars of an OpenMetrics registry lead to their trace', async () => {
  interface Exemplars {
    readonly data: readonly {
      readonly seriesLabels: Readonly<Record<string, string>>;
      readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: string }[];
    }[];
  }
  await eventually('exemplars are stored', WITHIN_MS, async () => {
    const end = Date.now() / 1000 + 60;
    const { data } = (await server.get('/prometheus/api/v1/query_exemplars', {
      query: 'traced_duration_seconds_bucket',
      start: String(end - 3600),
      end: String(end),
    })) as Exemplars;
    assert.deepEqual(
      data.map(({ seriesLabels, exemplars }) => [
        seriesLabels.__name__,
        seriesLabels.route,
        exemplars[0]?.labels,
        exemplars[0]?.value,
      ]),
      [['traced_duration_seconds_bucket', '/v1/pay', { trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' }, '0.3']],
    );
  });
});

test('when the service goes away, up is 0 and its series end', async () => {
  const exit = once(service, 'exit');
  service.kill('SIGKILL');
  await exit;
  await eventually('the targets are down', WITHIN_MS, async () => {
    assert.deepEqual(await query('up', 'job'), ['job=openmetrics 0', 'job=payments-api 0']);
    for (const text of ['payments_total', 'pay_duration_seconds_bucket', 'traced_duration_seconds_count']) {
      assert.deepEqual(await query(text), []);
    }
  });
  assert.deepEqual(await query('last_over_time(payments_total[5m])'), [String(PAYMENTS)]);
});
