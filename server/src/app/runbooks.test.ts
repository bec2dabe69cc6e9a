import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type RunbookAnswer, runbookAnswer, runbooksAnswer } from '@trilith/contract';
import * as v from 'valibot';
import { fingerprintOf } from '../alerting/index.ts';
import { createFakeClock } from '../base/clock.ts';
import type { HttpResponse } from '../base/http.ts';
import { createRouter } from '../base/router.ts';
import { createLogger } from '../base/telemetry/log.ts';
import { createMetricsRegistry } from '../base/telemetry/metrics.ts';
import type { AlertEvent } from '../model/alert_event.ts';
import { labelsFrom } from '../model/labels.ts';
import { loadConfig } from './config.ts';
import { type RunbooksOptions, startRunbooks } from './runbooks.ts';

const directory = mkdtempSync(join(tmpdir(), 'trilith-runbooks-'));
after(() => rmSync(directory, { recursive: true }));
mkdirSync(join(directory, 'payments'));
writeFileSync(join(directory, 'payments/slow.md'), '# Slow\n![g](g.svg)\n```promql\nup{job="$labels.job"}\n```\n');
writeFileSync(join(directory, 'payments/g.svg'), '<svg/>');

const NOW = 1_000 * 86_400_000;
const labels = labelsFrom([
  ['alertname', 'Slow'],
  ['job', 'a"b'],
]);
const fingerprint = fingerprintOf(labels);
const held = {
  ...{ labels, fingerprint, annotations: ['summary', 's'], generatorUrl: '', timeout: false },
  ...{ startsAtMs: NOW - 5, endsAtMs: NOW + 60_000, updatedAtMs: NOW },
};
const ruleOf = (name: string, annotations: Record<string, string> = {}) => ({
  kind: 'alert' as const,
  name,
  labels: new Map(),
  annotations: new Map(Object.entries(annotations)),
});
const RULES = [ruleOf('Slow'), ruleOf('Bare'), ruleOf('Gone', { runbook: 'https://r/gone' })];

interface World {
  readonly alerts?: readonly (typeof held)[];
  readonly events?: readonly AlertEvent[];
}

async function started({ alerts = [], events = [] }: World) {
  const clock = createFakeClock(NOW);
  const registry = createMetricsRegistry();
  const config = loadConfig([], { TRILITH_RUNBOOKS: directory, TRILITH_RUNBOOKS_CHECK_LINKS: 'off' });
  const settings = { ...config, runbooks: { ...config.runbooks, base_urls: ['https://r/'] } };
  const runbooks = startRunbooks({
    tenant: 'trilith',
    config: settings,
    externalUrl: () => 'https://trilith.example',
    clock,
    registry,
    rules: {
      groups: () => [{ definition: { file: 'f', name: 'g', rules: RULES } }],
    } as unknown as RunbooksOptions['rules'],
    alertmanager: () => ({ alerts: () => alerts }) as unknown as ReturnType<RunbooksOptions['alertmanager']>,
    events: async () => events,
    log: createLogger({ service: 't', level: 'FATAL', write: () => undefined }),
  });
  await runbooks.reload(settings);
  const router = createRouter(runbooks.routes);
  const get = async (path: string, query = '', tenant = 'trilith'): Promise<HttpResponse> => {
    const match = router.match('GET', path);
    assert.ok(match !== null, path);
    const signal = new AbortController().signal;
    const request = { method: 'GET', path, headers: {}, body: new Uint8Array(), tenant, signal };
    return match.route.handler({ ...request, params: match.params, query: new URLSearchParams(query) });
  };
  const page = async (query = ''): Promise<RunbookAnswer> =>
    v.parse(runbookAnswer, JSON.parse(String((await get('/api/runbooks/payments/slow', query)).body)));
  return { runbooks, get, page, registry };
}

const queryIn = ({ blocks }: RunbookAnswer): string => {
  const found = blocks.find(({ kind }) => kind === 'query');
  return found?.kind === 'query' ? found.query : '';
};

