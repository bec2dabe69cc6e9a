import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startAlertmanager } from '../alertmanager/real_alertmanager.ts';
import { eventually, startServer } from '../running_server.ts';

/**
 * The same alert, configuration and address through a real Alertmanager and through us: every channel that lets its
 * provider be somewhere else asks a stub for the same, request by request.
 */
const EXTERNAL_URL = 'http://alerts.example';
const WAIT_MS = 30_000;

interface Asked {
  readonly method: string;
  /** Without who asked. */
  readonly path: string;
  readonly body: unknown;
}

const ANSWERS: Readonly<Record<string, string>> = {
  slack: 'ok',
  telegram: '{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":1,"type":"group"}}}',
  rocketchat: '{"success":true}',
  wechat: '{"access_token":"t","errcode":0}',
  jira: '{"issues":[]}',
};

/** What each asker asked of the providers: `/<asker>/<channel>/…`. */
function stubOf(asked: Map<string, Asked[]>): Server {
  return createServer(async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const [, asker = '', channel = ''] = (request.url ?? '').split('/');
    const path = (request.url ?? '').slice(asker.length + 1);
    const body: unknown = text.startsWith('{') ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text));
    const list = asked.get(asker) ?? [];
    asked.set(asker, [...list, { method: request.method ?? '', path, body }]);
    const answer = ANSWERS[channel] ?? '{}';
    response.setHeader('content-type', channel === 'slack' ? 'text/plain' : 'application/json');
    response.end(answer);
  }).listen(0, '127.0.0.1');
}

/** A receiver with every channel, its providers at `base`. */
const configOf = (base: string): string => `
route: {receiver: all, group_wait: 0s, group_interval: 1s, group_by: [alertname]}
receivers:
  - name: all
    webhook_configs:
      - {url: '${base}/webhook'}
      - {url: '${base}/payload', payload: {count: '{{ len .Alerts }}', alerts: '{{ .Alerts | toJson }}', s: 'is {{ .Status }}'}}
    slack_configs:
      - api_url: '${base}/slack'
        channel: '#a'
        send_resolved: true
        fields: [{title: t, value: '{{ .CommonLabels.severity }}'}]
        actions: [{type: button, text: go, url: '{{ .ExternalURL }}/x'}]
    pagerduty_configs: [{routing_key: r, url: '${base}/pagerduty', details: {more: '{{ .CommonLabels.severity }}'}}]
    opsgenie_configs: [{api_key: k, api_url: '${base}/opsgenie', tags: 'a,{{ .CommonLabels.severity }}', responders: [{name: t, type: team}]}]
    victorops_configs: [{api_key: k, api_url: '${base}/victorops', routing_key: r}]
    telegram_configs: [{api_url: '${base}/telegram', bot_token: '1:x', chat_id: 7}]
    discord_configs: [{webhook_url: '${base}/discord'}]
    webex_configs: [{api_url: '${base}/webex', room_id: r, http_config: {authorization: {credentials: c}}}]
    msteams_configs: [{webhook_url: '${base}/msteams'}]
    msteamsv2_configs: [{webhook_url: '${base}/msteamsv2'}]
    mattermost_configs: [{webhook_url: '${base}/mattermost', channel: c}]
    rocketchat_configs: [{api_url: '${base}/rocketchat', token: t, token_id: i, channel: '#a', send_resolved: true}]
    wechat_configs: [{api_url: '${base}/wechat', api_secret: s, corp_id: c, to_user: u, agent_id: '1', send_resolved: true}]
    jira_configs: [{api_url: '${base}/jira/rest/api/2', project: P, issue_type: Bug, labels: [l]}]
    incidentio_configs: [{url: '${base}/incidentio', alert_source_token: t}]
`;

/** Ours carries a link with which somebody takes the group on; upstream has no such thing. */
function withoutAcknowledgement(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(/Acknowledge: \S+\n/g, '');
  if (Array.isArray(value)) return value.map(withoutAcknowledgement);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, item]) => key !== 'links' || !JSON.stringify(item).includes('/ack/'),
  );
  // Upstream writes out what WeChat's message of another type would say.
  const kept = entries.filter(([key, item]) => key !== 'markdown' || JSON.stringify(item) !== '{"content":""}');
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutAcknowledgement(item)]));
}

/** Upstream's client of Telegram writes every parameter as text; Rocket.Chat's attachment has no text that is empty. */
function comparable(channel: string, body: unknown): unknown {
  const ours = withoutAcknowledgement(body);
  if (channel === 'rocketchat') return JSON.parse(JSON.stringify(ours).replaceAll('"text":"",', ''));
  if (channel !== 'telegram') return ours;
  return Object.fromEntries(Object.entries(ours as object).map(([key, value]) => [key, String(value)]));
}

/** By channel: what was asked, in order. */
function byChannel(asked: readonly Asked[]): Map<string, Asked[]> {
  const found = new Map<string, Asked[]>();
  for (const { method, path, body } of asked) {
    const channel = /^\/([a-z0-9]+)/.exec(path)?.[1] ?? '';
    found.set(channel, [...(found.get(channel) ?? []), { method, path, body: comparable(channel, body) }]);
  }
  return found;
}

test('every channel asks its provider for what Alertmanager asks', { timeout: 120_000 }, async (t) => {
  const binary = process.env.TRILITH_TEST_ALERTMANAGER;
  if (binary === undefined) {
    t.skip('TRILITH_TEST_ALERTMANAGER does not name an Alertmanager');
    return;
  }
  const directory = await mkdtemp(join(tmpdir(), 'trilith-channels-'));
  const asked = new Map<string, Asked[]>();
  const stub = stubOf(asked);
  await once(stub, 'listening');
  const base = `http://127.0.0.1:${(stub.address() as AddressInfo).port}`;
  const config = join(directory, 'alertmanager.yml');
  await writeFile(config, configOf(`${base}/ours`));
  const theirs = await startAlertmanager(binary, configOf(`${base}/theirs`), [`--web.external-url=${EXTERNAL_URL}`]);
  const ours = await startServer({
    env: {
      TRILITH_DATA: join(directory, 'data'),
      TRILITH_ALERTMANAGER_CONFIG: config,
      TRILITH_EXTERNAL_URL: EXTERNAL_URL,
    },
  });
  try {
    const alert = {
      labels: { alertname: 'Disk <full>', severity: 'critical', instance: 'a:1' },
      annotations: { summary: 'Диск & co "full"', description: 'line\nbreak' },
      startsAt: new Date(Date.now() - 60_000).toISOString(),
      generatorURL: 'http://prometheus/x?a=1&b=2',
    };
    const tell = async (alerts: object[]): Promise<void> => {
      for (const url of [theirs.url, ours.url]) {
        const headers = { 'content-type': 'application/json' };
        const answer = await fetch(`${url}/api/v2/alerts`, { method: 'POST', headers, body: JSON.stringify(alerts) });
        assert.equal(answer.status, 200);
      }
    };
    const same = (what: string): Promise<void> =>
      eventually(`${what}: the same is asked`, WAIT_MS, async () => {
        const [wanted, found] = [byChannel(asked.get('theirs') ?? []), byChannel(asked.get('ours') ?? [])];
        assert.equal(wanted.size, 16);
        for (const [channel, requests] of wanted) assert.deepEqual(found.get(channel), requests, channel);
      });
    await tell([alert]);
    await same('firing');
    asked.clear();
    await tell([{ ...alert, endsAt: new Date().toISOString() }]);
    await same('resolved');
  } finally {
    await theirs.stop();
    await ours.stop();
    stub.close();
    await rm(directory, { recursive: true, force: true });
  }
});
