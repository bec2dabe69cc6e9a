import { RE2JS, RE2JSSyntaxException } from 're2js';
import { LogqlError } from './query_error.ts';

const MAX_PATTERN_LENGTH = 16 * 1024;

/** A compiled RE2 pattern; user-supplied patterns never reach RegExp. */
export type Pattern = RE2JS;

function compile(pattern: string, flags: number): Pattern {
  if (pattern.length > MAX_PATTERN_LENGTH)
    throw new LogqlError('limit', `regular expression longer than ${MAX_PATTERN_LENGTH}`);
  try {
    return RE2JS.compile(pattern, flags);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    throw new LogqlError('execution', `error parsing regexp: ${error.message.replace(/^error parsing regexp: /, '')}`);
  }
}

/** A pattern searched for anywhere (line filters, the regexp parser). @throws LogqlError with the reason alone */
export function searchPattern(pattern: string): Pattern {
  return compile(pattern, 0);
}

/** A pattern anchored at both ends, `.` matching newlines (label matchers, as in Prometheus). @throws LogqlError, a parse error */
export function anchoredPattern(pattern: string): Pattern {
  try {
    compile(pattern, 0);
    return compile(`^(?s:${pattern})$`, 0);
  } catch (error) {
    if (error instanceof LogqlError)
      throw new LogqlError(error.kind, `parse error : ${error.message}`, { cause: error });
    throw error;
  }
}

/** Whether the pattern occurs in the text. */
export function found(pattern: Pattern, text: string): boolean {
  return pattern.matcher(text).find();
}

const META = /[\\.+*?()|[\]{}^$]/;

/** The literals of a pattern that is only literals joined by `|`, else undefined. */
export function literalAlternatives(pattern: string): string[] | undefined {
  const parts = pattern.split('|');
  return parts.some((part) => META.test(part)) ? undefined : parts;
}
