import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { PromqlParseError, parse, print } from '@trilith/lang/promql';
import { parseAllDocuments } from 'yaml';
import type { Rule } from '../rules/index.ts';
import { type BurnWindows, parseBurnWindows, windowsFor } from './burn_windows.ts';
import { objectiveRules } from './generate.ts';
import { ObjectiveError } from './objective.ts';
import { parseObjectiveFile } from './objective_file.ts';

/** Sloth's own examples, with the rules Sloth made of them. */
const SLOTH = join(import.meta.dirname, '../../../../shared/conformance/slo/sloth');
const absent = existsSync(SLOTH) ? false : `Sloth’s examples are not at ${SLOTH}`;

interface PlainRule {
  readonly name: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface PlainGroup {
  readonly name: string;
  readonly interval: number;
  readonly rules: readonly PlainRule[];
}

/** An expression as PromQL is printed; of other languages the text without its spaces. */
function normal(expr: string): string {
  try {
    return print(parse(expr));
  } catch (error) {
    if (!(error instanceof PromqlParseError)) throw error;
    return expr.replace(/\s+/g, '');
  }
}

/** Labels that say how Sloth was called, and which Sloth. */
const HOW = new Set(['cmd', 'sloth_version', 'sloth_mode', 'sloth_spec']);
const sorted = (pairs: Iterable<readonly [string, unknown]>): Record<string, string> =>
  Object.fromEntries(
    [...pairs]
      .filter(([name]) => !HOW.has(name))
      .map(([name, value]): [string, string] => [name, String(value)])
      .sort(),
  );

function ours(rule: Rule): PlainRule {
  return {
    name: rule.name,
    expr: normal(rule.expr),
    for: String(rule.forMs),
    labels: sorted(rule.labels),
    annotations: sorted(rule.annotations),
  };
}

function generated(file: string, windows?: ReadonlyMap<number, BurnWindows>, periodMs?: number): PlainGroup[] {
  const source = readFileSync(join(SLOTH, file), 'utf8');
  return parseObjectiveFile(source, periodMs === undefined ? {} : { periodMs }).flatMap(({ format, objectives }) =>
    objectives.flatMap((objective) =>
      objectiveRules(objective, {
        generator: { version: 'dev', mode: 'test', spec: format },
        windows: windowsFor(objective.periodMs, windows),
      }).map((group) => ({ name: group.name, interval: group.intervalMs, rules: group.rules.map(ours) })),
    ),
  );
}

interface TheirRule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Record<string, unknown>;
  readonly annotations?: Record<string, unknown>;
}

interface TheirGroup {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly TheirRule[];
}

const INTERVALS: Readonly<Record<string, number>> = { '5m': 300_000 };

function theirs(file: string): PlainGroup[] {
  // Some outputs are templates of Go in which only the version is filled in.
  const source = readFileSync(join(SLOTH, file), 'utf8')
    .replaceAll(/\{\{"(.*?)"\}\}/g, '$1')
    .replaceAll('{{ .version }}', 'dev');
  const documents = parseAllDocuments(source);
  assert.ok(Array.isArray(documents));
  return documents.flatMap((document) => {
    const found = document.toJS() as { groups?: TheirGroup[]; spec?: { groups: TheirGroup[] } } | null;
    return (found?.groups ?? found?.spec?.groups ?? []).map((group) => ({
      name: group.name,
      interval: group.interval === undefined ? 0 : (INTERVALS[group.interval] ?? Number.NaN),
      rules: group.rules.map((rule) => ({
        name: rule.record ?? rule.alert ?? '',
        expr: normal(rule.expr),
        for: '0',
        labels: sorted(Object.entries(rule.labels ?? {})),
        annotations: sorted(Object.entries(rule.annotations ?? {})),
      })),
    }));
  });
}

const inFolder = (folder: string): string[] =>
  absent === false
    ? readdirSync(join(SLOTH, folder), { withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
        .map(({ name }) => name)
        .sort()
    : [];

describe('every example of Sloth becomes the rules Sloth made of it', { skip: absent }, () => {
  for (const name of inFolder('examples/_gen'))
    test(name, () => {
      const made = generated(`examples/${name}`);
      assert.ok(made.length > 0);
      assert.deepEqual(made, theirs(`examples/_gen/${name}`));
    });
  for (const [input, output] of [
    ['in-base.yaml', 'out-base.yaml.tpl'],
    ['in-base-k8s.yaml', 'out-base-k8s.yaml.tpl'],
    ['in-multifile.yaml', 'out-multifile.yaml.tpl'],
    ['in-multifile-k8s.yaml', 'out-multifile-k8s.yaml.tpl'],
    ['in-openslo.yaml', 'out-openslo.yaml.tpl'],
  ] as const)
    test(input, () =>
      assert.deepEqual(generated(`integration-testdata/${input}`), theirs(`integration-testdata/${output}`)),
    );
  test('in-base.yaml for 28 days', () =>
    assert.deepEqual(
      generated('integration-testdata/in-base.yaml', undefined, 28 * 86_400_000),
      theirs('integration-testdata/out-base-28d.yaml.tpl'),
    ));
  test('in-base.yaml for 7 days with windows of its own', () => {
    const path = join(SLOTH, 'windows/test/integration/prometheus/windows/7d.yaml');
    const windows = parseBurnWindows(readFileSync(path, 'utf8'));
    assert.deepEqual(
      generated('integration-testdata/in-base.yaml', new Map([[windows.periodMs, windows]]), windows.periodMs),
      theirs('integration-testdata/out-base-custom-windows-7d.yaml.tpl'),
    );
  });
});

describe('files are accepted and refused as Sloth does', { skip: absent }, () => {
  const valid = 'integration-testdata/validate/good';
  for (const name of inFolder(valid)) test(name, () => assert.ok(generated(`${valid}/${name}`).length > 0));
  const broken = 'integration-testdata/validate/bad';
  for (const name of inFolder(broken))
    test(name, () => {
      // Its fault is a period of 28 days, which Sloth has learnt since.
      if (name === 'bad-openslo.yaml') assert.ok(generated(`${broken}/${name}`).length > 0);
      else assert.throws(() => generated(`${broken}/${name}`), ObjectiveError);
    });
  test('a version that is not known', () =>
    assert.throws(() => generated('integration-testdata/in-invalid-version.yaml'), ObjectiveError));
  test('code of plugins is not run, and the message says so', () => {
    assert.throws(
      () => generated('integration-testdata/in-sli-plugin.yaml'),
      /line \d+: plugin "integration_test" is not known/,
    );
    assert.throws(
      () => generated('integration-testdata/in-slo-plugin.yaml'),
      /plugin "integration-tests\/plugin1" is not known/,
    );
  });
});
