import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

const MAIN = join(import.meta.dirname, '../../../server/src/main.ts');
const NOW = Date.now();
let server: RunningServer;

before(async () => {
  server = await startServer();
  const at = (i: number): string => String(BigInt(NOW - 60_000 + i * 1000) * 1_000_000n);
  const pod = { service: 'payments-api', namespace: 'prod', pod: 'payments-api-7d9f-x2x1z' };
  await push(
    pod,
    Array.from({ length: 2_500 }, (_, i) => [
      String(BigInt(at(0)) + BigInt(i)),
      i === 7 ? 'level=error card declined' : `level=info paid ${i}`,
    ]),
  );
  await push({ service: 'web', namespace: 'dev' }, [[at(3), 'GET /pay 200 12ms']]);
  await eventually('the lines are in the store', 60_000, async () => {
    const { out } = await logs('--tail', 'all', '-o', 'raw');
    assert.equal(out.split('\n').length - 1, 2_501);
  });
});

after(() => server.stop());

async function push(stream: Readonly<Record<string, string>>, values: readonly unknown[]): Promise<void> {
  const body = JSON.stringify({ streams: [{ stream, values }] });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${server.url}/loki/api/v1/push`, { method: 'POST', headers, body });
  assert.equal(response.status, 204, await response.text());
}

interface Run {
  readonly child: ChildProcess;
  out: string;
  err: string;
  readonly ended: Promise<number | null>;
}

/** What was started and has not ended: a test that fails leaves none behind. */
const started = new Set<ChildProcess>();
after(() => {
  for (const child of started) child.kill('SIGKILL');
});

function start(...args: readonly string[]): Run {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, TRILITH_URL: server.url } });
  started.add(child);
  child.once('close', () => started.delete(child));
  const run: Run = { child, out: '', err: '', ended: new Promise((resolve) => child.once('close', resolve)) };
  child.stdout.on('data', (chunk: Buffer) => {
    run.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    run.err += chunk.toString();
  });
  return run;
}

async function logs(...args: readonly string[]): Promise<Run & { readonly code: number | null }> {
  const run = start('logs', ...args);
  const code = await run.ended;
  return { ...run, code };
}

test('lines come oldest first, the newest of them, without colours into a pipe', async () => {
  const { out, err, code } = await logs('deploy/payments-api', '--tail', '2');
  const name = 'payments-api-7d9f-x2x1z';
  assert.equal(out, `${name} INFO  level=info paid 2498\n${name} INFO  level=info paid 2499\n`);
  assert.match(err, /older lines are not shown/);
  assert.equal(code, 0);
});

test('words, patterns of pods, LogQL, levels and selectors find the same line', async () => {
  for (const args of [
    ['card', 'DECLINED'],
    ['payments-api-7d9.*', '--level', 'error'],
    ['{pod=~"payments.*"} |= "declined"'],
    ['-l', 'namespace=prod', '-i', 'declined'],
    ['pod/payments-api-7d9f-x2x1z', '-e', 'paid'],
  ]) {
    const { out, err } = await logs(...args, '-o', 'raw');
    assert.equal(out, 'level=error card declined\n', `${args.join(' ')}: ${err}`);
  }
});

test('what the server refuses is said with exit code 2', async () => {
  const wrong = await logs('{a="b"');
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /syntax error/);
  const following = await logs('-f', '{a="b"');
  assert.equal(following.code, 2);
  assert.match(following.err, /syntax error/);
  const nowhere = await logs('--url', 'http://127.0.0.1:9', 'x y');
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.err, /does not answer/);
});

test('following shows lines as they come, each once, until Ctrl-C', async () => {
  const run = start('logs', '-f', '{service="followed"}', '-o', 'raw');
  let sent = 0;
  const send = async (): Promise<void> => {
    await push({ service: 'followed' }, [[String(BigInt(Date.now()) * 1_000_000n), `live ${sent++}`]]);
  };
  await eventually('the tail shows lines', 60_000, async () => {
    await send();
    assert.match(run.out, /live/);
  });
  for (let i = 0; i < 5; i++) await send();
  // History and what is live meet in between: there lines may change places, none is missing or shown twice.
  const all = Array.from({ length: sent }, (_, i) => `live ${i}`).sort();
  await eventually('all lines', 30_000, async () => assert.deepEqual(run.out.trim().split('\n').sort(), all));
  run.child.kill('SIGINT');
  assert.equal(await run.ended, 130);
  assert.equal(run.err, '');
});

test('a slow reader is given every line', async () => {
  const args = ['logs', '--tail', 'all', '-o', 'json', '-l', 'service=payments-api'];
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, TRILITH_URL: server.url } });
  started.add(child);
  let lines = 0;
  for await (const chunk of child.stdout) {
    lines += String(chunk).split('\n').length - 1;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(lines, 2_500);
});

test('a reader that goes away ends it', async () => {
  const run = start('logs', '--tail', 'all', '-o', 'raw');
  run.child.stdout?.once('data', () => run.child.stdout?.destroy());
  assert.ok([0, null].includes(await run.ended));
  assert.equal(run.err, '');
});

test('deleting counts first', async () => {
  const args = ['delete', 'logs', '{namespace="dev"}', '--from', new Date(NOW - 3_600_000).toISOString()];
  const dry = start(...args, '--dry-run');
  assert.equal(await dry.ended, 0);
  assert.equal(dry.out, '1 line would be deleted\n');
  const real = start(...args);
  assert.equal(await real.ended, 0, real.err);
  assert.match(real.out, /^1 line deleted/);
  assert.match((await logs('{namespace="dev"}')).err, /^no lines/);
});
