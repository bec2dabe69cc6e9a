import type { LineFilterStage } from '@trilith/lang/logql';
import { ipMatch, lineHasAddress } from './ip.ts';
import { matchesPattern, parseFilterPattern } from './line_pattern.ts';
import { LogqlError } from './query_error.ts';
import { found, searchPattern } from './regex.ts';

export type LineTest = (line: string) => boolean;

/** A line filter as a predicate; `or` alternatives share the operator, and a negative one drops lines matching any. */
export function compileLineFilter(stage: LineFilterStage): LineTest {
  const positive = stage.operator.startsWith('|');
  const tests = stage.needles.map((needle) => {
    if (needle.ip) {
      if (stage.operator !== '|=' && stage.operator !== '!=')
        throw new LogqlError('execution', 'ip: invalid operation');
      const match = ipMatch(needle.value);
      return (line: string) => lineHasAddress(line, match);
    }
    return compileNeedle(stage.operator, needle.value);
  });
  const [only] = tests;
  if (only !== undefined && tests.length === 1) return positive ? only : (line) => !only(line);
  return (line) => tests.some((test) => test(line)) === positive;
}

function compileNeedle(operator: LineFilterStage['operator'], value: string): LineTest {
  switch (operator) {
    case '|=':
    case '!=':
      return (line) => line.includes(value);
    case '|~':
    case '!~': {
      const pattern = searchPattern(value);
      return (line) => found(pattern, line);
    }
    case '|>':
    case '!>': {
      const pattern = parseFilterPattern(value);
      return (line) => matchesPattern(pattern, line);
    }
  }
}
