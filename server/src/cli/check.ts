import { readFileSync } from 'node:fs';
import { checkConfig, checkExposition, looksLikeOpenMetrics } from '../receive/scrape/index.ts';
import { duplicateRules, parseRuleFile, type RuleProblem } from '../rules/index.ts';
import { ALERTMANAGER_USAGE, checkAlertmanager } from './check_alertmanager.ts';
import { checkMasking, MASKING_USAGE } from './check_masking.ts';
import { checkRunbooks, RUNBOOKS_FLAGS, RUNBOOKS_USAGE } from './check_runbooks.ts';
import type { CheckSurroundings } from './check_surroundings.ts';
import { CommandError } from './http.ts';

/** `trilith check config|rules|metrics`: promtool's verdicts, exit codes and words (cmd/promtool/main.go). */
const FAILED = 1;
const LINT = 3;
const USAGE = `usage: trilith check config [--syntax-only] [--agent] [--lint=all|none|duplicate-rules|too-long-scrape-interval] [--lint-fatal] FILE…
       trilith check rules [--logql] [--lint=all|none|duplicate-rules] [--lint-fatal] [--ignore-unknown-fields] [--enable-feature=NAME,…] [FILE…]
       trilith check metrics [--format=text|openmetrics] [--extended] [--lint=all|none]   (metrics on standard input)
       ${ALERTMANAGER_USAGE}
       ${RUNBOOKS_USAGE}
       ${MASKING_USAGE}`;
/** Samples older than this are stale: a longer interval leaves gaps. */
const LOOKBACK_MS = 300_000;

interface Arguments {
  readonly files: readonly string[];
  readonly flags: ReadonlyMap<string, string>;
}

function parseArguments(args: readonly string[], known: readonly string[]): Arguments {
  const flags = new Map<string, string>();
  const files: string[] = [];
  for (const arg of args) {
    const match = /^--([a-z-]+)(?:=(.*))?$/.exec(arg);
    if (match === null) files.push(arg);
    else if (!known.includes(match[1] ?? '')) throw new CommandError(`unknown flag ${arg}\n${USAGE}`);
    else flags.set(match[1] ?? '', match[2] ?? 'true');
  }
  return { files, flags };
}

/** Runs the check and returns the exit code: 0 fine, 1 failed, 3 lint problems. Throws CommandError for wrong usage. */
export async function checkCommand(args: readonly string[], around: CheckSurroundings): Promise<number> {
  const [what, ...rest] = args;
  if (what === '--help' || what === '-h') {
    around.out(USAGE);
    return 0;
  }
  if (what === 'config') return configs(rest, around);
  if (what === 'rules') return rules(rest, around);
  if (what === 'metrics') return metrics(rest, around);
  if (what === 'alertmanager') return checkAlertmanager(parseArguments(rest, []).files, around);
  if (what === 'runbooks') {
    const { files, flags } = parseArguments(rest, RUNBOOKS_FLAGS);
    return checkRunbooks(files, flags, around);
  }
  if (what === 'masking') {
    const { files, flags } = parseArguments(rest, ['config', 'pattern', 'replacement', 'changed']);
    return checkMasking(files, flags, around);
  }
  throw new CommandError(USAGE);
}

/** The outcome of checking rule files: errors fail, lint problems fail when they are fatal. */
interface Verdict {
  failed: boolean;
  errors: boolean;
}

const exitCode = ({ failed, errors }: Verdict, fatal: boolean): number =>
  errors ? FAILED : failed && fatal ? LINT : 0;

interface RuleChecks {
  readonly language: 'promql' | 'logql';
  readonly duplicates: boolean;
  readonly ignoreUnknownFields: boolean;
  readonly features: readonly string[];
}

function ruleChecks({ flags }: Arguments): RuleChecks {
  const lints = (flags.get('lint') ?? 'duplicate-rules').split(',');
  return {
    language: flags.has('logql') ? 'logql' : 'promql',
    duplicates: lints.includes('all') || lints.includes('duplicate-rules'),
    ignoreUnknownFields: flags.get('ignore-unknown-fields') === 'true',
    features: (flags.get('enable-feature') ?? '').split(','),
  };
}

function checkRuleText(source: string, path: string, checks: RuleChecks, around: CheckSurroundings): Verdict {
  const has = (name: string): boolean => checks.features.includes(name);
  const { groups, problems, documents } = parseRuleFile(source, {
    language: checks.language,
    ignoreUnknownFields: checks.ignoreUnknownFields,
    promql: {
      experimentalFunctions: has('promql-experimental-functions'),
      durationExpressions: has('promql-duration-expr'),
      extendedRangeSelectors: has('promql-extended-range-selectors'),
      fillModifiers: has('promql-binop-fill-modifiers'),
    },
  });
  if (documents > 1) around.err(`  WARNING: ${path} holds ${documents} documents; only the first one is read`);
  if (problems.length > 0) {
    around.err('  FAILED:');
    for (const problem of problems) around.err(`${path}: ${said(problem)}`);
    return { failed: true, errors: true };
  }
  const duplicates = checks.duplicates ? duplicateRules(groups) : [];
  if (duplicates.length > 0) {
    around.err('  FAILED:');
    around.err(`lint error ${duplicates.length} duplicate rule(s) found.`);
    for (const { name, labels } of duplicates) {
      around.err(`Metric: ${name}\nLabel(s):`);
      for (const [label, value] of labels) around.err(`\t${label}: ${value}`);
    }
    around.err('Might cause inconsistency while recording expressions');
    return { failed: true, errors: false };
  }
  const count = groups.reduce((sum, group) => sum + group.rules.length, 0);
  around.out(`  SUCCESS: ${count} rules found`);
  return { failed: false, errors: false };
}

