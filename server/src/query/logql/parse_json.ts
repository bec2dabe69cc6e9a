import { sanitizeName } from './parse_logfmt.ts';

const MAX_DEPTH = 64;

/** A place in the text where reading stopped making sense. */
class JsonScanError extends Error {}

/** What a value is; strings are unescaped lazily by `text`. */
type ValueKind = 'string' | 'number' | 'literal' | 'null' | 'object' | 'array';

interface Scanner {
  readonly text: string;
  at: number;
}

/**
 * Calls `found` for every scalar of a JSON object, nested keys joined by `_`; arrays and nulls are left out, numbers keep
 * their text. @returns an error message when the line is no complete JSON object (what was found before stays found)
 */
export function flattenJson(line: string, found: (name: string, value: string) => void): string | undefined {
  const scanner: Scanner = { text: line, at: 0 };
  try {
    space(scanner);
    if (scanner.text[scanner.at] !== '{') return "Value looks like object, but can't find closing '}' symbol";
    object(
      scanner,
      0,
      (key, kind, start, end, depth, prefix) => {
        if (kind === 'null' || kind === 'array') return undefined;
        const name = prefix === '' ? sanitizeName(key) : `${prefix}_${key.replace(/[^A-Za-z0-9_]/gu, '_')}`;
        if (kind === 'object') return depth < MAX_DEPTH ? name : undefined;
        if (name !== '') found(name, valueText(line, kind, start, end));
        return undefined;
      },
      '',
    );
    return undefined;
  } catch (error) {
    if (error instanceof JsonScanError) return error.message;
    throw error;
  }
}

/** The top-level string fields of a JSON object, for `unpack`. */
export function stringFields(line: string, found: (name: string, value: string) => void): string | undefined {
  const scanner: Scanner = { text: line, at: 0 };
  try {
    space(scanner);
    if (scanner.text[scanner.at] !== '{') return 'expecting json object(6), but it is not';
    object(
      scanner,
      0,
      (key, kind, start, end) => {
        if (kind === 'string') found(key, valueText(line, kind, start, end));
        return undefined;
      },
      '',
    );
    return undefined;
  } catch (error) {
    if (error instanceof JsonScanError) return error.message;
    throw error;
  }
}

/** Told of every member; returns a prefix to go into an object, or undefined to pass over it. */
type Member = (
  key: string,
  kind: ValueKind,
  start: number,
  end: number,
  depth: number,
  prefix: string,
) => string | undefined;

function object(s: Scanner, depth: number, member: Member, prefix: string): void {
  expect(s, '{');
  space(s);
  if (s.text[s.at] === '}') {
    s.at++;
    return;
  }
  for (;;) {
    space(s);
    if (s.text[s.at] !== '"') throw new JsonScanError('Key path not found');
    const keyStart = s.at;
    string(s);
    const key = valueText(s.text, 'string', keyStart, s.at);
    space(s);
    expect(s, ':');
    space(s);
    const start = s.at;
    if (s.text[s.at] === '{') {
      const into = member(key, 'object', start, start, depth, prefix);
      if (into !== undefined) object(s, depth + 1, member, into);
      else skipNested(s);
    } else {
      const kind = value(s);
      member(key, kind, start, s.at, depth, prefix);
    }
    space(s);
    const next = s.text[s.at];
    s.at++;
    if (next === '}') return;
    if (next !== ',') throw new JsonScanError("Value looks like object, but can't find closing '}' symbol");
  }
}

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** Letters, digits and `-+.`: what numbers and literals are made of. NaN, the end of the text, is none. */
function isWord(code: number): boolean {
  if (code >= 0x30 && code <= 0x39) return true;
  const letter = code | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || code === 0x2d || code === 0x2b || code === 0x2e;
}

function value(s: Scanner): ValueKind {
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
  if (word === 'null') return 'null';
  if (word === 'true' || word === 'false') return 'literal';
  if (!NUMBER.test(word)) throw new JsonScanError('Unknown value type');
  return 'number';
}

function string(s: Scanner): void {
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

function skipNested(s: Scanner): void {
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

function space(s: Scanner): void {
  while (s.at < s.text.length && s.text.charCodeAt(s.at) <= 0x20) s.at++;
}

function expect(s: Scanner, char: string): void {
  if (s.text[s.at] !== char) throw new JsonScanError('Key path not found');
  s.at++;
}

function valueText(text: string, kind: ValueKind, start: number, end: number): string {
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
