import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, startServer } from '../running_server.ts';
import { findAlertmanager, startAlertmanager } from './real_alertmanager.ts';

/** Alerts of our rules at Alertmanagers outside, as `alerting` of prometheus.yml names them. */
const WAIT_MS = 15_000;

interface Posted {
  readonly path: string;
  readonly authorization: string;
  readonly alerts: readonly { readonly labels: Readonly<Record<string, string>> }[];
}

test('alerts of rules go to Alertmanagers of prometheus.yml: relabelled, with authentication, again after an outage; a real one takes them', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'trilith-external-'));
  const posted: Posted[] = [];
  let refusals = 1;
  const stub = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (refusals-- > 0) return void response.writeHead(503).end();
    const { authorization = '' } = request.headers;
    posted.push({ path: request.url ?? '', authorization, alerts: JSON.parse(Buffer.concat(chunks).toString()) });
    response.end();
  });
  await new Promise<void>((resolve) => stub.listen(0, '127.0.0.1', resolve));
  const address = stub.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const found = findAlertmanager();
  const real =
    found === undefined
      ? undefined
      : await startAlertmanager(found.binary, 'route: {receiver: x}\nreceivers: [{name: x}]');
  if (real === undefined) t.diagnostic('no Alertmanager on this machine: set TRILITH_TEST_ALERTMANAGER to its path');
  await writeFile(join(directory, 'targets.json'), JSON.stringify([{ targets: [`127.0.0.1:${port}`], labels: {} }]));
  await writeFile(
    join(directory, 'prometheus.yml'),
    `
global: {evaluation_interval: 1s, external_labels: {cluster: eu, replica: b}}
rule_files: [rules.yml]
alerting:
  alert_relabel_configs: [{action: labeldrop, regex: replica}]
  alertmanagers:
    - path_prefix: /am
      basic_auth: {username: u, password: p}
      file_sd_configs: [{files: [targets.json]}]
      alert_relabel_configs: [{source_labels: [alertname], regex: Quiet, action: drop}]
    - static_configs: [{targets: ['gone.example:9093']}]
      relabel_configs: [{source_labels: [__address__], regex: 'gone.*', action: drop}]
${real === undefined ? '' : `    - static_configs: [{targets: ['${new URL(real.url).host}']}]\n`}`,
  );
  await writeFile(
    join(directory, 'rules.yml'),
    'groups: [{name: g, rules: [{alert: Loud, expr: vector(1)}, {alert: Quiet, expr: vector(1)}]}]',
  );
  const server = await startServer({ env: { TRILITH_PROMETHEUS_CONFIG: join(directory, 'prometheus.yml') } });
  try {
    await eventually('the stub is told', WAIT_MS, async () => assert.ok(posted.length > 0));
    assert.equal(posted[0]?.path, '/am/api/v2/alerts');
    assert.equal(posted[0]?.authorization, `Basic ${Buffer.from('u:p').toString('base64')}`);
    assert.deepEqual(
      posted.flatMap(({ alerts }) => alerts.map(({ labels }) => labels)),
      [{ alertname: 'Loud', cluster: 'eu' }],
    );
    const { data } = (await server.get('/api/v1/alertmanagers')) as {
      data: { activeAlertmanagers: { url: string }[]; droppedAlertmanagers: { url: string }[] };
    };
    assert.equal(data.activeAlertmanagers[0]?.url, `http://127.0.0.1:${port}/am/api/v2/alerts`);
    assert.equal(data.droppedAlertmanagers.length, 1);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    assert.match(metrics, /^prometheus_notifications_errors_total [1-9]/m);
    assert.match(metrics, /^prometheus_notifications_dropped_total 0$/m);
    if (real !== undefined)
      await eventually('Alertmanager has them', WAIT_MS, async () => {
        const alerts = (await (await fetch(`${real.url}/api/v2/alerts`)).json()) as { labels: { alertname: string } }[];
        assert.deepEqual(alerts.map(({ labels }) => labels.alertname).sort(), ['Loud', 'Quiet']);
      });
  } finally {
    await server.stop();
    await real?.stop();
    stub.closeAllConnections();
    stub.close();
    await rm(directory, { recursive: true, force: true });
  }
});
