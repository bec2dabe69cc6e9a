import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { DrillRun } from '@trilith/contract';
import { CommandError, drillCommand } from '../../../server/src/cli/index.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

/**
 * Drills over real processes: from injected telemetry or a fault to the person, with the server's own alerting in
 * between. One stub is everybody else: receivers, the person who presses the button, the system with the fault.
 */
const WITHIN_MS = 15_000;

interface Page {
  readonly to: string;
  readonly title: string;
  readonly status: string;
}

let stub: Server;
let stubUrl: string;
let server: RunningServer;
let directory: string;
const pages: Page[] = [];
/** When the fault was switched on and off, ms since the epoch. */
const faultTimes: number[] = [];
let answering: Promise<void> = Promise.resolve();

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trilith-drills-'));
  stub = createServer((request, response) => {
    const answer = (status: number): void => void response.writeHead(status).end('{}');
    bodyOf(request)
      .then((body) => took(request.url ?? '', body))
      .then(answer, () => answer(500));
  });
  await new Promise<void>((resolve) => stub.listen(0, '127.0.0.1', resolve));
  stubUrl = `http://127.0.0.1:${(stub.address() as AddressInfo).port}`;
  server = await startServer({ env: { TRILITH_CONFIG: await configuration() } });
});
after(async () => {
  await server.stop();
  stub.close();
  stub.closeAllConnections();
  await rm(directory, { recursive: true });
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function took(path: string, body: string): Promise<number> {
  if (path === '/broken') return 404;
  if (path.startsWith('/faults/')) {
    await sendGauge([[Date.now(), path.endsWith('/on') ? 1 : 0]]);
    faultTimes.push(Date.now());
    return 200;
  }
  const { title = '', status, link } = JSON.parse(body) as { title?: string; status: string; link?: string };
  pages.push({ to: path.slice(1), title, status });
  if (path === '/anna' && status === 'firing' && title.startsWith('[DRILL]')) answering = acknowledge(link ?? '');
  return 200;
}

/** Presses the button of a page; again when the server could not take it. */
const acknowledge = (link: string): Promise<void> =>
  eventually('the acknowledgement is taken', WITHIN_MS, async () => {
    const body = new URLSearchParams({ action: 'acknowledge' });
    const response = await fetch(link, { method: 'POST', body, redirect: 'manual' });
    assert.equal(response.status, 303, await response.text());
  });

/** Sends the gauge that the fault moves; times are ms since the epoch. */
async function sendGauge(samples: readonly (readonly [timeMs: number, value: number])[]): Promise<void> {
  const dataPoints = samples.map(([timeMs, asDouble]) => ({ timeUnixNano: `${timeMs}000000`, asDouble }));
  const body = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'broken', gauge: { dataPoints } }] }] }] };
  const headers = { 'content-type': 'application/json' };
  const { status } = await fetch(`${server.url}/v1/metrics`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (status !== 200) throw new Error(`the gauge was answered with ${status}`);
}

