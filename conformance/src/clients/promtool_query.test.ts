import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { remoteWrite } from '../limits/requests.ts';
import { type RunningServer, startServer } from '../running_server.ts';

const TOOL = '/usr/bin/promtool';
const absent = existsSync(TOOL) ? false : `${TOOL} (Debian's package prometheus) is not installed`;
const run = promisify(execFile);

let server: RunningServer;
const END = Math.floor(Date.now() / 60_000) * 60;

before(async () => {
  if (absent !== false) return;
  server = await startServer();
  const samples = Array.from({ length: 20 }, (_, i) => [i * 30, (END - (19 - i) * 15) * 1000] as const);
  const { path, headers, body } = remoteWrite(
    ['a', 'b'].map((instance) => ({ labels: { __name__: 'tool_total', instance }, samples })),
  );
  const response = await fetch(`${server.url}${path}`, { method: 'POST', headers, body: Uint8Array.from(body) });
  assert.equal(response.status, 204);
});

after(async () => {
  await server?.stop();
});

/** Standard output of `promtool query …`. */
async function promtool(command: string, ...rest: readonly string[]): Promise<string> {
  const [first, ...flags] = command.split(' ');
  const { stdout } = await run(TOOL, ['query', first ?? '', ...flags, `${server.url}/prometheus`, ...rest]);
  return stdout;
}

const time = `--time=${END}`;
const range = [`--start=${END - 60}`, `--end=${END}`];

test('promtool query instant prints values', { skip: absent }, async () => {
  const out = await promtool(`instant ${time}`, 'tool_total');
  assert.equal(out, `tool_total{instance="a"} => 570 @[${END}]\ntool_total{instance="b"} => 570 @[${END}]\n`);
  assert.match(await promtool(`instant ${time}`, 'rate(tool_total[1m])'), /\{instance="a"\} => (2|1\.9{6}\d*) @/);
  assert.match(await promtool(`instant ${time}`, '1 + 1'), /^scalar: 2 @/);
});

test('promtool query range prints points', { skip: absent }, async () => {
  const out = await promtool(`range ${range.join(' ')} --step=30s`, 'sum(tool_total)');
  assert.equal(out, `{} =>\n900 @[${END - 60}]\n1020 @[${END - 30}]\n1140 @[${END}]\n`);
});

test('promtool query series and labels print what there is', { skip: absent }, async () => {
  const out = await promtool(`series ${range.join(' ')} --match=tool_total`);
  assert.deepEqual(out.trim().split('\n').sort(), [
    '{__name__="tool_total", instance="a"}',
    '{__name__="tool_total", instance="b"}',
  ]);
  assert.equal(await promtool(`labels ${range.join(' ')}`, 'instance'), 'a\nb\n');
});

test('promtool tells a query’s error in our words', { skip: absent }, async () => {
  await assert.rejects(promtool(`instant ${time}`, 'sum('), /bad_data: .*parse error: unclosed left parenthesis/);
});
