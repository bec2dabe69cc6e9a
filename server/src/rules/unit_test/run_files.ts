import { globSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { RE2JS } from 're2js';
import type { GroupDefinition } from '../definition.ts';
import { groupDefinition } from '../load.ts';
import { parseRuleFile } from '../rule_file.ts';
import { runTest } from './run_test.ts';
import { parseTestFile, type TestGroup, type UnitTestFile } from './test_file.ts';
import type { TestFeatures } from './test_memory.ts';

export interface TestOptions {
  /** Patterns (RE2); only tests whose name one of them matches are run. Empty: all. */
  readonly run: readonly string[];
  readonly diff: boolean;
  readonly ignoreUnknownFields: boolean;
  readonly features: TestFeatures;
  /** Told of globs without files. */
  readonly warn: (message: string) => void;
  /** Set for `--debug`. */
  readonly debug?: (message: string) => void;
}

export interface TestedFile {
  readonly path: string;
  /** The tests that were run. */
  readonly tests: readonly { readonly name: string; readonly failures: readonly string[] }[];
  /** Why none was run; empty when the file could be read. */
  readonly error: string;
}

/** Runs the tests of a file. Never rejects for what is wrong with files. */
export async function runTestFile(path: string, options: TestOptions): Promise<TestedFile> {
  let file: UnitTestFile;
  let chosen: RE2JS | undefined;
  try {
    if (options.run.length > 0) chosen = RE2JS.compile(options.run.join('|'));
    file = parseTestFile(readFileSync(path, 'utf8'));
  } catch (error) {
    return { path, tests: [], error: error instanceof Error ? error.message : String(error) };
  }
  const ruleFiles = ruleFilesOf(path, file, options.warn);
  const tests: { readonly name: string; readonly failures: readonly string[] }[] = [];
  for (const [i, test] of file.tests.entries()) {
    if (chosen !== undefined && !chosen.matcher(test.name).find()) continue;
    const name = test.name === '' ? `unnamed#${i}` : test.name;
    const started = performance.now();
    options.debug?.(`DEBUG: Starting test ${name}`);
    tests.push({ name, failures: await runOne(test, file, ruleFiles, options) });
    options.debug?.(`DEBUG: Test ${name} finished, took ${(performance.now() - started).toFixed(1)}ms`);
  }
  return { path, tests, error: '' };
}

function ruleFilesOf(path: string, file: UnitTestFile, warn: (message: string) => void): string[] {
  return file.ruleFiles.flatMap((pattern) => {
    const whole = pattern === '' || isAbsolute(pattern) ? pattern : join(dirname(path), pattern);
    const found = globSync(whole).sort();
    if (found.length === 0) warn(`  WARNING: no file match pattern ${whole}`);
    return found;
  });
}

async function runOne(
  test: TestGroup,
  file: UnitTestFile,
  ruleFiles: readonly string[],
  options: TestOptions,
): Promise<readonly string[]> {
  const { groups, errors } = loadGroups(ruleFiles, test, options);
  if (errors.length > 0) return errors;
  const place = new Map(file.groupOrder.map((name, i) => [name, i]));
  return runTest(test, {
    groups: groups.sort((a, b) => (place.get(a.name) ?? 0) - (place.get(b.name) ?? 0)),
    evaluationIntervalMs: file.evaluationIntervalMs,
    features: options.features,
    fuzzyCompare: file.fuzzyCompare,
    diff: options.diff,
    ...(options.debug === undefined ? {} : { dump: (text: string) => options.debug?.(`DEBUG: ${text}`) }),
  });
}

function loadGroups(
  ruleFiles: readonly string[],
  test: TestGroup,
  { ignoreUnknownFields, features }: TestOptions,
): { readonly groups: GroupDefinition[]; readonly errors: readonly string[] } {
  const groups: GroupDefinition[] = [];
  const errors: string[] = [];
  const { delayedNameRemoval: _, ...promql } = features;
  for (const path of ruleFiles) {
    try {
      const parsed = parseRuleFile(readFileSync(path, 'utf8'), { ignoreUnknownFields, promql });
      errors.push(...parsed.problems.map(({ line, column, message }) => `${path}: ${line}:${column}: ${message}`));
      if (parsed.problems.length > 0) continue;
      const filled = { intervalMs: test.intervalMs, queryOffsetMs: 0, promql };
      groups.push(...parsed.groups.map((group) => groupDefinition(group, path, 'promql', filled)));
    } catch (error) {
      errors.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { groups, errors };
}