/** Writes every file the server reads; the path of its configuration. */
async function configuration(): Promise<string> {
  const payload = {
    title: '{{ template "slack.default.title" . }}',
    status: '{{ .Status }}',
    link: '{{ .AcknowledgeURL }}',
  };
  const webhook = (to: string): object => ({ webhook_configs: [{ url: `${stubUrl}/${to}`, payload }] });
  const receivers = [
    { name: 'team', on_call_configs: [{ policy: 'main' }] },
    { name: 'silent', on_call_configs: [{ policy: 'silent' }] },
    { name: 'refusing', ...webhook('broken') },
    ...['anna', 'boris', 'vera'].map((name) => ({ name, ...webhook(name) })),
  ];
  const routes = ['silent', 'refusing'].map((way) => ({ receiver: way, matchers: [`way="${way}"`] }));
  const times = { group_wait: '100ms', group_interval: '1s' };
  const people = Object.fromEntries(['anna', 'boris', 'vera'].map((name) => [name, { receivers: [name] }]));
  const steps = (...who: string[]) => ({ steps: who.map((name) => ({ notify: [`person:${name}`], wait: '1s' })) });
  const rule = (alert: string, way: string) => ({
    alert,
    expr: way === 'fault' ? 'broken > 0' : 'job_age_seconds > 3600',
    for: '10m',
    labels: { severity: 'page', way },
  });
  const objective = {
    name: 'works',
    service: 'jobs',
    target: 99,
    bad: 'sum_over_time(broken[$window])',
    total: 'count_over_time(broken[$window])',
  };
  const files: Readonly<Record<string, object>> = {
    'alertmanager.yml': {
      route: { receiver: 'team', group_by: ['alertname', 'trilith_drill'], ...times, routes },
      receivers,
    },
    'on-call.yml': { people, policies: { main: steps('anna', 'boris'), silent: steps('vera', 'boris') } },
    'rules.yml': {
      groups: [
        {
          name: 'jobs',
          interval: '1s',
          rules: [rule('Late', 'team'), rule('Silent', 'silent'), rule('Refused', 'refusing'), rule('Broken', 'fault')],
        },
      ],
    },
    'slo.yml': { version: 'trilith/v1', objectives: [objective] },
    'known.yaml': { drills: [drill('Late')] },
    'trilith.yaml': {
      rules: { files: [join(directory, 'rules.yml')] },
      alerting: { config: join(directory, 'alertmanager.yml') },
      on_call: { file: join(directory, 'on-call.yml') },
      slo: { files: [join(directory, 'slo.yml')] },
      drills: { files: [join(directory, 'known.yaml')], allow: [`${stubUrl}/faults/`, `${stubUrl}/elsewhere`] },
    },
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), JSON.stringify(text));
  return join(directory, 'trilith.yaml');
}

function drill(alert: string, more: object = {}) {
  const inject = { interval: '1m', series: [{ series: 'job_age_seconds', values: '60+60x90' }] };
  return { alert, ...('fault' in more ? {} : { inject }), ...more };
}

/** Runs `trilith drill`; its exit code and lines. */
async function command(...args: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const env = { TRILITH_URL: server.url };
  try {
    const code = await drillCommand(args, { env, out: (line) => lines.push(line), nowMs: Date.now });
    return { code, text: lines.join('\n') };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { code: 2, text: error.message };
  }
}

/** Runs drills of a file of their own. */
async function run(drills: readonly object[]): Promise<{ code: number; runs: readonly DrillRun[] }> {
  const path = join(directory, 'drills.yaml');
  await writeFile(path, JSON.stringify({ drills }));
  const { code, text } = await command('run', path, '-o', 'json');
  assert.ok(text.startsWith('{'), text);
  return { code, runs: (JSON.parse(text) as { runs: DrillRun[] }).runs };
}

test('a drilled page arrives, says that it is a drill, is acknowledged and ends; three ways that do not work fail at their hop', async () => {
  await eventually('rules are evaluated', WITHIN_MS, async () => {
    const { text } = await command('list');
    assert.match(text, /^Late {2}Late {2}inject/);
  });
  const { code, runs } = await run([
    drill('Late', { expect: { receiver: 'team', acknowledged: { within: '15s', by: 'anna' } } }),
    drill('Silent', { expect: { acknowledged: { within: '1s' }, escalated: { within: '15s', to: 'boris' } } }),
    drill('Refused'),
    drill('Late', { name: 'other receiver', expect: { receiver: 'silent' } }),
  ]);
  await answering;
  assert.deepEqual(
    runs.map(({ name, failedHop }) => [name, failedHop]),
    [
      ['Late', null],
      ['Silent', 'acknowledged'],
      ['Refused', 'receiver'],
      ['other receiver', 'route'],
    ],
    JSON.stringify(runs),
  );
  assert.equal(code, 1);
  const [late, silent, refused] = runs;
  assert.equal(late?.hops.find(({ hop }) => hop === 'told')?.outcome, 'passed');
  assert.match(silent?.hops.find(({ hop }) => hop === 'acknowledged')?.text ?? '', /escalated to boris at/);
  assert.deepEqual(refused?.attempts.map(({ status, outcome }) => [status, outcome])[0], [404, 'failed']);
  const anna = pages.filter(({ to, title }) => to === 'anna' && title.includes(' Late '));
  assert.ok(anna.some(({ status }) => status === 'resolved'));
  assert.ok(
    anna.every(({ title }) => title.startsWith('[DRILL] ')),
    JSON.stringify(anna),
  );
  const shown = await command('show', late?.id.slice(0, 8) ?? '');
  assert.equal(shown.code, 0);
  assert.match(shown.text, /✓ firing .*600\.0 s \(virtual\)/);
});

