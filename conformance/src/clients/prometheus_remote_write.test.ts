import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { freePort } from '../../../server/src/base/free_port.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

const BINARY = '/usr/bin/prometheus';
const absent = existsSync(BINARY) ? false : `${BINARY} (Debian's package prometheus) is not installed`;
/** How long the sender collects before the comparison, in its one-second scrapes. */
const SCRAPES = 8;

interface Prometheus {
  readonly url: string;
  readonly process: ChildProcess;
  readonly folder: string;
}

interface QueryAnswer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value?: readonly [number, string];
      readonly values?: readonly (readonly [number, string])[];
    }[];
  };
}

/** A Prometheus that scrapes itself every second and writes everything to `target`. */
async function startPrometheus(target: string): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'trilith-prometheus-'));
  const port = await freePort();
  const config = `
global: { scrape_interval: 1s, external_labels: { sender: debian } }
scrape_configs:
  - job_name: self
    static_configs: [{ targets: ['127.0.0.1:${port}'] }]
remote_write:
  - url: ${target}/api/v1/write
    send_exemplars: true
    queue_config: { batch_send_deadline: 200ms, max_shards: 4 }
    metadata_config: { send_interval: 1s }
`;
  await writeFile(join(folder, 'prometheus.yml'), config);
  const child = spawn(
    BINARY,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const url = `http://127.0.0.1:${port}`;
  await eventually('Prometheus is ready', 30_000, async () => {
    const response = await fetch(`${url}/-/ready`);
    if (!response.ok) throw new Error(await response.text());
  });
  return { url, process: child, folder };
}

async function stopPrometheus({ process: child, folder }: Prometheus): Promise<void> {
  if (child.exitCode === null) {
    const exit = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await exit;
  }
  await rm(folder, { recursive: true, force: true });
}

/** Result lines of an instant query, sorted; labels the sender adds on the way out are left out. */
async function answer(base: string, query: string, time: number): Promise<string[]> {
  const response = await fetch(`${base}/api/v1/query?${new URLSearchParams({ query, time: String(time) })}`);
  const body = await response.text();
  if (!response.ok) throw new Error(`${response.status} for ${query}: ${body}`);
  return (JSON.parse(body) as QueryAnswer).data.result
    .map(({ metric, value, values }) => {
      const labels = Object.entries(metric).filter(([name]) => name !== 'sender');
      labels.sort(([a], [b]) => (a < b ? -1 : 1));
      return JSON.stringify([labels, value ?? values]);
    })
    .sort();
}

const single = async (base: string, query: string, time = Date.now() / 1000): Promise<number> => {
  const [line] = await answer(base, query, time);
  if (line === undefined) throw new Error(`no result for ${query}`);
  return Number((JSON.parse(line) as [unknown, [number, string]])[1][1]);
};

describe('a Debian Prometheus writing to Trilith', { skip: absent }, () => {
  let server: RunningServer;
  let sender: Prometheus;
  /** An instant both have everything before. */
  let instant: number;
  const ours = () => `${server.url}/prometheus`;

  before(async () => {
    server = await startServer();
    sender = await startPrometheus(server.url);
    await eventually(`${SCRAPES} scrapes have arrived`, 60_000, async () => {
      assert.ok((await single(ours(), 'count_over_time(up[1m])')) >= SCRAPES);
    });
    instant = Math.floor(await single(ours(), 'timestamp(up)'));
  });
  after(async () => {
    if (sender !== undefined) await stopPrometheus(sender);
    if (server !== undefined) await server.stop();
  });

  const QUERIES = [
    'up',
    'up[10s]',
    'prometheus_build_info',
    'prometheus_tsdb_head_series[10s]',
    'process_resident_memory_bytes[10s]',
    'go_gc_duration_seconds',
    '{__name__=~"prometheus_http_request_duration_seconds_.*"}',
    '{__name__=~".+"}',
    'sum by (handler) (prometheus_http_requests_total)',
    'rate(prometheus_tsdb_head_samples_appended_total[5s])',
    'scrape_samples_scraped[10s]',
  ];
  for (const query of QUERIES) {
    test(`${query} has the same answer there and here`, async () => {
      await eventually('both agree', 10_000, async () => {
        const [there, here] = await Promise.all([answer(sender.url, query, instant), answer(ours(), query, instant)]);
        assert.ok(there.length > 0);
        assert.deepEqual(here, there);
      });
    });
  }

  test('nothing the sender sent was refused or dropped', async () => {
    for (const name of ['failed_total', 'dropped_total']) {
      assert.equal(await single(sender.url, `sum(prometheus_remote_storage_samples_${name})`), 0);
    }
    assert.ok((await single(sender.url, 'sum(prometheus_remote_storage_samples_total)')) > 1000);
  });

  test('metadata has arrived', async () => {
    const body = (await server.get('/prometheus/api/v1/metadata', { metric: 'prometheus_http_requests_total' })) as {
      data: Readonly<Record<string, readonly { readonly type: string }[]>>;
    };
    assert.equal(body.data.prometheus_http_requests_total?.[0]?.type, 'counter');
  });
});
