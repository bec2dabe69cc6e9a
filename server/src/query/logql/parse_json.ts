import {
  expect,
  JsonScanError,
  type Scanner,
  skipNested,
  space,
  string,
  type ValueKind,
  value,
  valueText,
} from './json_scanner.ts';
import type { NeededNames } from './needed_names.ts';
import { sanitizeName } from './parse_logfmt.ts';

const MAX_DEPTH = 64;

/**
 * Calls `found` for every scalar of a JSON object, nested keys joined by `_`; arrays and nulls are left out, numbers keep
 * their text. Those whose name is not wanted are passed over. @returns an error message when the line is no complete JSON object (what was found before stays found)
 */
export function flattenJson(
  line: string,
  found: (name: string, value: string) => void,
  wanted?: NeededNames,
): string | undefined {
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
        if (name !== '' && (wanted === undefined || wanted.has(name))) found(name, valueText(line, kind, start, end));
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