test('a fault makes the rule fire on live telemetry, its budget does not move, and the page goes where the drill says', async () => {
  const fault = { on: `${stubUrl}/faults/x/on`, off: `${stubUrl}/faults/x/off` };
  const before = await countedBudget();
  assert.deepEqual([before.remaining, before.bad], [1, 0]);
  const refused = await run([drill('Broken', { fault, receiver: `${stubUrl}/nowhere` })]).catch(
    (error: Error) => error,
  );
  assert.match((refused as Error).message, /drills.allow/);
  const { code, runs } = await run([drill('Broken', { fault, hold: '1s', receiver: `${stubUrl}/elsewhere` })]);
  const [only] = runs;
  assert.equal(code, 0, JSON.stringify(only));
  assert.equal(only?.notes.length, 2);
  assert.deepEqual(
    pages.filter(({ to }) => to === 'elsewhere').map(({ status }) => status),
    ['firing', 'resolved'],
  );
  const { remaining, bad, exclusions } = await budget();
  assert.deepEqual([remaining, bad], [before.remaining, before.bad]);
  assert.deepEqual(
    exclusions.map(({ author }) => author),
    ['drill'],
  );
  // The slot of the fault is counted when it has ended: by then all of it is excluded.
  const [drilled] = exclusions;
  const [firstMs = 0, lastMs = Number.POSITIVE_INFINITY] = faultTimes;
  assert.ok(drilled !== undefined && drilled.fromMs <= firstMs && drilled.toMs >= lastMs, JSON.stringify(exclusions));
});

interface BudgetOfJobs {
  readonly remaining: number | null;
  readonly bad: number;
  readonly exclusions: readonly { author: string; fromMs: number; toMs: number }[];
}

const budget = async (): Promise<BudgetOfJobs> => (await server.get('/api/slo/jobs-works')) as BudgetOfJobs;

/** The budget once it has a figure: a past without a fault is sent, and a reload has the last slots counted again. */
async function countedBudget(): Promise<BudgetOfJobs> {
  const minute = 60_000;
  await sendGauge(Array.from({ length: 20 }, (_, i) => [Date.now() - (20 - i) * minute, 0] as const));
  return await eventually('the past is counted', WITHIN_MS, async () => {
    assert.equal((await fetch(`${server.url}/-/reload`, { method: 'POST' })).status, 200);
    const found = await budget();
    assert.notEqual(found.remaining, null);
    return found;
  });
}

test('drills prove their rules, and are in no figure of noise', async () => {
  await eventually('the proof board knows the drilled firing', WITHIN_MS, async () => {
    const { rules } = (await server.get('/api/alerts/proof', { all: '1' })) as {
      rules: { rule: { rule: string }; lastFiring: { isDrill: boolean } | null }[];
    };
    const drilled = rules.filter(({ lastFiring }) => lastFiring?.isDrill === true).map(({ rule }) => rule.rule);
    assert.deepEqual(drilled.sort(), ['Broken', 'Late', 'Refused', 'Silent']);
  });
  const { rules: counted } = (await server.get('/api/alerts/noise', {
    from: String(Date.now() - 3_600_000),
    to: String(Date.now()),
  })) as { rules: { alert: string }[] };
  assert.deepEqual(
    counted.map(({ alert }) => alert).filter((alert) => !alert.startsWith('Trilith')),
    [],
  );
});
