import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { type CheckSurroundings, checkCommand, testCommand } from '../../../server/src/cli/index.ts';
import { hasInputs, NOT_RUN } from '../upstream_inputs.ts';

/**
 * `trilith check` and `trilith test rules` over upstream's files: every verdict (exit code) beside the one recorded from
 * promtool, and every OpenMetrics case beside its `shouldParse`. `--record PROMTOOL…` writes the verdicts of the first promtool that has one; `--verbose` lists
 * what is said about files that differ.
 */
const INPUTS = resolve(import.meta.dirname, '../../../../shared/conformance');
const RECORDED = join(import.meta.dirname, 'promtool_verdicts.json');
const RULES = [
  'rulefmt',
  'promtool',
  'kube-prometheus',
  'awesome-prometheus-alerts',
  'kubernetes-mixin-tests',
  'monitoring-mixins',
  'tempo-mixin-compiled',
  'loki',
  'vmalert-config',
];
const CONFIGS = ['prometheus-config', 'prometheus-config-examples', 'promtool'];

interface Case {
  readonly name: string;
  /** After the program's name, for promtool and for us. */
  readonly args: readonly string[];
  readonly input: string | undefined;
}

interface Verdicts {
  readonly promtool: string;
  readonly exitCodes: Readonly<Record<string, number>>;
}

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder).sort()) {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) yield* filesBelow(path);
    else yield path;
  }
}

function promtoolCases(): Case[] {
  const cases: Case[] = [];
  const add = (kind: string, folder: string, pattern: RegExp, onInput = false): void => {
    for (const path of filesBelow(join(INPUTS, folder))) {
      if (!pattern.test(path)) continue;
      const name = `${kind} ${relative(INPUTS, path)}`;
      cases.push({ name, args: ['check', kind, ...(onInput ? [] : [path])], input: onInput ? path : undefined });
    }
  };
  for (const folder of RULES) add('rules', `rules/${folder}`, /\.(?:ya?ml|rules)$/);
  for (const folder of CONFIGS) add('config', `rules/${folder}`, /\.ya?ml$/);
  add('metrics', 'rules/promtool', /\.prom$/, true);
  add('metrics', 'promql/textparse', /\.prom\.txt$/, true);
  for (const path of filesBelow(join(INPUTS, 'rules'))) {
    if (!/\.ya?ml$/.test(path) || !/^tests:/m.test(readFileSync(path, 'utf8'))) continue;
    const name = `test rules ${relative(INPUTS, path)}`;
    cases.push({ name, args: ['test', 'rules', path], input: undefined });
  }
  return [...cases, ...kubernetesTests()];
}

/** A minute of processor time, for promtool as for us. */
const LARGE = 'tests.yaml';

/** Unit tests of the Kubernetes mixin with the rules they are for, which upstream compiles into the folder above them. */
function kubernetesTests(): Case[] {
  const staged = mkdtempSync(join(tmpdir(), 'trilith-mixin-'));
  process.once('exit', () => rmSync(staged, { recursive: true, force: true }));
  const compiled = join(INPUTS, 'rules/monitoring-mixins/kubernetes');
  copyFileSync(join(compiled, 'alerts.yaml'), join(staged, 'prometheus_alerts.yaml'));
  copyFileSync(join(compiled, 'rules.yaml'), join(staged, 'prometheus_rules.yaml'));
  const tests = join(INPUTS, 'rules/kubernetes-mixin-tests');
  cpSync(tests, join(staged, 'tests'), { recursive: true });
  return readdirSync(tests)
    .filter((file) => file !== LARGE)
    .map((file) => ({
      name: `test kubernetes-mixin/with its rules/${file}`,
      args: ['test', 'rules', join(staged, 'tests', file)],
      input: undefined,
    }));
}

/** Runs a command in this process. */
async function run(
  [command, ...args]: readonly string[],
  input: string | undefined,
): Promise<{ code: number; said: string }> {
  const lines: string[] = [];
  const around: CheckSurroundings = {
    out: (line) => lines.push(line),
    err: (line) => lines.push(line),
    stdin: () => new Uint8Array(readFileSync(input ?? '/dev/null')),
    masking: () => {
      throw new TypeError('no case of promtool’s asks for masking');
    },
  };
  const code = command === 'test' ? await testCommand(args, around) : await checkCommand(args, around);
  return { code, said: lines.filter((line) => line !== '').join('\n    ') };
}

