import { readFileSync } from 'node:fs';
import { MaskingRuleError, maskerOf, TEST_RULE } from '../ingest/index.ts';
import type { CheckSurroundings } from './check_surroundings.ts';
import { CommandError } from './http.ts';

export const MASKING_USAGE =
  'trilith check masking [--config=FILE] [--pattern=RE2 [--replacement=TEXT]] [--changed] [FILE…]   (lines on standard input)';

/**
 * `trilith check masking`: prints lines as they would be stored, and how often each rule was used. A pattern of one's own
 * is tried besides the rules of the configuration. Returns the exit code. Throws CommandError.
 */
export function checkMasking(
  files: readonly string[],
  flags: ReadonlyMap<string, string>,
  around: CheckSurroundings,
): number {
  const settings = around.masking(flags.get('config'));
  const pattern = flags.get('pattern');
  const own =
    pattern === undefined ? [] : [{ name: TEST_RULE, pattern, replacement: flags.get('replacement') ?? '***' }];
  let masker: ReturnType<typeof maskerOf>;
  try {
    masker = maskerOf({ ...settings, patterns: [...settings.patterns, ...own] });
  } catch (error) {
    if (error instanceof MaskingRuleError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
  const counts = new Map<string, number>();
  let lines = 0;
  let changed = 0;
  for (const text of textsOf(files, around)) {
    for (const line of text.replace(/\n$/, '').split('\n')) {
      lines++;
      const masked = masker?.text(line, (rule) => counts.set(rule, (counts.get(rule) ?? 0) + 1)) ?? line;
      if (masked !== line) changed++;
      if (masked !== line || !flags.has('changed')) around.out(masked);
    }
  }
  around.err(`${changed} of ${lines} lines changed`);
  for (const [rule, count] of [...counts].sort(([, a], [, b]) => b - a)) around.err(`  ${rule}: ${count}`);
  return 0;
}

function textsOf(files: readonly string[], around: CheckSurroundings): string[] {
  if (files.length === 0) return [Buffer.from(around.stdin()).toString('utf8')];
  return files.map((path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw new CommandError(`${path}: ${(error as Error).message}`, { cause: error });
    }
  });
}
