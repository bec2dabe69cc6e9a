import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { findPrometheus, startPrometheus } from '../promql_peer/prometheus.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';
import { startWebhookStub, type WebhookStub } from './webhook_stub.ts';

/** A server with an `alertmanager.yml`, and the clients people have: HTTP, amtool, Prometheus. */
/** Not the one of the PATH: Debian's 0.25 reads no configuration whose secrets are hidden. */
const AMTOOL = process.env.TRILITH_TEST_AMTOOL;
const PROMETHEUS = findPrometheus();
const WAIT_MS = 15_000;

let directory: string;
let config: string;
let stub: WebhookStub;
let server: RunningServer;
let env: Record<string, string>;

const configText = (wait: string): string => `
route:
  receiver: root
  group_by: [alertname]
  group_wait: ${wait}
  group_interval: 1s
  routes: [{receiver: team, matchers: [team="a"]}]
receivers:
  - name: root
    webhook_configs: [{url: '${stub.url}/root'}]
  - name: team
    webhook_configs: [{url: '${stub.url}/team'}]
`;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trilith-alertmanager-'));
  config = join(directory, 'alertmanager.yml');
  stub = await startWebhookStub();
  await writeFile(config, configText('0s'));
  env = { TRILITH_ALERTMANAGER_CONFIG: config, TRILITH_DATA: join(directory, 'data') };
  server = await startServer({ env });
});

after(async () => {
  await server?.stop();
  await stub?.stop();
  await rm(directory, { recursive: true, force: true });
});

const api = (path: string): string => `${server.url}/alertmanager/api/v2${path}`;

async function post(path: string, body: unknown): Promise<Response> {
  return fetch(api(path), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const notified = (receiver: string, text: string): Promise<unknown> =>
  eventually(`${receiver} hears of ${text}`, WAIT_MS, async () => {
    const found = stub.notified.some((one) => one.receiver === receiver && one.content.includes(text));
    if (!found) throw new Error(JSON.stringify(stub.notified));
  });

test('an alert that is posted is told to the receiver of its route, and listed', async () => {
  const answer = await post('/alerts', [{ labels: { alertname: 'Posted', team: 'a' } }]);
  assert.equal(answer.status, 200);
  await notified('/team', 'Posted');
  const alerts = (await server.get('/api/v2/alerts', { filter: 'team="a"' })) as { receivers: unknown }[];
  assert.deepEqual(
    alerts.map(({ receivers }) => receivers),
    [[{ name: 'team' }]],
  );
  const groups = (await server.get('/alertmanager/api/v2/alerts/groups')) as { labels: unknown }[];
  assert.ok(groups.some(({ labels }) => JSON.stringify(labels) === '{"alertname":"Posted"}'));
});

test('whom an alert would be told to is said without telling anybody', async () => {
  const { routes } = (await server.get('/api/alerts/routes')) as { routes: { receiver: string }[] };
  assert.deepEqual(
    routes.map(({ receiver }) => receiver),
    ['root', 'team'],
  );
  const answer = await fetch(`${server.url}/api/alerts/routes/test`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ labels: { alertname: 'Asked', team: 'a' } }),
  });
  const tested = (await answer.json()) as { routes: { receiver: string; groupKey: string; integrations: string[] }[] };
  assert.deepEqual(
    tested.routes.map(({ receiver, groupKey, integrations }) => [receiver, groupKey, integrations]),
    [['team', '{}/{team="a"}:{alertname="Asked"}', ['webhook[0]']]],
  );
  assert.deepEqual(await server.get('/api/v2/alerts', { filter: 'alertname="Asked"' }), []);
});

test('what is wrong with a request is said with upstream’s status', async () => {
  for (const [path, body, status, text] of [
    ['/alerts', '{', 400, 'parsing alerts body'],
    ['/alerts', '{}', 422, 'must be of type array'],
    ['/alerts', [{}], 422, '0.labels in body is required'],
    ['/alerts', [{ labels: {} }], 400, 'at least one label pair required'],
    ['/alerts', [{ labels: { a: 1 } }], 422, 'must be of type string'],
    ['/alerts', [{ labels: { a: 'b' }, startsAt: 'now' }], 422, 'must be of type date-time'],
    ['/silences', {}, 422, 'comment in body is required'],
  ] as const) {
    const answer = await post(path, body);
    assert.equal(answer.status, status, text);
    assert.ok((await answer.text()).includes(text), text);
  }
  for (const [path, status] of [
    ['/silence/nothing', 422],
    ['/silence/00000000-0000-4000-8000-000000000000', 404],
    ['/alerts?filter=%7Ba', 400],
    ['/alerts?active=maybe', 422],
    ['/alerts?receiver=(', 400],
  ] as const)
    assert.equal((await fetch(api(path))).status, status, path);
});

