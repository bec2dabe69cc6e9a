import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ProtobufWriter } from '../../../server/src/base/protobuf_writer.ts';
import { snappyCompress } from '../../../server/src/base/snappy.ts';
import { backtestCommand } from '../../../server/src/cli/index.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

/** Rules in a whole program: the example file as it is, a rule that fires, and a restart while it waits. */
const EXAMPLES = join(import.meta.dirname, '../../../../shared/examples/alerts.yml');
const skip = existsSync(EXAMPLES) ? false : 'the example rules are not here';
const WITHIN_MS = 15_000;
const FOR_SECONDS = 8;

const RULES = `groups:
  - name: lag
    rules:
      - record: lag:doubled
        expr: kafka_consumergroup_lag * 2
      - alert: Lag
        expr: lag:doubled > 100000
        for: ${FOR_SECONDS}s
        annotations: {summary: '{{ $labels.group }} is behind by {{ $value | humanize }}'}
      - alert: Told
        expr: ALERTS{alertname="Lag", alertstate="firing"}
`;
const LOG_RULES = `groups:
  - name: errors
    rules:
      - alert: Errors
        expr: sum by (service) (count_over_time({service="checkout"} |= "declined" [5m])) > 1
`;

interface AnswerOfRules {
  readonly data: {
    readonly groups: readonly {
      readonly name: string;
      readonly file: string;
      readonly rules: readonly { readonly name: string; readonly health: string; readonly state?: string }[];
    }[];
  };
}

interface AnswerOfAlerts {
  readonly data: {
    readonly alerts: readonly {
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
      readonly state: string;
      readonly activeAt: string;
    }[];
  };
}

async function alertOf(server: RunningServer, name: string) {
  const { data } = (await server.get('/api/v1/alerts')) as AnswerOfAlerts;
  const found = data.alerts.find(({ labels }) => labels.alertname === name);
  assert.ok(found, `${name} is not among ${data.alerts.length} alerts`);
  return found;
}

async function pushLag(server: RunningServer, value: number): Promise<void> {
  const out = new ProtobufWriter();
  const series = out.open(1);
  for (const [name, text] of [
    ['__name__', 'kafka_consumergroup_lag'],
    ['group', 'fraud-consumer'],
  ] as const) {
    const label = out.open(1);
    out.text(1, name);
    out.text(2, text);
    out.close(label);
  }
  const sample = out.open(2);
  out.double(1, value);
  out.int64(2, BigInt(Date.now()));
  out.close(sample);
  out.close(series);
  const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };
  const body = snappyCompress(out.finish());
  const response = await fetch(`${server.url}/api/v1/write`, { method: 'POST', headers, body });
  assert.equal(response.status, 204);
}

