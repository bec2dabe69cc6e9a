import type { Matcher } from '../../model/labels.ts';
import { parseClassic, parseClassicMatcher } from './classic.ts';
import { compileMatcher, type LabelMatcher, MatcherError } from './matcher.ts';
import { parseUtf8 } from './utf8.ts';

/**
 * Both syntaxes, as upstream's fallback mode does (matcher/compat): what only the classic parser reads, and what the two
 * read differently, means what it meant before UTF-8 names; what neither reads is refused in the classic parser's words.
 */
function either(utf8: () => Matcher[], classic: () => Matcher[]): Matcher[] {
  const [strict, forgiving] = [attempt(utf8), attempt(classic)];
  if (strict instanceof MatcherError) {
    if (forgiving instanceof MatcherError) throw forgiving;
    return forgiving;
  }
  if (forgiving instanceof MatcherError || same(strict, forgiving)) return strict;
  return forgiving;
}

function attempt(parse: () => Matcher[]): Matcher[] | MatcherError {
  try {
    const found = parse();
    for (const matcher of found) compileMatcher(matcher);
    return found;
  } catch (error) {
    if (error instanceof MatcherError) return error;
    throw error;
  }
}

function same(a: readonly Matcher[], b: readonly Matcher[]): boolean {
  const text = (matchers: readonly Matcher[]): string =>
    JSON.stringify(matchers.map(({ name, operator, value }) => [name, operator, value]));
  return text(a) === text(b);
}

/** None, one or several matchers, in braces or not. Throws MatcherError. */
export function parseMatchers(input: string): LabelMatcher[] {
  return either(
    () => parseUtf8(input),
    () => parseClassic(input),
  ).map(compileMatcher);
}

/** Exactly one matcher, without braces. Throws MatcherError. */
export function parseMatcher(input: string): LabelMatcher {
  if (input.startsWith('{') || input.endsWith('}')) throw new MatcherError(`unexpected open or close brace: ${input}`);
  const [matcher] = either(
    () => one(parseUtf8(input)),
    () => [parseClassicMatcher(input)],
  );
  if (matcher === undefined) throw new MatcherError('no matchers');
  return compileMatcher(matcher);
}

function one(matchers: Matcher[]): Matcher[] {
  if (matchers.length === 1) return matchers;
  throw new MatcherError(matchers.length === 0 ? 'no matchers' : `expected 1 matcher, found ${matchers.length}`);
}

/** A label name as upstream takes it since UTF-8 names: anything but nothing. */
export function isLabelName(name: string): boolean {
  return name !== '' && name.isWellFormed();
}
