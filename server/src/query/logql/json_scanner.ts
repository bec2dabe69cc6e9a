import { unescapeJson } from './unescape.ts';

/** Reads JSON as text, without making values of it: log lines are looked at once, and most of their fields are passed over. */

/** A place in the text where reading stopped making sense. */
export class JsonScanError extends Error {}

/** What jsonparser says of a text that makes no sense. */
export const OPEN_OBJECT = "Value looks like object, but can't find closing '}' symbol";
export const OPEN_ARRAY = "Value is array, but can't find closing ']' symbol";
export const MALFORMED = 'Malformed JSON error';

/** What a value is; strings are unescaped lazily by `text`. */
export type ValueKind = 'string' | 'number' | 'literal' | 'null' | 'object' | 'array';

export interface Scanner {
  readonly text: string;
  at: number;
}

/** jsonparser looks no further: a number is its text. */
const NUMBER = /^[-0-9]/;

/** Letters, digits and `-+.`: what numbers and literals are made of. NaN, the end of the text, is none. */
function isWord(code: number): boolean {
  if (code >= 0x30 && code <= 0x39) return true;
  const letter = code | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || code === 0x2d || code === 0x2b || code === 0x2e;
}

export function value(s: Scanner): ValueKind {
  const first = s.text[s.at];
  if (first === '"') {
    string(s);
    return 'string';
  }
  if (first === '[' || first === '{') {
    skipNested(s);
    return first === '[' ? 'array' : 'object';
  }
  const start = s.at;
  while (isWord(s.text.charCodeAt(s.at))) s.at++;
  const word = s.text.slice(start, s.at);
  if (word === '' && s.at >= s.text.length) throw new JsonScanError(MALFORMED);
  if (word === 'null') return 'null';
  if (word === 'true' || word === 'false') return 'literal';
  if (!NUMBER.test(word)) throw new JsonScanError('Unknown value type');
  return 'number';
}

function string(s: Scanner): void {
  if (!stringEnds(s)) throw new JsonScanError("Value is string, but can't find closing '\"' symbol");
}

/** Goes behind a string; false when nothing closes it. */
export function stringEnds(s: Scanner): boolean {
  s.at++;
  for (;;) {
    const quote = s.text.indexOf('"', s.at);
    if (quote < 0) return false;
    let slashes = 0;
    while (s.text[quote - 1 - slashes] === '\\') slashes++;
    s.at = quote + 1;
    if (slashes % 2 === 0) return true;
  }
}

export function skipNested(s: Scanner): void {
  const opening = s.text[s.at];
  if (!nestedEnds(s)) throw new JsonScanError(opening === '{' ? OPEN_OBJECT : OPEN_ARRAY);
}

/** Goes behind an object or an array; false when nothing closes it. */
export function nestedEnds(s: Scanner): boolean {
  let depth = 0;
  do {
    const char = s.text[s.at];
    if (char === undefined) return false;
    if (char === '"') {
      if (!stringEnds(s)) return false;
      continue;
    }
    if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    s.at++;
  } while (depth > 0);
  return true;
}

export function space(s: Scanner): void {
  while (s.at < s.text.length && s.text.charCodeAt(s.at) <= 0x20) s.at++;
}

export function expect(s: Scanner, char: string): void {
  if (s.text[s.at] !== char) throw new JsonScanError('Key path not found');
  s.at++;
}

export function valueText(text: string, kind: ValueKind, start: number, end: number): string {
  if (kind !== 'string') return text.slice(start, end);
  return unescapeJson(text.slice(start + 1, end - 1)) ?? '';
}
