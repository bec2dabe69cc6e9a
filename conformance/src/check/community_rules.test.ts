import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { createMemoryStore, createMetricsEngine } from '../../../server/src/query/index.ts';
import {
  answerOfQuery,
  createTemplateExpander,
  type GroupDefinition,
  groupDefinition,
  parseRuleFile,
  RuleGroup,
  type RulePorts,
} from '../../../server/src/rules/index.ts';
import { syntheticSeries } from './synthetic_series.ts';

const RULES = resolve(import.meta.dirname, '../../../../shared/conformance/rules');
const COMMUNITY = ['awesome-prometheus-alerts', 'kube-prometheus', 'monitoring-mixins', 'loki/loki-mixin-compiled'];

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder).sort()) {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) yield* filesBelow(path);
    else if (/\.(?:ya?ml|rules)$/.test(path)) yield path;
  }
}

function groupsOf(path: string): GroupDefinition[] {
  const { groups, problems } = parseRuleFile(readFileSync(path, 'utf8'));
  if (problems.length > 0) return [];
  return groups.map((group) => groupDefinition(group, path, 'promql', { intervalMs: 60_000, queryOffsetMs: 0 }));
}

const START_MS = 1_800_000_000_000;
const STEP_MS = 60_000;
const STEPS = 61;

/** Evaluates a group over an hour of made-up samples of every series its rules name; `for` is over at once. */
async function evaluated(group: GroupDefinition): Promise<RuleGroup> {
  const store = createMemoryStore();
  const series = new Map(
    group.rules.flatMap(({ expr }) => syntheticSeries(expr)).map((labels) => [labels.join('\0'), labels]),
  );
  for (const labels of series.values())
    for (let i = 0; i < STEPS; i++)
      store.append({ labels, timeMs: START_MS + i * STEP_MS, value: i * i + 1, stale: false });
  const engine = createMetricsEngine({ source: store, now: () => performance.now() });
  const ports: RulePorts = {
    evaluate: (_tenant, queries, timeMs) =>
      Promise.all(
        queries.map(async ({ expr }) => {
          try {
            return answerOfQuery(await engine.query({ query: expr, startMs: timeMs, endMs: timeMs, stepMs: 0 }));
          } catch (error) {
            if (!(error instanceof Error) || error.name !== 'PromqlError') throw error;
            return { error: error.message };
          }
        }),
      ),
    append: async () => undefined,
    lastSamples: async () => [],
    alerts: () => undefined,
    note: () => undefined,
  };
  const rules = group.rules.map((rule) => ({ ...rule, forMs: 0 }));
  const loaded = new RuleGroup(
    { ...group, rules },
    {
      tenant: '',
      ports,
      expand: createTemplateExpander({ externalLabels: new Map(), externalUrl: 'http://watch.example' }),
      externalLabels: () => [],
      linkOf: () => '',
      resendDelayMs: 0,
      blind: { evaluated: () => undefined, forget: () => undefined },
      elapsedMs: () => performance.now(),
      warn: () => undefined,
    },
    false,
  );
  await loaded.evaluate(START_MS + (STEPS - 1) * STEP_MS, START_MS);
  return loaded;
}

/** What a user's data can make of a good rule: not a fault of whoever evaluates it. */
const OF_THE_DATA =
  /many-to-many|many-to-one|duplicate series|same labelset|grouping labels must ensure unique|multiple matches/;

test('community rules evaluate without an internal error, and their templates expand', async (t) => {
  if (!existsSync(RULES)) {
    t.skip('upstream inputs are not here (../shared/conformance)');
    return;
  }
  const wrong: string[] = [];
  const counts = { alerts: 0, recorded: 0, fired: 0, templates: 0 };
  for (const path of COMMUNITY.flatMap((folder) => [...filesBelow(join(RULES, folder))])) {
    for (const group of groupsOf(path)) {
      const { rules } = await evaluated(group);
      for (const { definition, lastError, active } of rules) {
        if (definition.kind === 'alert') counts.alerts++;
        else counts.recorded++;
        if (active.size > 0) counts.fired++;
        if (lastError !== '' && !OF_THE_DATA.test(lastError)) wrong.push(`${path}: ${definition.name}: ${lastError}`);
        for (const { annotations, labels } of active.values())
          for (const text of [...annotations, ...labels]) {
            if (text.includes('<error')) wrong.push(`${path}: ${definition.name}: ${text}`);
            counts.templates++;
          }
      }
    }
  }
  t.diagnostic(JSON.stringify(counts));
  assert.deepEqual(wrong, []);
  assert.ok(counts.alerts >= 950, `${counts.alerts} alerts`);
  assert.ok(counts.fired >= counts.alerts / 2, `${counts.fired} of ${counts.alerts} alerts fired`);
});
