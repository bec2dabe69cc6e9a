/**
 * Runs Tempo's list of valid and invalid TraceQL (../shared/conformance/traceql/tempo/test_examples.yaml): valid queries
 * must parse, invalid ones must be refused as such. `--verbose` shows every failure. Ends with `N passed, M failed`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { parse, TraceqlParseError, TraceqlUnsupportedError } from '@trilith/lang/traceql';
import { parse as parseYaml } from 'yaml';

const FILE = new URL('../../../../shared/conformance/traceql/tempo/test_examples.yaml', import.meta.url);

function listOf(document: unknown, name: string): string[] {
  if (typeof document !== 'object' || document === null || !Object.hasOwn(document, name)) return [];
  const list: unknown = Object.getOwnPropertyDescriptor(document, name)?.value;
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

/** Why a query's verdict is not the expected one, or undefined. */
function verdict(query: string, valid: boolean): string | undefined {
  try {
    parse(query);
    return valid ? undefined : 'accepted, but upstream refuses it';
  } catch (error) {
    if (error instanceof TraceqlUnsupportedError)
      return `not supported yet: ${error.message.replace(/ is not supported.*/, '')}`;
    if (!(error instanceof TraceqlParseError)) throw error;
    return valid ? `refused: ${error.message}` : undefined;
  }
}

function main(): void {
  if (!existsSync(FILE)) {
    console.log('upstream inputs are not here (../shared/conformance/traceql): nothing to run');
    console.log('0 passed, 0 failed');
    return;
  }
  const verbose = process.argv.includes('--verbose');
  const document: unknown = parseYaml(readFileSync(FILE, 'utf8'));
  let passed = 0;
  let failed = 0;
  const reasons = new Map<string, number>();
  for (const [name, valid] of [
    ['valid', true],
    ['parse_fails', false],
    ['validate_fails', false],
  ] as const) {
    const before = passed;
    const queries = listOf(document, name);
    for (const query of queries) {
      const reason = verdict(query, valid);
      if (reason === undefined) {
        passed++;
        continue;
      }
      failed++;
      const kind = reason.replace(/at line.*: /, '').slice(0, 70);
      reasons.set(kind, (reasons.get(kind) ?? 0) + 1);
      if (verbose) console.log(`${name}: ${query}\n    ${reason}`);
    }
    console.log(`${name.padEnd(16)} ${String(passed - before).padStart(4)} of ${queries.length}`);
  }
  console.log('\nfailed, by reason:');
  for (const [reason, count] of [...reasons].sort(([, a], [, b]) => b - a))
    console.log(`${String(count).padStart(5)} ${reason}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

main();
