import { RE2JS, RE2JSException } from 're2js';
import type { Matcher } from '../model/labels.ts';

/** A matcher over the distinct values of its label. */
export interface ValuePredicate {
  readonly name: string;
  readonly matchesEmpty: boolean;
  /** When the matcher can only match these non-empty values, they are listed and no other needs to be looked at. */
  readonly only?: readonly string[];
  matches(value: string): boolean;
}

const META = /[.*+?()[\]{}|^$\\]/;

/** Compiles a matcher. Patterns are RE2; literals, alternations of literals, prefixes and `.*`/`.+` need no engine. Throws Error. */
export function valuePredicate({ name, operator, value }: Matcher): ValuePredicate {
  if (operator === '=') return equality(name, [value]);
  if (operator === '!=') return negated(equality(name, [value]));
  const positive = pattern(name, value);
  return operator === '=~' ? positive : negated(positive);
}

function equality(name: string, values: readonly string[]): ValuePredicate {
  const set = new Set(values);
  return { name, matchesEmpty: set.has(''), only: values.filter((v) => v !== ''), matches: (v) => set.has(v) };
}

function negated(predicate: ValuePredicate): ValuePredicate {
  return { name: predicate.name, matchesEmpty: !predicate.matchesEmpty, matches: (value) => !predicate.matches(value) };
}

const ESCAPED = /\\([.*+?()[\]{}^$\\-])/g;

/** The values of an alternation of literals, escaped or not (`a\.b|c`, as Grafana writes lists); undefined of any other pattern. */
function alternativesOf(source: string): readonly string[] | undefined {
  // An escaped bar does not part alternatives: rare enough for the engine.
  if (source.includes('\\|')) return undefined;
  const parts = source.split('|');
  if (parts.some((part) => META.test(part.replace(ESCAPED, '')))) return undefined;
  return parts.map((part) => part.replace(ESCAPED, '$1'));
}

function pattern(name: string, source: string): ValuePredicate {
  const literals = alternativesOf(source);
  if (literals !== undefined) return equality(name, literals);
  if (source === '.*') return { name, matchesEmpty: true, matches: () => true };
  if (source === '.+') return { name, matchesEmpty: false, matches: (value) => value !== '' };
  const prefix = source.slice(0, -2);
  if (source.endsWith('.*') && !META.test(prefix))
    return { name, matchesEmpty: prefix === '', matches: (v) => v.startsWith(prefix) };
  if (source.endsWith('.+') && !META.test(prefix)) {
    return { name, matchesEmpty: false, matches: (v) => v.length > prefix.length && v.startsWith(prefix) };
  }
  try {
    const compiled = RE2JS.compile(source, RE2JS.DOTALL);
    return { name, matchesEmpty: compiled.testExact(''), matches: (value) => compiled.testExact(value) };
  } catch (error) {
    if (error instanceof RE2JSException)
      throw new Error(`invalid regular expression ${JSON.stringify(source)}: ${error.message}`, { cause: error });
    throw error;
  }
}
