import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { alertsCommand, CommandError, onCallCommand, whyCommand } from '../../../server/src/cli/index.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

/**
 * A page from the rule to the person over real processes: an escalation policy reaches somebody's receiver, whose link
 * acknowledges, and the ledger tells the whole way, after a restart too.
 */
const WITHIN_MS = 15_000;
const GROUP = '{}:{alertname="Down"}';

interface Page {
  readonly receiver: string;
  readonly status: string;
  /** The link of the page. */
  readonly link: string;
}

let stub: Server;
let server: RunningServer;
let directory: string;
const pages: Page[] = [];

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trilith-on-call-'));
  stub = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { attachments: { text: string }[] };
      const [receiver = '', status = '', link = ''] = body.attachments[0]?.text.split(' ') ?? [];
      const isRefused = request.url === '/refuses';
      if (!isRefused) pages.push({ receiver, status, link });
      response.statusCode = isRefused ? 404 : 200;
      response.end(isRefused ? 'channel_not_found' : 'ok');
    });
  });
  await new Promise<void>((resolve) => stub.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(stub.address() as AddressInfo).port}`;
  const text = '{{ .Receiver }} {{ .Status }} {{ .AcknowledgeURL }}';
  const slack = (name: string, path = 'hook'): string => `
  - name: ${name}
    slack_configs: [{api_url: '${url}/${path}', channel: '#x', send_resolved: true, text: '${text}', title: '', fallback: ''}]`;
  await writeFile(
    join(directory, 'alertmanager.yml'),
    `
route:
  receiver: team
  group_by: [alertname]
  group_wait: 100ms
  group_interval: 1s
  routes: [{matchers: [alertname="Refused"], receiver: refuses}]
receivers:
  - name: team
    on_call_configs: [{policy: main}]${slack('anna-chat')}${slack('boris-chat')}${slack('refuses', 'refuses')}`,
  );
  await writeFile(
    join(directory, 'on-call.yml'),
    `
people: {anna: {name: Anna, receivers: [anna-chat]}, boris: {receivers: [boris-chat]}}
schedules:
  first: {zone: Europe/Moscow, layers: [{people: [anna], start: 2026-01-05 10:00}]}
policies:
  main: {steps: [{notify: ["schedule:first"], wait: 2s}, {notify: ["person:boris"], wait: 1h}]}`,
  );
  await writeFile(
    join(directory, 'rules.yml'),
    `
groups:
  - name: g
    interval: 1s
    rules:
      - {alert: Down, expr: vector(1)}
      - {alert: Absent, expr: no_such_metric > 5}
      - {alert: Refused, expr: refused > 0}
      - {alert: Quiet, expr: quiet > 0}`,
  );
  server = await startServer({
    env: {
      TRILITH_CONFIG: await configFile(),
      TRILITH_LOG_LEVEL: 'error',
    },
  });
});
after(async () => {
  await server.stop();
  stub.close();
  await rm(directory, { recursive: true });
});

async function configFile(): Promise<string> {
  const path = join(directory, 'trilith.yaml');
  await writeFile(
    path,
    `
