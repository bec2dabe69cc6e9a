import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { windowsFor } from './burn_windows.ts';
import { objectiveRules } from './generate.ts';
import { loadObjectives } from './load.ts';
import { ObjectiveError } from './objective.ts';
import { parseObjectiveFile } from './objective_file.ts';

/** Files of OpenSLO's own Go SDK. */
const SDK = join(import.meta.dirname, '../../../../shared/conformance/slo/openslo-go-sdk');
const absent = existsSync(SDK) ? false : `the files of OpenSLO’s SDK are not at ${SDK}`;
const generator = { version: '0', mode: 'test', spec: 'test' };

/** The ids of what a file becomes, or why it cannot be used. */
function verdict(path: string): readonly string[] | string {
  try {
    const objectives = parseObjectiveFile(readFileSync(path, 'utf8')).flatMap((document) => document.objectives);
    for (const objective of objectives)
      objectiveRules(objective, { windows: windowsFor(objective.periodMs), generator });
    return objectives.map(({ id }) => id);
  } catch (error) {
    if (!(error instanceof ObjectiveError)) throw error;
    return error.message;
  }
}

const NO_WINDOW = /^invalid slo .*template must contain the \{\{ \.window \}\} variable$/;
const THRESHOLD = /line \d+: only indicators with a ratioMetric can be read, not a thresholdMetric$/;

/** By the path's end, the first that fits; objects that are no SLO become nothing, and are no fault. */
const VERDICTS: readonly (readonly [path: RegExp, expected: RegExp | readonly string[]])[] = [
  [/v2alpha/, /^line 1: objectives of version "openslo\.com\/v2alpha" are not known$/],
  [/examples\/v1alpha\/examples\/slos/, /^line \d+: only days based time windows are supported$/],
  [/(examples\/v1\/examples\/slos|decode\/v1_slos|encode\/v1_slo)\./, NO_WINDOW],
  [/inline\/inputs\/v1_slo_invalid_sli\./, /^line 5: the SLI "no-sli" is not in this file/],
  [/inline\/(inputs|outputs)\/custom_config\./, /^line 15: the SLI "my-sli" is not in this file/],
  [/(inline|export)\/(inputs|outputs)\/(v1_slo|custom_config)/, THRESHOLD],
  [/./, []],
];

describe('files of OpenSLO’s SDK are read, or refused with the reason', { skip: absent }, () => {
  const files =
    absent === false
      ? readdirSync(SDK, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(yaml|json)$/.test(name))
      : [];
  test('all are there', () => assert.ok(files.length >= 36, String(files.length)));
  for (const name of files.sort())
    test(name, () => {
      const expected = VERDICTS.find(([path]) => path.test(name))?.[1];
      const found = verdict(join(SDK, name));
      if (expected instanceof RegExp) assert.match(String(found), expected);
      else assert.deepEqual(found, expected);
    });
});

const metric = (query: string): string =>
  `{metricSource: {type: Prometheus, spec: {query: 'rate(${query}[{{.window}}])'}}}`;
const sli = (name: string, good: string): string =>
  `apiVersion: openslo/v1\nkind: SLI\nmetadata: {name: ${name}}\nspec: {ratioMetric: {good: ${metric(good)}, total: ${metric('all')}}}\n`;
const slo = (name: string, more: string): string =>
  `apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: ${name}}\nspec: {service: shop, objectives: [{target: 0.99}], ${more}}\n`;

test('an SLO finds its indicator in another file, its own file first; what is wrong with it is told where it is', () => {
  const directory = mkdtempSync(join(tmpdir(), 'trilith-openslo-'));
  try {
    const files = {
      'a-slo.yaml': slo('web', 'indicatorRef: answered'),
      'b-own.yaml': `${slo('api', 'indicatorRef: twice')}---\n${sli('twice', 'own')}`,
      'c-broken.yaml': slo('lost', 'indicatorRef: elsewhere'),
      'd-missing.yaml': slo('missing', 'indicatorRef: nowhere'),
      'e-unclear.yaml': slo('unclear', 'indicatorRef: twice'),
      'y-sli.yaml': `${sli('answered', 'shared')}---\n${sli('twice', 'other')}`,
      'z-datadog.yaml': sli('elsewhere', 'x').replace('type: Prometheus', 'type: Datadog'),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    const rules = { intervalMs: 60_000, queryOffsetMs: 0 };
    const { objectives, broken } = loadObjectives([join(directory, '*.yaml')], { rules, generator });
    assert.deepEqual(
      objectives.map(({ objective: { id, indicator } }) => [id, indicator.kind === 'events' ? indicator.bad : '']),
      [
        ['shop-web', '(rate(all[{{.window}}])) - (rate(shared[{{.window}}]))'],
        ['shop-api', '(rate(all[{{.window}}])) - (rate(own[{{.window}}]))'],
      ],
    );
    const reasons = [...broken].map(([path, reason]) => `${path.slice(directory.length + 1)}: ${reason}`);
    assert.match(
      reasons[0] ?? '',
      /^c-broken\.yaml: SLI "elsewhere" of .*z-datadog\.yaml: line 4: the source "Datadog"/,
    );
    assert.match(reasons[1] ?? '', /^d-missing\.yaml: line \d+: the SLI "nowhere" is not in this file/);
    assert.match(reasons[2] ?? '', /^e-unclear\.yaml: the SLI "twice" is in several files, and not in this one$/);
    assert.equal(reasons.length, 3, String(reasons));
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('an SLO of v1 without alert policies pages and makes tickets; one with policies has no alerts', () => {
  const indicator = `indicator: {spec: {ratioMetric: {good: ${metric('good')}, total: ${metric('all')}}}}`;
  const alertsOf = (more: string): unknown =>
    parseObjectiveFile(slo('web', `${indicator}${more}`))
      .flatMap(({ objectives }) => objectives)
      .map(({ page, ticket }) => [page, ticket].map((plan) => [plan?.name, plan?.labels.get('severity')]));
  const both = [
    ['web burns its budget', 'page'],
    ['web burns its budget', 'ticket'],
  ];
  assert.deepEqual(alertsOf(''), [both]);
  assert.deepEqual(alertsOf(', alertPolicies: []'), [both]);
  assert.deepEqual(alertsOf(', alertPolicies: null'), [both]);
  assert.deepEqual(alertsOf(', alertPolicies: [{alertPolicyRef: ours}]'), [
    [
      [undefined, undefined],
      [undefined, undefined],
    ],
  ]);
});