const said = ({ line, column, message }: RuleProblem): string => `${line}:${column}: ${message}`;

function checkRuleFiles(files: readonly string[], checks: RuleChecks, around: CheckSurroundings): Verdict {
  const verdict: Verdict = { failed: false, errors: false };
  for (const path of files) {
    around.out(`Checking ${path}`);
    let one: Verdict;
    try {
      one = checkRuleText(readFileSync(path, 'utf8'), path, checks, around);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      around.err(`  FAILED:\n${path}: ${error.message}`);
      one = { failed: true, errors: true };
    }
    around.out('');
    verdict.failed ||= one.failed;
    verdict.errors ||= one.errors;
  }
  return verdict;
}

const RULE_FLAGS = ['lint', 'lint-fatal', 'ignore-unknown-fields', 'enable-feature'];

function rules(args: readonly string[], around: CheckSurroundings): number {
  const given = parseArguments(args, [...RULE_FLAGS, 'logql']);
  const checks = ruleChecks(given);
  const fatal = given.flags.has('lint-fatal');
  if (given.files.length > 0) return exitCode(checkRuleFiles(given.files, checks, around), fatal);
  around.out('Checking standard input');
  const source = Buffer.from(around.stdin()).toString('utf8');
  return exitCode(checkRuleText(source, 'standard input', checks, around), fatal);
}

function configs(args: readonly string[], around: CheckSurroundings): number {
  const given = parseArguments(args, [...RULE_FLAGS, 'syntax-only', 'agent']);
  if (given.files.length === 0) throw new CommandError(USAGE);
  const options = { syntaxOnly: given.flags.has('syntax-only'), agent: given.flags.has('agent') };
  const lints = (given.flags.get('lint') ?? '').split(',');
  const verdict: Verdict = { failed: false, errors: false };
  for (const path of given.files) {
    around.out(`Checking ${path}`);
    const { error, ruleFiles, warnings, jobs } = checkConfig(path, options);
    for (const warning of warnings) around.out(`  WARNING: ${warning}`);
    if (error !== undefined) {
      around.err(`  FAILED: ${error}`);
      verdict.failed = verdict.errors = true;
    } else {
      if (ruleFiles.length > 0) around.out(`  SUCCESS: ${ruleFiles.length} rule files found`);
      around.out(` SUCCESS: ${path} is valid prometheus config file syntax`);
    }
    around.out('');
    if (options.syntaxOnly) continue;
    if (lints.includes('all') || lints.includes('too-long-scrape-interval')) {
      const slow = jobs.find(({ intervalMs }) => intervalMs >= LOOKBACK_MS);
      if (slow !== undefined) {
        const where = `job: ${slow.name}, interval: ${slow.intervalMs / 1000}s`;
        around.err(`  FAILED: too long scrape interval found, data point will be marked as stale - ${where}`);
        verdict.failed = true;
      }
    }
    const ruled = checkRuleFiles(ruleFiles, ruleChecks(given), around);
    verdict.failed ||= ruled.failed;
    verdict.errors ||= ruled.errors;
  }
  return exitCode(verdict, given.flags.has('lint-fatal'));
}

function metrics(args: readonly string[], around: CheckSurroundings): number {
  const { flags, files } = parseArguments(args, ['format', 'extended', 'lint']);
  if (files.length > 0) throw new CommandError(USAGE);
  const lint = flags.get('lint') !== 'none';
  const extended = flags.has('extended');
  if (!lint && !extended) throw new CommandError('at least one of --extended or linting must be enabled');
  const body = around.stdin();
  const written = flags.get('format') ?? 'text';
  if (written !== 'text' && written !== 'openmetrics') throw new CommandError(USAGE);
  const { error, problems, series } = checkExposition(body, written);
  if (error !== undefined) {
    around.err(`error while linting: ${error}`);
    if (written === 'text' && looksLikeOpenMetrics(body))
      around.err('these metrics end with # EOF: --format=openmetrics checks them as OpenMetrics');
    return FAILED;
  }
  if (lint) for (const { metric, text } of problems) around.err(`${metric} ${text}`);
  if (extended) {
    const total = series.reduce((sum, entry) => sum + entry.series, 0);
    const rows = series.map(({ name, series: count }) => [
      name,
      String(count),
      `${((count / total) * 100).toFixed(2)}%`,
    ]);
    const table = [['Metric', 'Cardinality', 'Percentage'], ...rows, ['Total', String(total), '100%']];
    const widths = [0, 1].map((column) => Math.max(...table.map((row) => (row[column] ?? '').length)) + 4);
    for (const [name = '', count = '', share = ''] of table)
      around.out(`${name.padEnd(widths[0] ?? 0)}${count.padEnd(widths[1] ?? 0)}${share}`);
  }
  return lint && problems.length > 0 ? LINT : 0;
}
