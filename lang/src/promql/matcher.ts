import { RE2JS, RE2JSException } from 're2js';
import type { LabelMatcher } from './ast.ts';

/** A matcher ready to be asked, or why its pattern does not compile. */
export interface CompiledMatcher {
  readonly matches: (value: string) => boolean;
  readonly error?: string;
}

/** Compiles a matcher; patterns are RE2, anchored at both ends, and the dot matches line breaks (as upstream's). */
export function compileMatcher(matcher: LabelMatcher): CompiledMatcher {
  const { operator, value } = matcher;
  if (operator === '=') return { matches: (candidate) => candidate === value };
  if (operator === '!=') return { matches: (candidate) => candidate !== value };
  try {
    const pattern = RE2JS.compile(value, RE2JS.DOTALL);
    return operator === '=~'
      ? { matches: (candidate) => pattern.testExact(candidate) }
      : { matches: (candidate) => !pattern.testExact(candidate) };
  } catch (error) {
    if (error instanceof RE2JSException) return { matches: () => false, error: error.message.replace('`(?s)', '`') };
    throw error;
  }
}
