import { RE2JS, RE2JSSyntaxException } from 're2js';
import { MAX_OUTPUT } from './function_type.ts';
import { TemplateError } from './value.ts';

type Match = ReturnType<RE2JS['matcher']>;

/** Patterns of templates, compiled once: a template calls with the same text for every record. */
const patterns = new Map<string, RE2JS>();
const MAX_PATTERNS = 1_000;
const MAX_PATTERN_LENGTH = 16 * 1024;

/** @throws TemplateError as Go words it: `error parsing regexp: …` */
export function templatePattern(source: string): RE2JS {
  const known = patterns.get(source);
  if (known !== undefined) return known;
  if (source.length > MAX_PATTERN_LENGTH)
    throw new TemplateError(`regular expression longer than ${MAX_PATTERN_LENGTH}`);
  try {
    const pattern = RE2JS.compile(source);
    if (patterns.size >= MAX_PATTERNS) patterns.clear();
    patterns.set(source, pattern);
    return pattern;
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    throw new TemplateError(`error parsing regexp: ${error.message.replace(/^error parsing regexp: /, '')}`);
  }
}

/** Go's Regexp.ReplaceAllString; with `literal` nothing in the replacement is a reference. */
export function replaceMatches(source: string, value: string, replacement: string, literal = false): string {
  const pattern = templatePattern(source);
  const matcher = pattern.matcher(value);
  let out = '';
  let at = 0;
  while (matcher.find()) {
    out += value.slice(at, matcher.start()) + (literal ? replacement : expandReferences(replacement, pattern, matcher));
    at = matcher.end();
    if (out.length > MAX_OUTPUT) throw new TemplateError(`result longer than ${MAX_OUTPUT} characters`);
  }
  return out + value.slice(at);
}

/** What a replacement refers to: `$name`, `${name}` or `$$`; a name is as long as letters, digits and `_` go. */
const REFERENCE = /\$(?:\$|\{(\w+)\}|(\w+))/g;

/** A replacement with its references filled from the current match, as Go's Regexp.Expand fills them: unknown ones empty. */
export function expandReferences(replacement: string, pattern: RE2JS, matcher: Match): string {
  if (!replacement.includes('$')) return replacement;
  const names = pattern.namedGroups();
  return replacement.replace(REFERENCE, (all, braced?: string, word?: string) => {
    if (all === '$$') return '$';
    const name = braced ?? word ?? '';
    const index = /^\d+$/.test(name) ? Number(name) : Object.hasOwn(names, name) ? names[name] : undefined;
    return index === undefined || index > matcher.groupCount() ? '' : (matcher.group(index) ?? '');
  });
}
