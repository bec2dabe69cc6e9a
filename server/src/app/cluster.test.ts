import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startPair } from '../store/embedded/pair.ts';
import { connectReader, sql } from '../store/index.ts';
import { loadConfig } from './config.ts';
import { startSystem } from './system.ts';

const TRACE_ID = '5b8efff798038103d269b633813fc60c';

async function post(url: string, body: object): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await response.text();
  return response.status;
}

async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error('did not come true within 20 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('the whole program on a cluster of two servers: three signals in, read back through Distributed tables', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'trilith-app-cluster-'));
  const pair = await startPair(join(directory, 'pair'), () => undefined);
  const { urls, cluster, writer, reader, secret } = pair.config;
  const config = loadConfig([], {
    TRILITH_LISTEN: '127.0.0.1:0',
    TRILITH_OTLP_LISTEN: 'off',
    TRILITH_SELF_MONITORING: 'false',
    TRILITH_LOG_LEVEL: 'error',
    TRILITH_DATA: join(directory, 'data'),
    TRILITH_CLICKHOUSE_URL: urls.join(','),
    TRILITH_CLICKHOUSE_CLUSTER: cluster,
    TRILITH_CLICKHOUSE_USER: writer.user,
    TRILITH_CLICKHOUSE_PASSWORD: writer.password,
    TRILITH_CLICKHOUSE_READER_USER: reader.user,
    TRILITH_CLICKHOUSE_READER_PASSWORD: reader.password,
    TRILITH_CLICKHOUSE_SECRET: secret,
  });
  const system = await startSystem(config, 'test');
  try {
    await system.ready;
    const now = Date.now();
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'payments-api' } }] };
    // Each push is a batch of its own, so that both shards get some.
    for (let i = 0; i < 6; i++) {
      const timeUnixNano = `${now + i}000000`;
      const span = {
        traceId: TRACE_ID,
        spanId: `00000000000000a${i}`,
        name: `step ${i}`,
        kind: 2,
        startTimeUnixNano: timeUnixNano,
        endTimeUnixNano: `${now + i + 5}000000`,
      };
      assert.equal(
        await post(`${system.url}/v1/traces`, { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
        200,
      );
      const line = [timeUnixNano, JSON.stringify({ level: 'ERROR', trace_id: TRACE_ID, msg: `card_declined ${i}` })];
      assert.equal(
        await post(`${system.url}/loki/api/v1/push`, {
          streams: [{ stream: { service: 'payments-api' }, values: [line] }],
        }),
        204,
      );
      const point = { asInt: String(i), timeUnixNano, attributes: [{ key: 'n', value: { stringValue: String(i) } }] };
      const metric = { name: 'queue.depth', gauge: { dataPoints: [point] } };
      assert.equal(
        await post(`${system.url}/v1/metrics`, {
          resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [metric] }] }],
        }),
        200,
      );
      await until(async () => ((await counts(system.url, now)).logs > i ? true : undefined));
    }
    const trace = await until(async () => {
      const response = await fetch(`${system.url}/api/traces/${TRACE_ID}`);
      const body = (await response.json()) as { spans?: unknown[]; logs?: unknown[] };
      return body.spans?.length === 6 && body.logs?.length === 6 ? body : undefined;
    });
    assert.equal(trace.spans?.length, 6);
    const series = await until(async () => {
      const query = encodeURIComponent('count(queue_depth)');
      const response = await fetch(`${system.url}/prometheus/api/v1/query?query=${query}&time=${now / 1000 + 5}`);
      const body = (await response.json()) as { data: { result: { value: [number, string] }[] } };
      return body.data.result[0]?.value[1] === '6' ? body.data.result : undefined;
    });
    assert.equal(series.length, 1);
    const lines = await fetch(
      `${system.url}/loki/api/v1/query_range?query=${encodeURIComponent('{service="payments-api"} |= "card_declined"')}&start=${now - 60_000}000000&end=${now + 60_000}000000`,
    );
    const found = (await lines.json()) as { data: { result: { values: unknown[] }[] } };
    assert.equal(
      found.data.result.reduce((sum, stream) => sum + stream.values.length, 0),
      6,
    );
    const local = await Promise.all(
      urls.map(async (url) => {
        const shard = connectReader({ url, ...reader, ...(secret === undefined ? {} : { secret }) });
        const { blocks } = await shard.collect(
          sql`SELECT assumeNotNull((SELECT count() FROM otel_logs_local)) AS logs,
            assumeNotNull((SELECT count() FROM otel_traces_local)) AS spans`,
          { database: 'trilith' },
        );
        shard.close();
        return (blocks[0]?.columns ?? []).map((column) =>
          column.kind === 'number' ? Number((column.values as BigUint64Array)[0]) : 0,
        );
      }),
    );
    for (const [i, table] of ['log lines', 'spans'].entries())
      assert.equal(
        local.reduce((sum, rows) => sum + (rows[i] ?? 0), 0),
        6,
        `${table} by shard: ${local.map((rows) => rows[i]).join(', ')}`,
      );
    // Batches go to a shard by chance: twelve of them never all to one.
    assert.ok(
      local.every((rows) => rows.some((count) => count > 0)),
      `every shard holds some rows: ${local.join(' and ')}`,
    );
  } finally {
    await system.close();
    await pair.stop();
    await rm(directory, { recursive: true, force: true });
  }
});

async function counts(url: string, now: number): Promise<{ readonly logs: number }> {
  const response = await fetch(`${url}/api/counts?from=${now - 60_000}&to=${now + 60_000}`);
  return (await response.json()) as { logs: number };
}
