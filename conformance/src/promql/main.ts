import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ALL_FEATURES, PromqlParseError, parse } from '@trilith/lang/promql';
import { commandLine } from '../command_line.ts';
import { hasInputs } from '../upstream_inputs.ts';
import { type Outcome, runScript } from './run.ts';
import { parseScript } from './script.ts';

async function main(): Promise<void> {
  const { verbose, only } = commandLine(
    'npm run conformance:promql',
    'Runs every statement of the upstream PromQL scripts (../shared/conformance/promql) and prints what passed.',
    {
      verbose: { default: false, about: 'list every failure' },
      only: { default: '', about: 'run files with this in their name' },
    },
  );
  const folder = resolve(import.meta.dirname, '../../../../shared/conformance/promql/promqltest/testdata');
  if (!hasInputs(folder)) return;
  const all: (Outcome & { readonly file: string })[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.test') || !file.includes(only)) continue;
    const outcomes = await runScript(parseScript(readFileSync(join(folder, file), 'utf8')));
    const passed = outcomes.filter(({ failure }) => failure === undefined).length;
    console.log(`${file.padEnd(28)} ${String(passed).padStart(4)} of ${outcomes.length}`);
    for (const outcome of outcomes) all.push({ ...outcome, file });
  }
  report(all, verbose);
}

function report(all: readonly (Outcome & { readonly file: string })[], verbose: boolean): void {
  const failed = all.filter(({ failure }) => failure !== undefined);
  const reasons = new Map<string, number>();
  for (const { failure } of failed) {
    const reason = reasonOf(failure ?? '');
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  if (failed.length > 0) console.log('\nfailed, by reason:');
  for (const [reason, count] of [...reasons].sort(([, a], [, b]) => b - a))
    console.log(`${String(count).padStart(6)}  ${reason}`);
  if (verbose)
    for (const { file, evaluation, failure } of failed)
      console.log(`${file}:${evaluation.line}: ${evaluation.query}\n    ${failure}`);
  const parsed = all.filter(({ evaluation }) => parses(evaluation.query)).length;
  console.log(`\n${parsed} of ${all.length} expressions parse`);
  console.log(`${all.length - failed.length} passed, ${failed.length} failed`);
  if (failed.length > 0) process.exitCode = 1;
}

function reasonOf(failure: string): string {
  const unsupported = /(function|aggregation|operator) "[^"]+"/.exec(failure);
  if (failure.includes('not supported yet')) return `${unsupported?.[0] ?? 'a construct'} is not supported yet`;
  if (failure.includes('native histogram')) return 'native histograms';
  if (/^crashed/.test(failure)) return 'crashed';
  if (/(warn|info)\b/.test(failure.slice(0, 20))) return 'annotation differs';
  if (/^failed|error/.test(failure)) return 'error differs';
  return 'result differs';
}

function parses(query: string): boolean {
  try {
    parse(query, ALL_FEATURES);
    return true;
  } catch (error) {
    if (error instanceof PromqlParseError) return false;
    throw error;
  }
}

await main();
