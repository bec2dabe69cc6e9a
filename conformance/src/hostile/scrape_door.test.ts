import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually, type RunningServer, residentBytes, startServer } from '../running_server.ts';
import { type DamagedTarget, startDamagedTarget } from './scraped.ts';

const SEED = 20_261_122;
const PAYLOADS = 1_000;
const TARGETS = 20;
const GROWTH_BYTES = 128 * 1024 * 1024;
const GOOD = Array.from({ length: 20 }, (_, n) => `hostile_scraped_good{n="${n}"} ${n + 0.5}\n`).join('');

let folder: string;
let target: DamagedTarget;
let server: RunningServer;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trilith-scraped-'));
  target = await startDamagedTarget(GOOD, SEED);
  const paths = Array.from({ length: TARGETS });
  const config = join(folder, 'prometheus.yml');
  await writeFile(
    config,
    `
scrape_configs:
  - job_name: good
    scrape_interval: 2s
    metrics_path: /good
    static_configs: [{ targets: ['${target.address}'] }]
${paths.map((_, i) => damagedJob(i)).join('')}`,
  );
  server = await startServer({ env: { TRILITH_PROMETHEUS_CONFIG: config } });
});
after(async () => {
  await server?.stop();
  await target?.close();
  await rm(folder, { recursive: true, force: true });
});

function damagedJob(i: number): string {
  return `  - job_name: damaged-${i}
    scrape_interval: 200ms
    metrics_path: /damaged/${i}
    static_configs: [{ targets: ['${target.address}'] }]
`;
}

interface Answer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
}

async function values(query: string): Promise<Map<string, number>> {
  const answer = (await server.get('/prometheus/api/v1/query', { query })) as Answer;
  return new Map(answer.data.result.map(({ metric, value }) => [metric.n ?? metric.job ?? '', Number(value[1])]));
}

test(`${PAYLOADS} damaged scrapes, seed ${SEED}: each is stored as up or down, the good target never suffers`, async () => {
  await eventually('the first scrapes', 20_000, async () => assert.ok(target.served() >= 150));
  const residentBefore = residentBytes(server.pid);
  await eventually(`${PAYLOADS} scrapes`, 60_000, async () => assert.ok(target.served() >= 150 + PAYLOADS));
  const served = target.served();
  assert.ok(server.running(), 'the server ended');

  const up = 'sum(count_over_time(up{job=~"damaged-.*"}[15m]))';
  await eventually('every scrape has its up', 10_000, async () => {
    assert.ok(((await values(up)).get('') ?? 0) >= served);
  });
  const accepted = (await values('sum(sum_over_time(up{job=~"damaged-.*"}[15m]))')).get('') ?? 0;
  assert.ok(accepted > 0 && accepted < served, `${accepted} of ${served} damaged scrapes are up`);

  assert.deepEqual([...(await values('min_over_time(up{job="good"}[15m])'))], [['good', 1]]);
  const good = await values('last_over_time(hostile_scraped_good[15m])');
  assert.deepEqual(
    [...good].sort(([a], [b]) => Number(a) - Number(b)),
    Array.from({ length: 20 }, (_, n) => [String(n), n + 0.5]),
  );
  const own = await (await fetch(`${server.url}/metrics`)).text();
  assert.doesNotMatch(own, /^trilith_scrapes_total\{result="lost"\} [1-9]/m);
  const growth = residentBytes(server.pid) - residentBefore;
  console.log(
    `scrape: ${served} damaged scrapes, ${accepted} up; good target always up; resident ${growth >= 0 ? '+' : ''}${Math.round(growth / 1024 / 1024)} MiB`,
  );
  assert.ok(growth < GROWTH_BYTES, `${growth} bytes more than before`);
});
