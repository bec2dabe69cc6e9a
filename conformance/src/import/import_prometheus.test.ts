import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findPrometheus, type RunningPrometheus, startPrometheus } from '../promql_peer/prometheus.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

const found = findPrometheus();
const promtool = spawnSync('promtool', ['--version']).status === 0;
const missing =
  found !== undefined && promtool ? false : 'promtool and prometheus (Debian’s package) are not installed';

const MAIN = join(import.meta.dirname, '../../../server/src/main.ts');
const WITHIN_MS = 15_000;
const STEP_S = 30;
/** A day and a half of samples that end two days ago: in part long before what remote write takes. */
const BEGIN_S = Math.floor(Date.now() / 86_400_000) * 86_400 - 3.5 * 86_400;
const SAMPLES = (1.5 * 86_400) / STEP_S;

describe('trilith import prometheus', { skip: missing }, () => {
  let folder = '';
  let server: RunningServer;
  let peer: RunningPrometheus;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trilith-import-'));
    const input = join(folder, 'in.om');
    await writeFile(input, openMetrics());
    const made = spawnSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', input, join(folder, 'data')]);
    assert.equal(made.status, 0, String(made.stderr));
    server = await startServer();
  });
  after(async () => {
    await server?.stop();
    await peer?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const run = async (data: string, state: string, ...flags: string[]): Promise<{ code: number; output: string }> => {
    const child = spawn(
      process.execPath,
      [MAIN, 'import', 'prometheus', data, '--state', join(folder, state), ...flags],
      { cwd: folder, env: { ...process.env, TRILITH_URL: server.url } },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    const code = await new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? -1)));
    return { code, output };
  };

  test('all samples come over, and queries have the answers they had before', async () => {
    const { code, output } = await run(join(folder, 'data'), 'state.json');
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`done: ${(SAMPLES * 5).toLocaleString('en')} samples of \\d+ blocks sent`));
    const again = await run(join(folder, 'data'), 'state.json');
    assert.match(again.output, /done: 0 samples of 0 blocks sent/);
    peer = await startPrometheus({
      binary: found?.binary ?? '',
      data: join(folder, 'data'),
      flags: ['--storage.tsdb.retention.time=30d'],
    });
    for (const query of [
      'requests_total',
      'rate(requests_total[5m])',
      'sum by (instance) (increase(requests_total[1h]))',
      'temperature',
      'quantile_over_time(0.9, temperature[6h])',
      'count_over_time({__name__=~".+"}[3h])',
    ]) {
      // Seven seconds off: Prometheus 2 counts a sample on the left edge of a window, 3 and we do not.
      const ask = { query, start: String(BEGIN_S - 593), end: String(BEGIN_S + SAMPLES * STEP_S + 600), step: '1200' };
      const before = await range(peer.url, ask);
      assert.ok(before.length > 0, query);
      await eventually(query, WITHIN_MS, async () => {
        assert.deepEqual(await range(`${server.url}/prometheus`, ask), before);
      });
    }
  });

  test('a damaged block is named and left out, the others are imported, and the exit code says so', async () => {
    const data = join(folder, 'damaged');
    spawnSync('cp', ['-r', join(folder, 'data'), data]);
    const blocks = (await readdir(data)).filter((name) => /^[0-9A-Z]{26}$/.test(name));
    const [first = ''] = blocks;
    const index = join(data, first, 'index');
    const bytes = await readFile(index);
    bytes[40] = (bytes[40] ?? 0) ^ 0xff;
    await rm(index);
    await writeFile(index, bytes);
    const { code, output } = await run(data, 'damaged.json');
    assert.equal(code, 1, output);
    assert.match(output, new RegExp(`${first}: damaged, left out: index: .*checksum`));
    assert.match(output, /1 blocks or chunks were damaged and left out/);
  });

  test('blocks that retention would drop are refused with the setting to change, and left out when told to', async () => {
    const input = join(folder, 'old.om');
    const old = Math.floor(Date.now() / 1000) - 60 * 86_400;
    await writeFile(input, `# TYPE ancient gauge\nancient 1 ${old}\n# EOF\n`);
    const data = join(folder, 'old');
    spawnSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', input, data]);
    const refused = await run(data, 'old.json');
    assert.equal(refused.code, 2, refused.output);
    assert.match(refused.output, /keeps metrics for 30 days\. Raise retention\.metrics_days/);
    const skipped = await run(data, 'old.json', '--skip-expired');
    assert.equal(skipped.code, 0, skipped.output);
    assert.match(skipped.output, /1 blocks are older than retention: left out/);
  });

  test('what is no data directory of Prometheus is refused', async () => {
    const { code, output } = await run(folder, 'none.json');
    assert.equal(code, 2);
    assert.match(output, /has no blocks of Prometheus/);
    await assert.rejects(stat(join(folder, 'none.json')));
  });
});

function openMetrics(): string {
  const lines = ['# TYPE requests counter'];
  for (const instance of ['a', 'b', 'c']) {
    let total = 0;
    for (let i = 0; i < SAMPLES; i++) {
      // A restart now and then.
      total = i % 997 === 996 ? 0 : total + ((i * 7 + instance.charCodeAt(0)) % 11);
      lines.push(`requests_total{instance="${instance}",job="api"} ${total} ${BEGIN_S + i * STEP_S}`);
    }
  }
  lines.push('# TYPE temperature gauge');
  for (const room of ['küche', 'attic']) {
    for (let i = 0; i < SAMPLES; i++) {
      const value = i % 1000 === 7 ? 'NaN' : String(20 + Math.round(500 * Math.sin(i / 100)) / 100);
      lines.push(`temperature{room="${room}"} ${value} ${BEGIN_S + i * STEP_S}`);
    }
  }
  return `${lines.join('\n')}\n# EOF\n`;
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
}

async function range(url: string, ask: Readonly<Record<string, string>>): Promise<Series[]> {
  const answer = await fetch(`${url}/api/v1/query_range?${new URLSearchParams(ask)}`);
  const body = (await answer.json()) as { data?: { result: Series[] } };
  assert.ok(body.data !== undefined, JSON.stringify(body));
  const key = ({ metric }: Series): string => JSON.stringify(Object.entries(metric).sort());
  return body.data.result.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
