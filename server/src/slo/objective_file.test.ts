import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse, print } from '@trilith/lang/promql';
import { windowsFor } from './burn_windows.ts';
import { objectiveRules } from './generate.ts';
import { ObjectiveError } from './objective.ts';
import { parseObjectiveFile } from './objective_file.ts';

const EXAMPLES = join(import.meta.dirname, '../../../../shared/conformance/slo');
const absent = existsSync(EXAMPLES) ? false : `the examples are not at ${EXAMPLES}`;
const generator = { version: '0', mode: 'test', spec: 'test' };

function filesBelow(folder: string): string[] {
  if (absent !== false) return [];
  return readdirSync(join(EXAMPLES, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => /kind: ServiceLevelObjective/.test(readFileSync(path, 'utf8')) && !path.includes('/crd/'))
    .sort();
}

describe('every objective Pyrra has as an example becomes rules', { skip: absent }, () => {
  const files = filesBelow('pyrra');
  test('all are there', () => assert.ok(files.length >= 25, String(files.length)));
  for (const path of files)
    test(path.slice(EXAMPLES.length + 1), () => {
      const documents = parseObjectiveFile(readFileSync(path, 'utf8'));
      for (const objective of documents.flatMap(({ objectives }) => objectives)) {
        const groups = objectiveRules(objective, { windows: windowsFor(objective.periodMs), generator });
        assert.equal(groups.length, 3, 'shares, facts and alerts');
        assert.ok(groups[0]?.rules.every(({ expr }) => !expr.includes('{{')));
      }
    });
});

test('Pyrra’s indicators count what they say', () => {
  const of = (indicator: string): readonly string[] => {
    const file = `apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {name: a, labels: {pyrra.dev/team: b}}\nspec: {target: "99", window: 4w, indicator: ${indicator}}`;
    const objective = parseObjectiveFile(file)[0]?.objectives[0];
    assert.ok(objective?.indicator.kind === 'events');
    assert.deepEqual([...objective.labels], [['team', 'b']]);
    assert.equal(objective.periodMs, 28 * 86_400_000);
    return [objective.indicator.bad, objective.indicator.total];
  };
  assert.deepEqual(of('{ratio: {errors: {metric: "e{c=\'5\'}"}, total: {metric: t}, grouping: [h]}}'), [
    'sum by (h) (rate(e{c="5"}[{{.window}}]))',
    'sum by (h) (rate(t[{{.window}}]))',
  ]);
  assert.deepEqual(of('{latency: {success: {metric: \'b{le="1"}\'}, total: {metric: c}}}'), [
    'sum (rate(c[{{.window}}])) - sum (rate(b{le="1"}[{{.window}}]))',
    'sum (rate(c[{{.window}}]))',
  ]);
  assert.deepEqual(of('{bool_gauge: {metric: up}}'), [
    'sum (count_over_time(up[{{.window}}])) - sum (sum_over_time(up[{{.window}}]))',
    'sum (count_over_time(up[{{.window}}]))',
  ]);
});

const V1 = `apiVersion: openslo/v1
kind: SLI
metadata: {name: answered}
spec:
  ratioMetric:
    good: {metricSource: {type: Prometheus, spec: {query: "good[{{.window}}]"}}}
    total: {metricSource: {type: Prometheus, spec: {query: "all[{{.window}}]"}}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: web}
spec:
  service: shop
  indicatorRef: answered
  timeWindow: [{duration: 1w, isRolling: true}]
  objectives: [{target: 0.995}]
`;

test('OpenSLO v1 finds its indicator in the same file', () => {
  const [, slo] = parseObjectiveFile(V1);
  const [objective] = slo?.objectives ?? [];
  assert.equal(objective?.id, 'shop-web');
  assert.equal(objective?.targetPercent, 99.5);
  assert.equal(objective?.periodMs, 7 * 86_400_000);
  assert.deepEqual(objective?.indicator, {
    kind: 'events',
    bad: '(all[{{.window}}]) - (good[{{.window}}])',
    total: 'all[{{.window}}]',
  });
});

test('our own format: counts, target and alerts in a few lines', () => {
  const [document] = parseObjectiveFile(`version: trilith/v1
objectives:
  - name: payments
    service: payments-api
    target: 99.9
    good: sum(rate(http_requests_total{status!~"5.."}[$window]))
    total: sum(rate(http_requests_total[$window]))
    alert: {name: PaymentsBudget, ticket: false, labels: {team: pay}}
`);
  const [objective] = document?.objectives ?? [];
  assert.ok(objective !== undefined);
  assert.equal(objective.ticket, undefined);
  const [shares, , alerts] = objectiveRules(objective, { windows: windowsFor(objective.periodMs), generator });
  assert.match(shares?.rules[0]?.expr ?? '', /\[5m\]/);
  assert.deepEqual(
    alerts?.rules.map(({ name, labels }) => [name, labels.get('team'), labels.get('severity')]),
    [['PaymentsBudget', 'pay', 'page']],
  );
});

test('alerts are silent below min_events in their long window, by label where it is counted by label; without it nothing is added', () => {
  const alertOf = (more: string): string => {
    const [document] = parseObjectiveFile(
      `version: trilith/v1\nobjectives: [{name: paid, service: web, target: 99.9, labels: {team: pay}, bad: 'sum by (route) (rate(b[$window]))', total: 'sum by (route) (rate(c[$window]))', alert: {}${more}}]`,
    );
    const [objective] = document?.objectives ?? [];
    assert.ok(objective !== undefined);
    const [, , alerts] = objectiveRules(objective, { windows: windowsFor(objective.periodMs), generator });
    return print(parse(alerts?.rules[0]?.expr ?? ''));
  };
  const [plain, guarded] = [alertOf(''), alertOf(', min_events: 100')];
  for (const [window, seconds] of [
    ['1h', 3600],
    ['6h', 21600],
  ] as const) {
    const enough = ` and ignoring (sloth_id, sloth_service, sloth_slo, team) ((sum by (route) (rate(c[${window}]))) * ${seconds}) >= 100`;
    assert.equal(guarded.split(enough).length, 2, guarded);
    assert.ok(!plain.includes('ignoring'), plain);
  }
  assert.throws(() => alertOf(', min_events: -1'), /line 2: .*whole number/);
});

test('what is wrong is told with its line in the file', () => {
  for (const [source, expected] of [
    ['', /no objectives in the file/],
    ['a: 1', /line 1: no version or apiVersion/],
    ['version: prometheus/v2', /line 1: objectives of version "prometheus\/v2" are not known/],
    ['version: trilith/v1\nobjectives:\n  - name: a\n    surprise: 1', /line 4: .*surprise/],
    ['version: trilith/v1\nobjectives:\n  - name: a\n    total: b', /line 3: total, and either good or bad/],
    [`${V1}---\nversion: prometheus/v1\nservice: a`, /line 18: at least one SLO is required/],
    [V1.replace('indicatorRef: answered', 'indicatorRef: other'), /line \d+: the SLI "other" is not in this file/],
    [V1.replace('type: Prometheus', 'type: Datadog'), /line \d+: the source "Datadog" of good cannot be asked/],
  ] as const)
    assert.throws(
      () => parseObjectiveFile(source),
      (error: unknown) => error instanceof ObjectiveError && expected.test(error.message),
      String(expected),
    );
});
