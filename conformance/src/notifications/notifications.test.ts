import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

/** A server that tells a stub of Slack: evidence in the message, tests of receivers, the heartbeat. */
const WAIT_MS = 15_000;

interface SlackMessage {
  readonly path: string;
  readonly attachment: { readonly title: string; readonly text: string; readonly image_url?: string };
}

let directory: string;
let slack: Server;
let server: RunningServer;
const messages: SlackMessage[] = [];
let heartbeatAnswer = 500;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trilith-notifications-'));
  slack = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { attachments } = JSON.parse(Buffer.concat(chunks).toString()) as {
      attachments: SlackMessage['attachment'][];
    };
    const [attachment] = attachments;
    if (attachment !== undefined) messages.push({ path: request.url ?? '', attachment });
    response.statusCode = request.url === '/heartbeat' ? heartbeatAnswer : request.url === '/refuses' ? 403 : 200;
    response.end(response.statusCode === 200 ? 'ok' : 'no_service');
  }).listen(0, '127.0.0.1');
  await once(slack, 'listening');
  const url = `http://127.0.0.1:${(slack.address() as AddressInfo).port}`;
  await writeFile(
    join(directory, 'alertmanager.yml'),
    `
route: {receiver: team, group_wait: 0s, group_by: [alertname]}
receivers:
  - name: team
    slack_configs: [{api_url: '${url}/team', send_resolved: true}]
  - name: mixed
    slack_configs: [{api_url: '${url}/works'}, {api_url: '${url}/refuses'}]
  - name: watch
    slack_configs: [{api_url: '${url}/heartbeat'}]
`,
  );
  await writeFile(
    join(directory, 'trilith.yaml'),
    `alerting: {config: '${join(directory, 'alertmanager.yml')}', heartbeat: {receiver: watch, every: 10s}}`,
  );
  server = await startServer({
    env: { TRILITH_DATA: join(directory, 'data'), TRILITH_CONFIG: join(directory, 'trilith.yaml') },
  });
});

after(async () => {
  await server?.stop();
  slack?.close();
  await rm(directory, { recursive: true, force: true });
});

const post = (path: string, body: unknown): Promise<Response> =>
  fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const told = (what: string, wanted: (message: SlackMessage) => boolean): Promise<SlackMessage> =>
  eventually(what, WAIT_MS, async () => {
    const found = messages.find(wanted);
    if (found === undefined) throw new Error(JSON.stringify(messages).slice(0, 2_000));
    return found;
  });

test('a page shows the graph, the lines and the change its readers would look for first', async () => {
  const nowMs = Date.now();
  const ns = (agoMs: number): string => `${BigInt(nowMs - agoMs) * 1_000_000n}`;
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'checkout' } }] };
  const body = { stringValue: 'card declined' };
  const record = { timeUnixNano: ns(2_000), severityNumber: 17, severityText: 'ERROR', body };
  const logs = await post('/v1/logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] });
  assert.equal(logs.status, 200);
  const attributes = [{ key: 'service', value: { stringValue: 'checkout' } }];
  const dataPoints = Array.from({ length: 20 }, (_, i) => ({
    attributes,
    timeUnixNano: ns((20 - i) * 15_000),
    asDouble: i,
  }));
  const metrics = [{ name: 'errors', gauge: { dataPoints } }];
  assert.equal(
    (await post('/v1/metrics', { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] })).status,
    200,
  );
  assert.equal((await post('/api/changes', { title: 'deploy checkout', service: 'checkout' })).status, 201);
  await eventually('what was sent can be asked for', WAIT_MS, async () => {
    const lines = (await server.get('/loki/api/v1/query', { query: 'count_over_time({service="checkout"}[5m])' })) as {
      data: { result: unknown[] };
    };
    const series = (await server.get('/api/v1/query', { query: 'errors' })) as { data: { result: unknown[] } };
    assert.ok(lines.data.result.length > 0 && series.data.result.length > 0);
  });
  const generatorURL = `${server.url}/explore/metrics?${new URLSearchParams({ q: 'errors > 5' })}`;
  const annotations = { runbook_url: 'https://runbooks.example/errors' };
  let asked = 0;
  // A page does not wait for evidence: on a busy machine a piece of it may be late.
  const attachment = await eventually('a page with all of it', 2 * WAIT_MS, async () => {
    const alertname = `Errors${asked++}`;
    const labels = { alertname, service: 'checkout' };
    assert.equal((await post('/api/v2/alerts', [{ labels, annotations, generatorURL }])).status, 200);
    const page = await told('the page', ({ attachment: { title } }) => title === `[FIRING:1] ${alertname} (checkout)`);
    for (const part of ['ERROR `card declined`', 'deploy checkout', `Runbook: ${annotations.runbook_url}`, '/ack/'])
      assert.ok(page.attachment.text.includes(part), `${part} in ${page.attachment.text}`);
    assert.ok(page.attachment.image_url !== undefined);
    return page.attachment;
  });
  const picture = await fetch(attachment.image_url ?? '');
  assert.equal(picture.headers.get('content-type'), 'image/png');
  assert.deepEqual([...new Uint8Array(await picture.arrayBuffer())].slice(0, 4), [137, 80, 78, 71]);
});

test('a test of a receiver says what the provider of each integration answered', async () => {
  const answer = await post('/api/v2/receivers/test', { receiver: 'mixed' });
  assert.equal(answer.status, 200);
  const { accepted, integrations } = (await answer.json()) as {
    accepted: boolean;
    integrations: { integration: string; accepted: boolean; status: number; error: string }[];
  };
  assert.equal(accepted, false);
  assert.deepEqual(
    integrations.map((each) => [each.integration, each.accepted, each.status, each.error]),
    [
      ['slack[0]', true, 200, ''],
      ['slack[1]', false, 403, 'channel "": unexpected status code 403: no_service'],
    ],
  );
  assert.ok(messages.some(({ path, attachment }) => path === '/works' && attachment.title.includes('TrilithTest')));
  assert.equal((await post('/api/v2/receivers/test', { receiver: 'nobody' })).status, 404);
  assert.equal((await post('/api/v2/receivers/test', { receiver: 'mixed', integration: 'email[0]' })).status, 404);
  assert.equal((await post('/api/v2/receivers/test', {})).status, 400);
});

test('a heartbeat that does not get through is an alert, and a resolved one when it does', async () => {
  await told(
    'the alert',
    ({ path, attachment }) => path === '/team' && /FIRING.*TrilithHeartbeatFailing/.test(attachment.title),
  );
  heartbeatAnswer = 200;
  await eventually('the alert is over', 2 * WAIT_MS, async () => {
    const alerts = (await server.get('/api/v2/alerts', { filter: 'alertname="TrilithHeartbeatFailing"' })) as unknown[];
    assert.equal(alerts.length, 0);
  });
});
