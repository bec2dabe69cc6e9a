import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createFakeClock } from '../base/clock.ts';
import { createLogger } from '../base/telemetry/log.ts';
import type { Alert } from '../model/alert.ts';
import { labelValue } from '../model/labels.ts';
import type { RuleQuery } from '../rules/index.ts';
import type { AlertsConfig } from './alerts_messages.ts';
import { startRules } from './rules.ts';

const START = Date.UTC(2026, 0, 1);
const SECOND = 1_000;

async function setup(t: TestContext, files: Readonly<Record<string, string>>) {
  const directory = await mkdtemp(join(tmpdir(), 'trilith-rules-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const write = (name: string, text: string): Promise<void> => writeFile(join(directory, name), text);
  for (const [name, text] of Object.entries(files)) await write(name, text);
  const config = {
    ...('prometheus.yml' in files ? { prometheus_config: join(directory, 'prometheus.yml') } : {}),
    rules: { files: [join(directory, 'own*.yml')], logql_files: [join(directory, 'logs*.yml')] },
    enable_feature: '',
  } as unknown as AlertsConfig;
  const clock = createFakeClock(START);
  const sent: Alert[] = [];
  const asked: RuleQuery[] = [];
  const rules = startRules({
    tenant: 'trilith',
    config,
    externalUrl: () => 'https://trilith.example',
    clock,
    ports: {
      async evaluate(_, queries) {
        asked.push(...queries);
        return queries.map(() => [{ labels: [], value: 1 }]);
      },
      append: async () => undefined,
      lastSamples: async () => [],
      alerts: (_, alerts) => void sent.push(...alerts),
      note: () => undefined,
    },
    others: { load: () => ({ groups: [], broken: new Map(), take: () => undefined }), fingerprint: () => '' },
    log: createLogger({ service: 'test', level: 'FATAL', write: () => undefined }),
  });
  rules.begin();
  return { rules, clock, sent, asked, config, write };
}

const alert = (name: string, expr = 'up'): string =>
  `groups: [{name: ${name}, rules: [{alert: ${name}, expr: '${expr}', annotations: {said: '{{ $externalURL }} {{ $externalLabels.dc }}'}}]}]`;

const named = (sent: readonly Alert[], name: string): Alert | undefined =>
  sent.find(({ labels }) => labelValue(labels, 'alertname') === name);

test('rules come from prometheus.yml with its interval and labels, from files of our own, and from files of LogQL', async (t) => {
  const { rules, clock, sent, asked } = await setup(t, {
    'prometheus.yml':
      'global: {evaluation_interval: 7s, rule_query_offset: 2s, external_labels: {dc: north}}\nrule_files: [listed.yml]\n',
    'listed.yml': alert('Listed'),
    'own_a.yml': alert('Own'),
    'logs.yml': alert('Lines', 'sum(rate({job="a"}[1m]))'),
  });
  await clock.advanceTo(START + 10 * SECOND);
  const found = rules
    .groups()
    .map(({ definition }) => [definition.name, definition.intervalMs, definition.queryOffsetMs]);
  assert.deepEqual(found, [
    ['Listed', 7_000, 2_000],
    ['Lines', 7_000, 2_000],
    ['Own', 7_000, 2_000],
  ]);
  assert.deepEqual(
    new Set(asked.map(({ language, expr }) => `${language} ${expr}`)),
    new Set(['promql up', 'logql sum(rate({job="a"}[1m]))']),
  );
  const listed = named(sent, 'Listed');
  assert.equal(labelValue(listed?.labels ?? [], 'dc'), 'north');
  assert.equal(labelValue(listed?.annotations ?? [], 'said'), 'https://trilith.example north');
  assert.equal(listed?.generatorUrl, 'https://trilith.example/explore/metrics?q=up');
  assert.match(named(sent, 'Lines')?.generatorUrl ?? '', /^https:\/\/trilith\.example\/explore\/logs\?q=sum/);
});

test('a broken file at the start is told of and does not keep the others from being evaluated', async (t) => {
  const { clock, sent } = await setup(t, { 'own_good.yml': alert('Good'), 'own_bad.yml': alert('Bad', 'rate(up)') });
  await clock.advanceTo(START + 130 * SECOND);
  assert.ok(named(sent, 'Good'));
  assert.equal(named(sent, 'Bad'), undefined);
  assert.match(
    labelValue(named(sent, 'TrilithRulesBlind')?.annotations ?? [], 'description'),
    /own_bad\.yml\) since .*could not parse expression/,
  );
});

test('a changed file is taken up by itself, a broken one is not, and a reload says why', async (t) => {
  const { rules, clock, config, write } = await setup(t, { 'own.yml': alert('Before') });
  const names = (): string[] => rules.groups().map(({ definition }) => definition.name);
  await clock.advanceTo(START + SECOND);
  assert.deepEqual(names(), ['Before']);
  await write('own.yml', alert('After'));
  await clock.advanceTo(START + 11 * SECOND);
  assert.deepEqual(names(), ['After']);
  await write('own.yml', 'groups: [');
  await clock.advanceTo(START + 30 * SECOND);
  assert.deepEqual(names(), ['After']);
  await assert.rejects(rules.reload(config), /own\.yml: 1:1: /);
  await write('own.yml', alert('Repaired'));
  await rules.reload(config);
  assert.deepEqual(names(), ['Repaired']);
});
