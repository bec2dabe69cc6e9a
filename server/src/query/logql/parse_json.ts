import {
  expect,
  JsonScanError,
  MALFORMED,
  nestedEnds,
  OPEN_ARRAY,
  OPEN_OBJECT,
  type Scanner,
  skipNested,
  space,
  stringEnds,
  type ValueKind,
  value,
  valueText,
} from './json_scanner.ts';
import type { NeededNames } from './needed_names.ts';
import { sanitizeName } from './parse_logfmt.ts';

const MAX_DEPTH = 64;

/**
 * Calls `found` for every scalar of a JSON object, nested keys joined by `_`; arrays and nulls are left out, numbers keep
 * their text. Those whose name is not wanted are passed over; nothing more is read once that is enough. @returns an error message when the line is no complete JSON object (what was found before stays found)
 */
export function flattenJson(
  line: string,
  found: (name: string, value: string) => void,
  wanted?: NeededNames,
  hasEnough: () => boolean = () => false,
): string | undefined {
  const scanner: Scanner = { text: line, at: 0 };
  try {
    space(scanner);
    if (scanner.text[scanner.at] !== '{') return OPEN_OBJECT;
    object(
      scanner,
      0,
      (key, kind, start, end, depth, prefix) => {
        if (kind === 'null' || kind === 'array') return undefined;
        const name = prefix === '' ? sanitizeName(key) : nestedName(prefix, key);
        if (kind === 'object') return depth < MAX_DEPTH ? name : undefined;
        if (name === '' || (wanted !== undefined && !wanted.has(name))) return undefined;
        found(name, valueText(line, kind, start, end));
        if (hasEnough()) throw ENOUGH;
        return undefined;
      },
      '',
    );
    return undefined;
  } catch (error) {
    if (error === ENOUGH) return undefined;
    if (error instanceof JsonScanError) return error.message;
    throw error;
  }
}

/** Thrown to stop reading. */
const ENOUGH = new JsonScanError('enough');

/** A key without text adds nothing to the name. */
function nestedName(prefix: string, key: string): string {
  return key.trim() === '' ? prefix : `${prefix}_${key.replace(/[^A-Za-z0-9_]/gu, '_')}`;
}

/** The top-level string fields of a JSON object, for `unpack`. */
export function stringFields(line: string, found: (name: string, value: string) => void): string | undefined {
  const scanner: Scanner = { text: line, at: 0 };
  try {
    if (line[0] !== '{') return 'expecting json object(6), but it is not';
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

/** Says what is wrong as jsonparser's ObjectEach does: an object may end behind a comma, its text within it may not. */
function object(s: Scanner, depth: number, member: Member, prefix: string): void {
  expect(s, '{');
  space(s);
  if (s.at >= s.text.length) throw new JsonScanError(MALFORMED);
  // Asked once for all nested objects: a line may end in much white space.
  let truncated: boolean | undefined;
  for (;;) {
    if (s.text[s.at] === '}') {
      s.at++;
      return;
    }
    if (s.text[s.at] !== '"') throw new JsonScanError(OPEN_OBJECT);
    const keyStart = s.at;
    if (!stringEnds(s)) throw new JsonScanError(MALFORMED);
    const key = valueText(s.text, 'string', keyStart, s.at);
    space(s);
    if (s.text[s.at] !== ':') throw new JsonScanError(MALFORMED);
    s.at++;
    space(s);
    const start = s.at;
    if (s.text[s.at] === '{') {
      const into = member(key, 'object', start, start, depth, prefix);
      if (into === undefined) skipNested(s);
      else {
        // Of a nested object that a truncated line leaves open nothing is taken.
        if (depth === 0) truncated ??= isTruncated(s.text);
        if (truncated && !nestedEnds({ text: s.text, at: start })) throw new JsonScanError(OPEN_OBJECT);
        object(s, depth + 1, member, into);
      }
    } else {
      const kind = value(s);
      member(key, kind, start, s.at, depth, prefix);
    }
    space(s);
    if (s.at >= s.text.length) throw new JsonScanError(OPEN_ARRAY);
    if (s.text[s.at] === '}') continue;
    if (s.text[s.at] !== ',') throw new JsonScanError(OPEN_OBJECT);
    s.at++;
    space(s);
    if (s.at >= s.text.length) throw new JsonScanError(OPEN_ARRAY);
  }
}

/** Whether the end of an object is missing, as far as the last character tells. */
function isTruncated(text: string): boolean {
  return !text.trimEnd().endsWith('}');
}
