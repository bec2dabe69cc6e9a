import { readFileSync } from 'node:fs';
import { parse, TraceqlError } from '@trilith/lang/traceql';
import { parse as parseYaml } from 'yaml';
import { commandLine } from '../command_line.ts';
import { hasInputs } from '../upstream_inputs.ts';

const FILE = new URL('../../../../shared/conformance/traceql/tempo/test_examples.yaml', import.meta.url);

function listOf(document: unknown, name: string): string[] {
  if (typeof document !== 'object' || document === null || !Object.hasOwn(document, name)) return [];
  const list: unknown = Object.getOwnPropertyDescriptor(document, name)?.value;
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

/** The lists of the file, and the error that their queries must be refused with. */
const LISTS: readonly (readonly [name: string, refusal: string | undefined])[] = [
  ['valid', undefined],
  ['parse_fails', 'TraceqlParseError'],
  ['validate_fails', 'TraceqlCheckError'],
  ['unsupported', 'TraceqlUnsupportedError'],
];

/** Why a query's verdict is not the expected one, or undefined. */
function verdict(query: string, refusal: string | undefined): string | undefined {
  try {
    parse(query);
    return refusal === undefined ? undefined : 'accepted, but upstream refuses it';
  } catch (error) {
    if (!(error instanceof TraceqlError)) throw error;
    return error.name === refusal ? undefined : `${error.name}: ${error.message}`;
  }
}

function main(): void {
  const { verbose } = commandLine(
    'npm run conformance:traceql',
    `Runs Tempo's list of valid and invalid TraceQL (../shared/conformance/traceql/tempo/test_examples.yaml): valid queries
must parse, others be refused for the same class of reason: no TraceQL, no sense, not supported.`,
    { verbose: { default: false, about: 'show every failure' } },
  );
  if (!hasInputs(FILE)) return;
  const document: unknown = parseYaml(readFileSync(FILE, 'utf8'));
  let passed = 0;
  let failed = 0;
  const reasons = new Map<string, number>();
  for (const [name, refusal] of LISTS) {
    const before = passed;
    const queries = listOf(document, name);
    for (const query of queries) {
      const reason = verdict(query, refusal);
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
