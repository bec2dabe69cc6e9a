import { writeFileSync } from 'node:fs';
import { runTestFile, type TestedFile } from '../rules/index.ts';
import { CommandError } from './http.ts';

const USAGE = `usage: trilith test rules [--run=PATTERN]… [--diff] [--debug] [--junit=FILE] [--ignore-unknown-fields] [--enable-feature=NAME,…] FILE…

Runs unit tests of rules: files as promtool test rules takes them (docs/alerting.md). Ends with 0 when all pass, else with 1.

  --run=PATTERN            only tests whose name matches (RE2); may be given several times
  --diff                   show differences instead of what is expected and what came
  --debug                  say what runs, and show all data at the end of each test
  --junit=FILE             also write the results as JUnit XML
  --ignore-unknown-fields  pass over keys of rule files that are not known
  --enable-feature=NAME,…  promql-experimental-functions, promql-extended-range-selectors, promql-duration-expr,
                           promql-binop-fill-modifiers, promql-delayed-name-removal`;

interface TestArguments {
  readonly files: readonly string[];
  readonly run: readonly string[];
  readonly features: ReadonlySet<string>;
  readonly flags: ReadonlySet<string>;
  readonly junit: string | undefined;
}

const SWITCHES = ['diff', 'debug', 'ignore-unknown-fields'];
const WITH_VALUE = ['run', 'junit', 'enable-feature'];

function parseArguments(args: readonly string[]): TestArguments {
  const files: string[] = [];
  const values = new Map<string, string[]>();
  const flags = new Set<string>();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    const match = /^--([a-z-]+)(?:=(.*))?$/s.exec(arg);
    if (match === null) {
      files.push(arg);
      continue;
    }
    const [, name = '', inline] = match;
    if (SWITCHES.includes(name) && inline === undefined) flags.add(name);
    else if (WITH_VALUE.includes(name)) {
      const value = inline ?? args[++i];
      if (value === undefined) throw new CommandError(`--${name} needs a value\n${USAGE}`);
      values.set(name, [...(values.get(name) ?? []), value]);
    } else throw new CommandError(`unknown flag ${arg}\n${USAGE}`);
  }
  return {
    files,
    flags,
    run: values.get('run') ?? [],
    features: new Set(values.get('enable-feature')?.flatMap((list) => list.split(','))),
    junit: values.get('junit')?.at(-1),
  };
}

/** Where `trilith test` writes. */
export interface TestOutput {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

/** `trilith test rules`: promtool's verdicts, exit codes and words. Throws CommandError for wrong usage. */
export async function testCommand(args: readonly string[], { out, err }: TestOutput): Promise<number> {
  const [what, ...rest] = args;
  if (what === '--help' || rest.includes('--help')) {
    out(USAGE);
    return 0;
  }
  const { files, flags, run, features, junit } = parseArguments(rest);
  if (what !== 'rules' || files.length === 0) throw new CommandError(USAGE);
  const tested: TestedFile[] = [];
  for (const path of files) {
    const file = await runTestFile(path, {
      run,
      diff: flags.has('diff'),
      ignoreUnknownFields: flags.has('ignore-unknown-fields'),
      features: {
        experimentalFunctions: features.has('promql-experimental-functions'),
        extendedRangeSelectors: features.has('promql-extended-range-selectors'),
        durationExpressions: features.has('promql-duration-expr'),
        fillModifiers: features.has('promql-binop-fill-modifiers'),
        delayedNameRemoval: features.has('promql-delayed-name-removal'),
      },
      warn: err,
      ...(flags.has('debug') ? { debug: err } : {}),
    });
    tested.push(file);
    const failures = failuresOf(file);
    if (failures.length === 0) out('  SUCCESS');
    else {
      err('  FAILED:');
      for (const failure of failures) err(`${failure}\n`);
    }
    out('');
  }
  if (junit !== undefined) writeFileSync(junit, junitXml(tested, new Date()));
  return tested.every((file) => failuresOf(file).length === 0) ? 0 : 1;
}

function failuresOf({ error, tests }: TestedFile): readonly string[] {
  return error === '' ? tests.flatMap(({ failures }) => failures) : [error];
}

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&#34;')
    .replaceAll('\n', '&#xA;');

/** Results in the form of JUnit (upstream's util/junitxml). */
function junitXml(files: readonly TestedFile[], now: Date): string {
  const suites = files.map(({ path, tests, error }) => {
    const cases = tests.map(({ name, failures }) => {
      const said = failures.map((failure) => `<failure>${escaped(failure)}</failure>`).join('');
      return `<testcase name="${escaped(name)}">${said}</testcase>`;
    });
    if (error !== '') cases.push(`<testcase name="unknown"><error>${escaped(error)}</error></testcase>`);
    const failed = tests.reduce((sum, { failures }) => sum + failures.length, 0);
    const figures = `tests="${cases.length}" failures="${failed}" errors="${error === '' ? 0 : 1}" skipped="0"`;
    return `<testsuite name="${escaped(path)}" ${figures} timestamp="${now.toISOString().slice(0, 19)}">${cases.join('')}</testsuite>`;
  });
  return `<testsuites>${suites.join('')}</testsuites>`;
}