rules: {files: ['${join(directory, 'rules.yml')}']}
alerting: {config: '${join(directory, 'alertmanager.yml')}'}
on_call: {file: '${join(directory, 'on-call.yml')}'}`,
  );
  return path;
}

const COMMANDS = { why: whyCommand, alerts: alertsCommand, 'on-call': onCallCommand };

/** Runs a command against the server; what it prints, or why it could not. */
async function trilith(command: keyof typeof COMMANDS, ...args: string[]): Promise<string> {
  const lines: string[] = [];
  const env = { TRILITH_URL: server.url };
  try {
    await COMMANDS[command](args, { env, out: (line) => lines.push(line), nowMs: Date.now });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    lines.push(error.message);
  }
  return lines.join('\n');
}

test('who is on call is paged, then the next one, until the link of a page acknowledges', async () => {
  const [first, second] = await eventually('both steps were told', WITHIN_MS, async () => {
    const firing = pages.filter(({ status }) => status === 'firing');
    assert.ok(firing.length >= 2, JSON.stringify(pages));
    return firing;
  });
  assert.deepEqual([first?.receiver, second?.receiver], ['anna-chat', 'boris-chat']);
  const link = first?.link ?? '';
  assert.ok(link.startsWith(`${server.url}/ack/`), link);

  const shown = await fetch(link);
  assert.equal(shown.status, 200);
  const html = await shown.text();
  assert.match(html, /<b>Anna<\/b>/);
  assert.match(html, /value="acknowledge"/);
  const responses = async (): Promise<string> => JSON.stringify(await server.get('/api/alerts/responses'));
  assert.ok(!(await responses()).includes('"acknowledged":{'), 'opening the link changes nothing');

  const form = new URLSearchParams({ action: 'acknowledge', note: 'the disk is full' });
  const acted = await fetch(link, { method: 'POST', body: form, redirect: 'manual' });
  assert.equal(acted.status, 303);
  assert.match(await responses(), /"acknowledged":\{"person":"anna"/);
  assert.match(await (await fetch(link, { headers: { 'accept-language': 'ru-RU' } })).text(), /Подтвердил\(а\) anna/);
  assert.equal((await fetch(`${link.slice(0, -1)}${link.endsWith('A') ? 'B' : 'A'}`)).status, 404);
});

test('the ledger tells the way of the page, and why another rule did not page', async () => {
  const paged = await trilith('why', 'paged', GROUP);
  assert.match(paged, /^It paged at /);
  assert.match(paged, /rule Down of group g/);
  assert.match(
    paged,
    /boris-chat \(slack\[0\]\) took it|anna-chat \(slack\[0\]\) took it|team \(on_call\[0\]\) took it/,
  );
  assert.match(await trilith('why', 'not-paged', 'Absent'), /^There is no metric no_such_metric/);
  const history = await trilith('alerts', 'history', 'Down');
  for (const event of [
    /firing +Down/,
    /accepted +anna-chat slack\[0\]/,
    /escalated boris/,
    /acknowledged anna \(the disk is full\)/,
  ])
    assert.match(history, event);
  assert.match(await trilith('alerts', 'noise'), /Anna/);
});

test('the ledger tells of a page that its receiver refused, and of one that a silence held back', async () => {
  const why = async (alert: string, wanted: RegExp): Promise<void> => {
    await eventually(`why ${alert} did not page`, WITHIN_MS, async () =>
      assert.match(await trilith('why', 'not-paged', alert), wanted),
    );
  };
  const post = async (path: string, body: unknown): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${server.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    assert.equal(response.status, 200);
  };
  const times = { startsAt: new Date().toISOString(), endsAt: new Date(Date.now() + 3_600_000).toISOString() };
  const matchers = [{ name: 'alertname', value: 'Quiet', isRegex: false, isEqual: true }];
  await post('/api/v2/silences', { matchers, ...times, createdBy: 'anna', comment: 'deploy' });
  const dataPoints = [{ timeUnixNano: `${BigInt(Date.now()) * 1_000_000n}`, asDouble: 1 }];
  await post('/v1/metrics', {
    resourceMetrics: [
      { scopeMetrics: [{ metrics: ['quiet', 'refused'].map((name) => ({ name, gauge: { dataPoints } })) }] },
    ],
  });
  await why('Refused', /refuses \(slack\[0\]\) did not take it in \S+ attempts?: status 404, .*channel_not_found/);
  await why('Quiet', /silenced by silence \S+ of anna until .* \(deploy\)/);
});

test('schedules are shown, taken over, and read by calendars', async () => {
  assert.match(await trilith('on-call'), /^first: anna/);
  const fromMs = Date.now() + 3_600_000;
  const times = [fromMs, fromMs + 3_600_000].map((ms) => new Date(ms).toISOString());
  const made = await trilith('on-call', 'override', 'first', 'boris', '--from', times[0] ?? '', '--to', times[1] ?? '');
  assert.match(made, /boris is on call in first then/);
  assert.match(await trilith('on-call', 'shifts', 'first', '--for', '6h'), /boris \(override\)/);
  const calendar = await (await fetch(`${server.url}/api/on-call/first.ics`)).text();
  assert.match(calendar, /SUMMARY:boris on call \(first\)/);
  assert.match(
    await trilith('on-call', 'override', 'first', 'nobody', '--from', times[0] ?? '', '--to', times[1] ?? ''),
    /no person is named nobody/,
  );
});
