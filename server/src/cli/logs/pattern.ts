import { RE2JS } from 're2js';
import { CommandError } from '../http.ts';

/** A pattern as the server understands patterns (RE2). @throws CommandError */
export function compilePattern(flag: string, text: string): RE2JS {
  try {
    return RE2JS.compile(text);
  } catch (error) {
    throw new CommandError(`${flag} ${JSON.stringify(text)}: ${(error as Error).message}`, { cause: error });
  }
}

/** A text with every match passed through `paint`. */
export function replaceMatches(text: string, pattern: RE2JS, paint: (found: string) => string): string {
  const matcher = pattern.matcher(text);
  let done = '';
  let end = 0;
  while (matcher.find()) {
    if (matcher.end() === matcher.start()) continue;
    done += text.slice(end, matcher.start()) + paint(text.slice(matcher.start(), matcher.end()));
    end = matcher.end();
  }
  return done + text.slice(end);
}
