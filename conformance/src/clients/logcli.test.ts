import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

/** Loki's own client; its path comes from the environment. */
const TOOL = process.env.TRILITH_TEST_LOGCLI ?? '';
const absent = TOOL !== '' && existsSync(TOOL) ? false : 'TRILITH_TEST_LOGCLI names no logcli';
const run = promisify(execFile);

let server: RunningServer;
const NOW = Date.now();
const TRACE = '0af7651916cd43dd8448eb211c80319c';

before(async () => {
  if (absent !== false) return;
  server = await startServer();
  const at = (i: number): string => String(BigInt(NOW - 60_000 + i * 1000) * 1_000_000n);
  await push(
    { service: 'payments-api', namespace: 'prod' },
    Array.from({ length: 10 }, (_, i) => [
      at(i),
      `{"msg":"paid ${i}","status":${i === 9 ? 500 : 200},"level":"${i === 9 ? 'error' : 'info'}"}`,
      { trace_id: TRACE },
    ]),
  );
  await push({ service: 'web', namespace: 'dev' }, [[at(3), 'GET /pay 200 12ms']]);
  await eventually('the lines are in the store', 10_000, async () => {
    assert.equal((await query('query', '-o', 'raw', '{namespace=~"prod|dev"}')).length, 11);
  });
});

after(() => server?.stop());

async function push(stream: Readonly<Record<string, string>>, values: readonly unknown[]): Promise<void> {
  const body = JSON.stringify({ streams: [{ stream, values }] });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${server.url}/loki/api/v1/push`, { method: 'POST', headers, body });
  assert.equal(response.status, 204, await response.text());
}

async function logcli(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(TOOL, ['--addr', server.url, '--quiet', '-z', 'UTC', ...args]);
  return stdout;
}

/** Its standard output by lines. */
async function query(...args: readonly string[]): Promise<readonly string[]> {
  return (await logcli(...args)).split('\n').filter((line) => line !== '');
}

test('query prints lines: raw, default and as JSON', { skip: absent }, async () => {
  const raw = await query('query', '-o', 'raw', '--limit', '2', '{service="payments-api"} |= "paid"');
  assert.deepEqual(raw, [
    '{"msg":"paid 9","status":500,"level":"error"}',
    '{"msg":"paid 8","status":200,"level":"info"}',
  ]);
  const [shown] = await query('query', '--forward', '{namespace="dev"}');
  assert.match(
    shown ?? '',
    /^2\d{3}-.*Z \{.*service="web".*\} GET \/pay 200 12ms$|^2\d{3}-.*Z \{\} GET \/pay 200 12ms$/,
  );
  const [json] = await query(
    'query',
    '-o',
    'jsonl',
    '--include-common-labels',
    '--limit',
    '1',
    '{service="payments-api"} | json | status = 500',
  );
  const entry = JSON.parse(json ?? '') as { labels: Record<string, string>; line: string };
  assert.equal(entry.labels.trace_id, TRACE);
  assert.equal(entry.labels.status, '500');
});

test('query pages in batches through more lines than one request gives', { skip: absent }, async () => {
  const lines = await query(
    'query',
    '-o',
    'raw',
    '--forward',
    '--batch',
    '3',
    '--limit',
    '10',
    '{service="payments-api"}',
  );
  assert.equal(new Set(lines).size, 10);
});

test('instant-query and range queries print numbers', { skip: absent }, async () => {
  const count = 'sum by (status) (count_over_time({service="payments-api"} | json [5m]))';
  const vector = JSON.parse(await logcli('instant-query', count)) as {
    metric: Record<string, string>;
    value: [number, string];
  }[];
  assert.deepEqual(vector.map(({ metric, value }) => [metric.status, value[1]]).sort(), [
    ['200', '9'],
    ['500', '1'],
  ]);
  const matrix = JSON.parse(
    await logcli('query', '--step', '60s', 'sum(count_over_time({namespace="prod"}[1h]))'),
  ) as unknown[];
  assert.equal(matrix.length, 1);
});

test('labels and series name what there is; label sets are analysed', { skip: absent }, async () => {
  assert.deepEqual(await query('labels', 'namespace'), ['dev', 'prod']);
  assert.ok((await query('labels')).includes('service'));
  assert.equal((await query('series', '{namespace=~".+"}')).length, 2);
  assert.match(
    await logcli('series', '--analyze-labels', '{namespace=~".+"}'),
    /Total Streams:\s+2[\s\S]*namespace\s+2/,
  );
});

test('statistics, volumes and fields', { skip: absent }, async () => {
  assert.match(await logcli('stats', '{namespace="prod"}'), /entries: 10/);
  const volume = JSON.parse(await logcli('volume', '--targetLabels', 'service', '{namespace=~".+"}')) as {
    metric: object;
  }[];
  assert.deepEqual(
    volume.map(({ metric }) => metric),
    [{ service: 'payments-api' }, { service: 'web' }],
  );
  const ranges = JSON.parse(await logcli('volume_range', '--step', '1h', '{namespace=~".+"}')) as {
    values: unknown[];
  }[];
  assert.ok(ranges.every(({ values }) => values.length > 0));
  assert.match(await logcli('detected-fields', '{service="payments-api"}'), /status[\s\S]*int/);
});

test('query --tail prints lines as they come', { skip: absent }, async () => {
  const child = spawn(TOOL, ['--addr', server.url, '--quiet', 'query', '--tail', '-o', 'raw', '{service="tailed"}']);
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  try {
    let sent = 0;
    await eventually('a line is printed', 10_000, async () => {
      await push({ service: 'tailed' }, [[String(BigInt(Date.now()) * 1_000_000n), `live ${sent++}`]]);
      assert.match(out, /^live \d+$/m);
    });
  } finally {
    child.kill('SIGINT');
  }
});

test('delete requests are made and listed', { skip: absent }, async () => {
  const from = new Date(NOW - 3_600_000).toISOString();
  await logcli('delete', 'create', '--from', from, '--to', new Date(NOW).toISOString(), '{namespace="dev"}');
  assert.deepEqual(await query('query', '-o', 'raw', '{namespace="dev"}'), []);
  assert.match(await logcli('delete', 'list'), /namespace="?\\?"?dev/);
});
