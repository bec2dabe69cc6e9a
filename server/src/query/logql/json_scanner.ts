/** Reads JSON as text, without making values of it: log lines are looked at once, and most of their fields are passed over. */

/** A place in the text where reading stopped making sense. */
export class JsonScanError extends Error {}

/** What a value is; strings are unescaped lazily by `text`. */
export type ValueKind = 'string' | 'number' | 'literal' | 'null' | 'object' | 'array';

export interface Scanner {
  readonly text: string;
  at: number;
}

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

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
  if (word === '' && s.at >= s.text.length) throw new JsonScanError('Malformed JSON error');
  if (word === 'null') return 'null';
  if (word === 'true' || word === 'false') return 'literal';
  if (!NUMBER.test(word)) throw new JsonScanError('Unknown value type');
  return 'number';
}

export function string(s: Scanner): void {
  s.at++;
  for (;;) {
    const quote = s.text.indexOf('"', s.at);
    if (quote < 0) throw new JsonScanError("Value is string, but can't find closing '\"' symbol");
    let slashes = 0;
    while (s.text[quote - 1 - slashes] === '\\') slashes++;
    s.at = quote + 1;
    if (slashes % 2 === 0) return;
  }
}

export function skipNested(s: Scanner): void {
  let depth = 0;
  do {
    const char = s.text[s.at];
    if (char === undefined) throw new JsonScanError("Value is array, but can't find closing ']' symbol");
    if (char === '"') {
      string(s);
      continue;
    }
    if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    s.at++;
  } while (depth > 0);
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
  const raw = text.slice(start + 1, end - 1);
  if (!raw.includes('\\')) return raw;
  try {
    const parsed: unknown = JSON.parse(`"${raw}"`);
    return typeof parsed === 'string' ? parsed : raw;
  } catch {
    // A string with broken escapes stays as written.
    return raw;
  }
}