async function pushLines(server: RunningServer): Promise<void> {
  const now = Date.now();
  const values = [0, 1, 2].map((i) => [`${now - i}000000`, `card declined ${i}`]);
  const body = JSON.stringify({ streams: [{ stream: { service: 'checkout' }, values }] });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${server.url}/loki/api/v1/push`, { method: 'POST', headers, body });
  assert.equal(response.status, 204);
}

/** What the command says of the last two minutes. */
async function backtest(server: RunningServer, ...args: readonly string[]): Promise<string> {
  const lines: string[] = [];
  const code = await backtestCommand(['--since=2m', ...args], {
    env: { TRILITH_URL: server.url },
    out: (line) => lines.push(line),
    err: () => undefined,
    nowMs: Date.now,
  });
  assert.equal(code, 0, lines.join('\n'));
  return lines.join('\n');
}

test('rules of files fire, over metrics and logs; one that waits goes on waiting over a restart; a broken file changes nothing', {
  skip,
}, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'trilith-rules-'));
  const write = (name: string, text: string): Promise<void> => writeFile(join(directory, name), text);
  await write('prometheus.yml', `global: {evaluation_interval: 1s}\nrule_files: [rules.yml, ${EXAMPLES}]\n`);
  await write('rules.yml', RULES);
  await write('errors.yml', LOG_RULES);
  await write('trilith.yaml', `rules: {logql_files: [${join(directory, 'errors.yml')}]}\n`);
  const env = {
    TRILITH_CONFIG: join(directory, 'trilith.yaml'),
    TRILITH_PROMETHEUS_CONFIG: join(directory, 'prometheus.yml'),
    TRILITH_DATA: join(directory, 'data'),
  };
  let server = await startServer({ env });
  t.after(async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });
  await pushLag(server, 70_000);
  await pushLines(server);
  const before = await eventually('Lag is pending', WITHIN_MS, () => alertOf(server, 'Lag'));
  assert.deepEqual([before.state, before.annotations.summary], ['pending', 'fraud-consumer is behind by 140k']);
  await eventually('the log rule fires', WITHIN_MS, async () =>
    assert.equal((await alertOf(server, 'Errors')).state, 'firing'),
  );
  const listed = await (await fetch(`${server.url}/loki/api/v1/rules`)).text();
  assert.match(
    listed,
    /^errors\.yml:\n {2}- name: errors\n {4}interval: 1s\n {4}rules:\n {6}- alert: Errors\n {8}expr: /,
  );
  const ofLoki = (await server.get('/loki/prometheus/api/v1/rules')) as AnswerOfRules;
  assert.deepEqual(
    ofLoki.data.groups.map(({ name }) => name),
    ['errors'],
  );
  const { data } = (await server.get('/api/v1/rules', { 'file[]': EXAMPLES })) as AnswerOfRules;
  assert.deepEqual(
    data.groups[0]?.rules.map(({ name, health, state }) => [name, health, state]),
    [
      ['HighErrorRate', 'ok', 'inactive'],
      ['HighLatencyP95', 'ok', 'inactive'],
      ['KafkaConsumerLag', 'ok', 'pending'],
      ['RabbitMQDlqGrowth', 'ok', 'inactive'],
      ['PostgresDeadlocks', 'ok', 'inactive'],
    ],
  );

  await eventually('since when it is pending is stored', WITHIN_MS, async () => {
    const query = 'ALERTS_FOR_STATE{alertname="Lag"}';
    const { data: stored } = (await server.get('/api/v1/query', { query })) as { data: { result: readonly unknown[] } };
    assert.equal(stored.result.length, 1);
  });
  await server.stop();
  server = await startServer({ env });
  await eventually('Lag fires, and a rule that reads ALERTS', WITHIN_MS, async () => {
    assert.equal((await alertOf(server, 'Lag')).state, 'firing');
    assert.equal((await alertOf(server, 'Told')).state, 'firing');
  });
  const after = await alertOf(server, 'Lag');
  assert.equal(Math.floor(Date.parse(after.activeAt) / 1000), Math.floor(Date.parse(before.activeAt) / 1000));
  await eventually('alerting has been told', WITHIN_MS, async () => {
    const told = (await server.get('/alertmanager/api/v2/alerts')) as readonly { labels: Record<string, string> }[];
    assert.ok(told.some(({ labels }) => labels.alertname === 'Lag' && labels.group === 'fraud-consumer'));
  });

  assert.match(
    await backtest(server, '--alert=Lag'),
    /\nlag \/ Lag: 1 time, \d+s\n.*fires still +\{group="fraud-consumer"\}/,
  );
  assert.match(await backtest(server, '--logql', join(directory, 'errors.yml')), /\nerrors \/ Errors: 1 time, /);

  await write('rules.yml', 'groups: [{name: lag, rules: [{alert: Lag, expr: "rate(up)"}]}]');
  const refused = await fetch(`${server.url}/-/reload`, { method: 'POST' });
  assert.notEqual(refused.status, 200);
  assert.match(await refused.text(), /rules\.yml: 1:\d+: .*could not parse expression/);
  assert.equal((await alertOf(server, 'Lag')).state, 'firing');
  await write('rules.yml', RULES.replace('> 100000', '> 1000000'));
  assert.equal((await fetch(`${server.url}/-/reload`, { method: 'POST' })).status, 200);
  await eventually('Lag has resolved', WITHIN_MS, async () => {
    await assert.rejects(alertOf(server, 'Lag'));
  });
});
