import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { LogPatternsAnswer, MaskingTestAnswer, NoiseAnswer } from '@trilith/contract';
import { logLines } from '../clients/log_lines.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

let folder: string;
let config: string;
let server: RunningServer;

const RULES = `
noise:
  - {name: health, action: drop, contains: /healthz}
`;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trilith-noise-'));
  config = join(folder, 'trilith.yaml');
  await writeFile(config, RULES);
  server = await startServer({ env: { TRILITH_CONFIG: config } });
});
after(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const nowNs = (): bigint => BigInt(Date.now()) * 1_000_000n;

async function push(service: string, lines: readonly string[]): Promise<void> {
  const from = nowNs();
  const values = lines.map((line, i) => [String(from + BigInt(i)), line]);
  const response = await fetch(`${server.url}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ streams: [{ stream: { service_name: service }, values }] }),
  });
  assert.equal(response.status, 204);
}

const saved = async (): Promise<unknown[]> =>
  ((await server.get('/api/noise')) as NoiseAnswer).rules.map(({ name, savedLines }) => [name, savedLines]);

const reload = async (): Promise<number> => (await fetch(`${server.url}/-/reload`, { method: 'POST' })).status;

test('what a rule drops is acknowledged, counted and nowhere found', async () => {
  await push('web', ['GET /healthz 200', 'GET /pay 200', 'GET /healthz 200']);
  await eventually('the line that stays is found', 10_000, async () =>
    assert.deepEqual(await logLines(server, '{service_name="web"}'), ['GET /pay 200']),
  );
  assert.deepEqual(await saved(), [['health', 2]]);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, /^trilith_noise_saved_lines_total\{rule="health"\} 2$/m);
});

test('rules are taken up at a reload, and broken ones change nothing', async () => {
  await writeFile(
    config,
    `${RULES}  - {name: debug, action: drop, levels: [DEBUG]}\nmasking: {rules: {email: false}}\n`,
  );
  assert.equal(await reload(), 200);
  await push('shop', ['level=debug msg="cache miss"', 'level=info msg="mail to bob@example.com"']);
  const stored = ['level=info msg="mail to bob@example.com"'];
  await eventually('the new rules hold', 10_000, async () =>
    assert.deepEqual(await logLines(server, '{service_name="shop"}'), stored),
  );
  assert.deepEqual(await saved(), [
    ['health', 2],
    ['debug', 1],
  ]);
  await writeFile(config, 'noise: [{name: a, action: nothing}]');
  assert.equal(await reload(), 500);
  assert.deepEqual(await saved(), [
    ['health', 2],
    ['debug', 1],
  ]);
});

test('a masking rule is tried on stored lines and on a text, and nothing is changed by it', async () => {
  const ask = async (body: object): Promise<{ status: number; answer: MaskingTestAnswer }> => {
    const response = await fetch(`${server.url}/api/masking/test`, { method: 'POST', body: JSON.stringify(body) });
    return { status: response.status, answer: (await response.json()) as MaskingTestAnswer };
  };
  const rule = { pattern: 'GET (/\\w+)', replacement: 'GET <$1>' };
  const stored = await ask({ query: '{service_name="web"}', rule });
  assert.deepEqual(stored.answer, { lines: [{ masked: 'GET </pay> 200', rules: ['test'] }] });
  const text = await ask({ text: 'pan 4111111111111111' });
  assert.deepEqual(text.answer, { lines: [{ masked: 'pan 411111******1111', rules: ['card'] }] });
  for (const wrong of [{}, { text: 'a', query: '{a="b"}' }, { text: 'a', rule: { pattern: '(' } }, { query: '{' }])
    assert.equal((await ask(wrong)).status, 400, JSON.stringify(wrong));
  assert.deepEqual(await logLines(server, '{service_name="web"}'), ['GET /pay 200']);
});

test('patterns add up to the lines there are, and each filter finds as many', async () => {
  const lines = Array.from({ length: 300 }, (_, i) =>
    i % 3 === 0 ? `level=error msg="refused" attempt=${i}` : `{"level":"info","msg":"order ${i} settled in ${i}ms"}`,
  );
  // The same message at two levels, and without one.
  for (const i of [1, 2]) lines.push(`{"level":"warn","msg":"order ${i} settled in 1ms"}`);
  lines.push('{"msg":"order 3 settled in 2ms"}');
  await push('pay', lines);
  const from = String(Date.now() - 60_000);
  const to = String(Date.now() + 60_000);
  const answer = await eventually('all lines are counted', 10_000, async () => {
    const parameters = { query: '{service_name="pay"}', from, to };
    const found = (await server.get('/api/logs/patterns', parameters)) as LogPatternsAnswer;
    assert.equal(found.total, lines.length);
    return found;
  });
  assert.equal(answer.sampled, false);
  assert.deepEqual(
    answer.patterns.map(({ pattern, level, count, counts }) => [pattern, level, count, counts.reduce((a, b) => a + b)]),
    [
      ['order <_> settled in <_>', 'INFO', 200, 200],
      ['level=error msg="refused" attempt=<_>', 'ERROR', 100, 100],
      ['order <_> settled in <_>', 'WARN', 2, 2],
      ['order <_> settled in <_>', '', 1, 1],
    ],
  );
  for (const { filter, count } of answer.patterns) assert.equal((await logLines(server, filter)).length, count, filter);
  const loki = (await server.get('/loki/api/v1/patterns', { query: '{service_name="pay"}' })) as {
    status: string;
    data: { pattern: string; level: string; samples: [number, number][] }[];
  };
  assert.equal(loki.status, 'success');
  assert.deepEqual(
    loki.data.map(({ pattern, level, samples }) => [
      pattern,
      level,
      samples.reduce((sum, [, count]) => sum + count, 0),
    ]),
    [
      ['<_>order <_> settled in <_>', 'info', 200],
      ['level=error msg="refused" attempt=<_>', 'error', 100],
      ['<_>order <_> settled in <_>', 'warn', 2],
      ['<_>order <_> settled in <_>', 'unknown', 1],
    ],
  );
});
