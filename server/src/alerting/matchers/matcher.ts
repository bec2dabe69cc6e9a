import { RE2JS, RE2JSException } from 're2js';
import { type Labels, labelValue, type Matcher } from '../../model/labels.ts';

/** A matcher that is ready to be asked. */
export interface LabelMatcher extends Matcher {
  readonly matches: (value: string) => boolean;
}

/** A matcher that cannot be read; the message is upstream's. */
export class MatcherError extends Error {
  override readonly name = 'MatcherError';
}

/** Values a pattern remembers its answer for. */
const REMEMBERED = 1024;

/** Compiles a matcher; patterns are RE2 and anchored at both ends. Throws MatcherError. */
export function compileMatcher({ name, operator, value }: Matcher): LabelMatcher {
  return { name, operator, value, matches: test(operator, value) };
}

function test(operator: Matcher['operator'], value: string): (value: string) => boolean {
  if (operator === '=') return (text) => text === value;
  if (operator === '!=') return (text) => text !== value;
  const found = remembering(pattern(value));
  return operator === '=~' ? found : (text) => !found(text);
}

function pattern(source: string): (value: string) => boolean {
  const bare = source.startsWith('^(?:') && source.endsWith(')$') ? source.slice(4, -2) : source;
  if (/^[\w :/@|-]*$/.test(bare)) {
    const values = new Set(bare.split('|'));
    return (value) => values.has(value);
  }
  try {
    const compiled = RE2JS.compile(source);
    return (value) => compiled.testExact(value);
  } catch (error) {
    if (error instanceof RE2JSException)
      throw new MatcherError(`error parsing regexp: ${error.message}`, { cause: error });
    throw error;
  }
}

function remembering(ask: (value: string) => boolean): (value: string) => boolean {
  const answers = new Map<string, boolean>();
  return (value) => {
    const known = answers.get(value);
    if (known !== undefined) return known;
    if (answers.size >= REMEMBERED) answers.clear();
    const answer = ask(value);
    answers.set(value, answer);
    return answer;
  };
}

/** Whether a label set meets every matcher. A label that is not there has the empty value. */
export function matchesAll(matchers: readonly LabelMatcher[], labels: Labels): boolean {
  return matchers.every(({ name, matches }) => matches(labelValue(labels, name)));
}

const OPERATORS: readonly Matcher['operator'][] = ['=', '!=', '=~', '!~'];

/** Upstream's order: by name, value, operator. It is part of a route's key. */
export function sortMatchers<M extends Matcher>(matchers: readonly M[]): M[] {
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return matchers.toSorted(
    (a, b) =>
      compare(a.name, b.name) ||
      compare(a.value, b.value) ||
      OPERATORS.indexOf(a.operator) - OPERATORS.indexOf(b.operator),
  );
}

const RESERVED = /[\s{}!=~,\\"'`]/u;

/** A matcher as upstream prints it: names that need quotes get them. */
export function printMatcher({ name, operator, value }: Matcher): string {
  if (RESERVED.test(name)) return `${goQuote(name)}${operator}${goQuote(value)}`;
  return `${name}${operator}"${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')}"`;
}

/** `{a="b",c=~"d"}`. */
export function printMatchers(matchers: readonly Matcher[]): string {
  return `{${matchers.map(printMatcher).join(',')}}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
};

/** Go's strconv.Quote. */
export function goQuote(text: string): string {
  const body = text.replaceAll(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (character) => {
    const short = ESCAPES[character];
    if (short !== undefined) return short;
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return `"${body}"`;
}