test('a configuration that cannot be used changes nothing and is told of; one that can is taken up', async () => {
  await writeFile(config, 'route: {}');
  const refused = await fetch(`${server.url}/-/reload`, { method: 'POST' });
  assert.equal(refused.ok, false);
  assert.match(await refused.text(), /root route must specify a default receiver/);
  await post('/alerts', [{ labels: { alertname: 'Still' } }]);
  await notified('/root', 'Still');
  await writeFile(config, configText('100ms'));
  assert.equal((await fetch(`${server.url}/-/reload`, { method: 'POST' })).ok, true);
  const status = (await server.get('/api/v2/status')) as { config: { original: string } };
  assert.match(status.config.original, /group_wait: 100ms/);
});

test('a silence that was acknowledged holds after kill -9', async () => {
  const silence = {
    matchers: [{ name: 'alertname', value: 'Hushed', isRegex: false }],
    startsAt: new Date().toISOString(),
    endsAt: new Date(Date.now() + 3_600_000).toISOString(),
    createdBy: 'test',
    comment: 'night',
  };
  const answer = await post('/silences', silence);
  assert.equal(answer.status, 200);
  const { silenceID } = (await answer.json()) as { silenceID: string };
  process.kill(server.pid, 'SIGKILL');
  await eventually('the server has ended', WAIT_MS, async () => assert.equal(server.running(), false));
  const second = await startServer({ env });
  await server.stop();
  server = second;
  await post('/alerts', [{ labels: { alertname: 'Hushed' } }, { labels: { alertname: 'Loud' } }]);
  await notified('/root', 'Loud');
  assert.ok(!stub.notified.some(({ content }) => content.includes('Hushed')));
  const [held] = (await server.get('/api/v2/alerts', { filter: 'alertname="Hushed"' })) as { status: unknown }[];
  assert.deepEqual(held?.status, { inhibitedBy: [], mutedBy: [], silencedBy: [silenceID], state: 'suppressed' });
});

test('amtool: alerts, silences, routes, configuration, cluster', async (t) => {
  if (AMTOOL === undefined) return t.skip('TRILITH_TEST_AMTOOL names no amtool');
  const run = promisify(execFile);
  const amtool = async (...args: string[]): Promise<string> =>
    (await run(AMTOOL, [`--alertmanager.url=${server.url}/alertmanager`, ...args])).stdout.trim();
  await amtool('alert', 'add', 'Tool', 'team=a', 'node=x', '--annotation=summary=by amtool');
  assert.match(await amtool('alert', 'query', 'alertname=Tool'), /Tool .* by amtool .*active/);
  assert.match(await amtool('alert', 'query', '--receiver=team', '-o', 'simple'), /Tool/);
  const id = await amtool('silence', 'add', 'alertname=Tool', '--comment=c', '--duration=1h', '--author=me');
  assert.match(await amtool('silence', 'query', '--created-by=me'), new RegExp(id));
  assert.doesNotMatch(await amtool('alert', 'query', 'alertname=Tool', '--active'), /Tool/);
  await amtool('silence', 'update', '--duration=2h', '--comment=longer', id);
  assert.match(await amtool('silence', 'query', 'alertname=Tool'), /longer/);
  await amtool('silence', 'expire', id);
  assert.match(await amtool('silence', 'query', '--expired', '-q'), new RegExp(id));
  const file = join(directory, 'silences.json');
  await writeFile(file, await amtool('silence', 'query', '-o', 'json'));
  await amtool('silence', 'import', '--force', file);
  assert.match(await amtool('config', 'routes', 'show'), /\{team="a"\} {2}receiver: team/);
  assert.equal(await amtool('config', 'routes', 'test', 'team=a'), 'team');
  assert.match(await amtool('config', 'show'), /group_wait: 100ms/);
  assert.match(await amtool('cluster', 'show'), /disabled/);
  await amtool('check-config', config);
});

test('a Prometheus server alerts into it', async (t) => {
  if (PROMETHEUS === undefined) return t.skip('no Prometheus: set TRILITH_TEST_PROMETHEUS or put it into PATH');
  const rules =
    'groups: [{name: g, interval: 1s, rules: [{alert: FromPrometheus, expr: "vector(1)", labels: {team: a}}]}]';
  await writeFile(join(directory, 'rules.yml'), rules);
  const target = `{path_prefix: /alertmanager, static_configs: [{targets: ['127.0.0.1:${server.port}']}]}`;
  const config = `global: {evaluation_interval: 1s}\nrule_files: ['${join(directory, 'rules.yml')}']\nalerting: {alertmanagers: [${target}]}\n`;
  const { binary } = PROMETHEUS;
  const prometheus = await startPrometheus({ binary, config, flags: ['--rules.alert.resend-delay=1s'] });
  try {
    await notified('/team', 'FromPrometheus');
  } finally {
    await prometheus.stop();
  }
});