test('notifications link to our page for their alert, opened with its labels in the queries', async () => {
  const { runbooks, page } = await started({ alerts: [held] });
  const address = runbooks.addressOf(held);
  assert.equal(address, `https://trilith.example/runbooks/payments/slow?alert=${fingerprint}`);
  assert.equal(await runbooks.opens(address), '');
  assert.equal(
    await runbooks.opens('https://trilith.example/runbooks/payments/gone?alert=1'),
    'there is no runbook payments/gone',
  );
  assert.equal(await runbooks.opens('https://trilith.example/runbooks/50%'), 'there is no runbook 50%');
  const shown = await page(`alert=${fingerprint}`);
  assert.equal(queryIn(shown), 'up{job="a\\"b"}');
  assert.deepEqual(shown.alert, {
    ...{ fingerprint, startsAtMs: NOW - 5, firing: true, labels: { alertname: 'Slow', job: 'a"b' } },
    annotations: { summary: 's' },
  });
  assert.equal(runbooks.addressOf({ labels: ['alertname', 'Bare'], annotations: [] }), '');
  assert.equal(
    runbooks.addressOf({ labels: ['alertname', 'Bare'], annotations: ['runbook', 'https://wiki.example/x'] }),
    'https://wiki.example/x',
  );
});

test('an alert that is over is known from the ledger; labels can be typed instead', async () => {
  const event: AlertEvent = {
    ...{ kind: 'state', timeMs: NOW - 9, labels, from: 'pending', to: 'firing', value: 1 },
    rule: { file: 'f', group: 'g', rule: 'Slow' },
  };
  const { page } = await started({ events: [event] });
  const shown = await page(`alert=${fingerprint}`);
  assert.deepEqual([shown.alert?.startsAtMs, shown.alert?.firing], [NOW - 9, false]);
  assert.equal(queryIn(shown), 'up{job="a\\"b"}');
  assert.equal((await page('alert=0000000000000000')).alert, null);
  assert.equal(queryIn(await page('label.job=x')), 'up{job="x"}');
});

test('rules without a runbook and dead ones are listed, counted, and known to the proof board', async () => {
  const { runbooks, get, registry } = await started({});
  const answer = v.parse(runbooksAnswer, JSON.parse(String((await get('/api/runbooks')).body)));
  assert.deepEqual(
    answer.rules.map(({ rule, runbook }) => [rule.rule, runbook?.opens]),
    [
      ['Slow', true],
      ['Bare', undefined],
      ['Gone', false],
    ],
  );
  assert.match(registry.render(), /\ntrilith_runbook_dead_links 1\n/);
  assert.match(registry.render(), /\ntrilith_rules_without_runbook 1\n/);
  assert.deepEqual(await runbooks.ofRule(ruleOf('Slow')), {
    address: '/runbooks/payments/slow',
    opens: true,
    error: '',
  });
  assert.deepEqual(await runbooks.ofRule(ruleOf('Bare')), { address: '', opens: null, error: '' });
  assert.equal((await runbooks.ofRule(ruleOf('Gone', { runbook: 'https://r/gone' }))).opens, false);
});

test('images of the folder are shown and can run nothing; nothing else is served, and nothing to other tenants', async () => {
  const { get } = await started({ alerts: [held] });
  const image = await get('/api/runbooks/payments/g.svg');
  assert.equal(image.headers?.['content-type'], 'image/svg+xml');
  assert.match(image.headers?.['content-security-policy'] ?? '', /sandbox/);
  for (const path of ['payments/slow.md', '../trilith.yaml', 'payments/none.png', '']) {
    const { status } = await get(`/api/runbooks/${path}`);
    assert.equal(status, path === '' ? 200 : 404, path);
  }
  assert.equal((await get('/api/runbooks/payments/slow', '', 'other')).status, 404);
  assert.equal((await get('/api/runbooks/payments/g.svg', '', 'other')).status, 404);
  assert.equal(String((await get('/api/alerts/runbooks', '', 'other')).body), '{"links":{},"partial":false}');
  assert.match(
    String((await get('/api/alerts/runbooks')).body),
    new RegExp(`"${fingerprint}":\\{"href":"/runbooks/payments/slow"`),
  );
});
