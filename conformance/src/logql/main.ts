import { readdirSync, readFileSync } from 'node:fs';
import { LogqlParseError, parse } from '@trilith/lang/logql';
import { commandLine } from '../command_line.ts';
import { hasInputs } from '../upstream_inputs.ts';
import { compare } from './compare.ts';
import { evaluateForScript } from './evaluate_script.ts';
import { type Command, parseScript } from './script.ts';
import { Streams } from './streams.ts';

const FOLDER = new URL('../../../../shared/conformance/logql/logqltest/', import.meta.url);

type Eval = Extract<Command, { kind: 'eval' }>;

/** Runs one evaluation; the reason it does not hold, or undefined. */
async function run(command: Eval, streams: Streams): Promise<string | undefined> {
  const { expectation } = command;
  let failure: Error;
  try {
    const expr = parse(command.query);
    const answer = await evaluateForScript(expr, command, streams);
    if (expectation.kind === 'fail') return `should have failed with ${expectation.text || 'any error'}`;
    return compare(answer, expectation);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    failure = error;
  }
  if (expectation.kind !== 'fail') return `${failure.name}: ${failure.message.split('\n')[0]}`;
  if (/not supported yet/.test(failure.message)) return failure.message;
  if (!(failure instanceof LogqlParseError) && failure.name !== 'LogqlError') return `crashed: ${failure.stack}`;
  const { how, text } = expectation;
  const holds =
    how === 'any' || (how === 'msg' ? failure.message.includes(text) : new RegExp(text).test(failure.message));
  return holds ? undefined : `failed with "${failure.message.split('\n')[0]}" instead of "${text}"`;
}

async function main(): Promise<void> {
  const { verbose } = commandLine(
    'npm run conformance:logql',
    `Runs Loki's own evaluation scripts (../shared/conformance/logql/logqltest) through our evaluator over records in memory.
Exit status 1 when anything fails, 2 when the scripts are not there.`,
    { verbose: { default: false, about: 'show every failure' } },
  );
  if (!hasInputs(FOLDER)) return;
  let passed = 0;
  let failed = 0;
  const reasons = new Map<string, number>();
  for (const file of readdirSync(FOLDER)
    .filter((name) => name.endsWith('.logqltest'))
    .sort()) {
    const streams = new Streams();
    const before = { passed, failed };
    for (const command of parseScript(readFileSync(new URL(file, FOLDER), 'utf8'))) {
      if (command.kind === 'clear') streams.clear();
      else if (command.kind === 'load') streams.load(command.entries);
      else {
        const reason = await run(command, streams);
        if (reason === undefined) {
          passed++;
          continue;
        }
        failed++;
        const kind = reason
          .replace(/\{\{.*\}\}/, '{{…}}')
          .replace(/\d+/g, 'n')
          .slice(0, 60);
        reasons.set(kind, (reasons.get(kind) ?? 0) + 1);
        if (verbose) console.log(`${file}:${command.line} ${command.query}\n    ${reason}`);
      }
    }
    const ofFile = passed - before.passed;
    console.log(`${file.padEnd(34)} ${String(ofFile).padStart(4)} of ${ofFile + failed - before.failed}`);
  }
  console.log('\nfailed, by reason:');
  for (const [reason, count] of [...reasons].sort(([, a], [, b]) => b - a))
    console.log(`${String(count).padStart(5)} ${reason}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

await main();