/** A promtool may be built without some kinds of discovery; its verdict on files that use them says nothing. */
const NOT_BUILT_IN = /_sd_configs not found/;

const NAMED = /\.(?:good|bad)\.ya?ml$/;

function record(promtools: readonly string[]): void {
  const versions = promtools.map((path) => {
    const said = execFileSync(path, ['--version'], { encoding: 'utf8' }).split('\n')[0] ?? '';
    return /version (\d\S*)/.exec(said)?.[1] ?? '3.14 (from source)';
  });
  const exitCodes: Record<string, number> = {};
  let without = 0;
  for (const { name, args, input } of promtoolCases()) {
    for (const [i, promtool] of promtools.entries()) {
      // Upstream's own tests say what a good or bad file is; an older promtool does not.
      if (i > 0 && NAMED.test(name)) break;
      const done = spawnSync(promtool, args, input === undefined ? {} : { input: readFileSync(input) });
      if (NOT_BUILT_IN.test(String(done.stderr))) continue;
      exitCodes[name] = done.status ?? -1;
      break;
    }
    if (!(name in exitCodes)) without++;
  }
  const verdicts: Verdicts = { promtool: versions.join(', else '), exitCodes };
  writeFileSync(RECORDED, `${JSON.stringify(verdicts, null, 2)}\n`);
  console.log(
    `recorded ${Object.keys(exitCodes).length} verdicts of promtool ${verdicts.promtool}, ${without} without`,
  );
}

/** Each `parsers/<case>` holds metrics and whether a parser must take them. */
function openMetricsCases(): { readonly path: string; readonly accept: boolean }[] {
  const folder = join(INPUTS, 'otlp/openmetrics/testdata/parsers');
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const { file, shouldParse } = JSON.parse(readFileSync(join(folder, name, 'test.json'), 'utf8')) as {
        readonly file: string;
        readonly shouldParse: boolean;
      };
      return { path: join(folder, name, file), accept: shouldParse };
    });
}

async function main(args: readonly string[]): Promise<number> {
  if (!hasInputs(INPUTS)) return NOT_RUN;
  if (args[0] === '--record' && args[1] !== undefined) {
    record(args.slice(1));
    return 0;
  }
  const verbose = args.includes('--verbose');
  const { promtool, exitCodes } = JSON.parse(readFileSync(RECORDED, 'utf8')) as Verdicts;
  const counts = new Map<string, { passed: number; all: number }>();
  const count = (kind: string, passed: boolean): void => {
    const entry = counts.get(kind) ?? { passed: 0, all: 0 };
    counts.set(kind, { passed: entry.passed + (passed ? 1 : 0), all: entry.all + 1 });
  };
  for (const { name, args: what, input } of promtoolCases()) {
    const recorded = exitCodes[name];
    const expected = recorded ?? (name.endsWith('.bad.yml') ? 1 : 0);
    // Known only as good or bad in itself: files that it names need not be there.
    const { code, said } = await run(recorded === undefined ? [...what, '--syntax-only'] : what, input);
    const passed = code === expected;
    count(name.split('/').slice(0, 2).join('/'), passed);
    if (passed) continue;
    console.log(`${name}: exit code ${code}, expected ${expected}`);
    if (verbose) console.log(`    ${said}`);
  }
  for (const { path, accept } of openMetricsCases()) {
    const { code, said } = await run(['check', 'metrics', '--format=openmetrics', '--lint=all'], path);
    const passed = (code !== 1) === accept;
    count('metrics otlp/openmetrics', passed);
    if (!passed) console.log(`${relative(INPUTS, path)}: must ${accept ? '' : 'not '}parse\n    ${said}`);
  }
  for (const [kind, { passed, all }] of counts) console.log(`${kind.padEnd(44)} ${passed} of ${all}`);
  const passed = [...counts.values()].reduce((sum, entry) => sum + entry.passed, 0);
  const all = [...counts.values()].reduce((sum, entry) => sum + entry.all, 0);
  console.log(`\nbeside promtool ${promtool}: ${passed} passed, ${all - passed} failed`);
  return passed === all ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
