import { unescapeLogfmt } from './unescape.ts';

/** Names seen before, because lines of a kind repeat their keys; emptied when it grows past any one log format. */
const sanitized = new Map<string, string>();
const MAX_REMEMBERED = 10_000;

/** As Go sees it: a byte order mark is none. */
const WHITE_SPACE = /^(?!\ufeff)[\s\u0085]/;

/** Without white space around it. One pattern would take time quadratic in white space between other characters. */
function trimmed(key: string): string {
  let [start, end] = [0, key.length];
  while (start < end && WHITE_SPACE.test(key.charAt(start))) start++;
  while (start < end && WHITE_SPACE.test(key.charAt(end - 1))) end--;
  return key.slice(start, end);
}

/** A label name out of any key: other characters become `_`, a leading digit gets one before it. */
export function sanitizeName(key: string): string {
  const known = sanitized.get(key);
  if (known !== undefined) return known;
  const name = trimmed(key).replace(/[^A-Za-z0-9_]/gu, '_');
  const result = /^[0-9]/.test(name) ? `_${name}` : name;
  if (sanitized.size >= MAX_REMEMBERED) sanitized.clear();
  sanitized.set(key, result);
  return result;
}

/** Whether anybody wants the pair whose key is line[start, end). */
export type KeyTest = (line: string, start: number, end: number) => boolean;

const everyKey: KeyTest = () => true;

/** A test that holds for every key that {@link sanitizeName} makes one of some names of, and for few others. */
export function keysThatMayBecome(names: readonly string[]): KeyTest {
  return (line, start, end) => {
    for (const name of names) if (mayBecome(line, start, end, name)) return true;
    return false;
  };
}

function mayBecome(line: string, start: number, end: number, name: string): boolean {
  const first = name.charCodeAt(0);
  // An ASCII key keeps its length and letters, or is put behind a `_`.
  if (end - start === name.length && (line.charCodeAt(start) === first || first === UNDERSCORE)) return true;
  if (end - start + 1 === name.length && first === UNDERSCORE) return true;
  if (end - start < name.length) return false;
  for (let at = start; at < end; at++) if (line.charCodeAt(at) > 0x7f) return true;
  return false;
}

const UNDERSCORE = 0x5f;
const SPACE = 0x20;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Reads logfmt pairs from the left. Values in double quotes may hold spaces and escapes.
 * @param wanted which pairs are handed over
 * @param hasEnough asked after each of these; nothing more is read once it is true
 * @returns an error message for the first malformed pair; reading goes on behind it unless `strict`
 */
export function parseLogfmt(
  line: string,
  strict: boolean,
  found: (key: string, value: string) => void,
  wanted: KeyTest = everyKey,
  hasEnough: () => boolean = () => false,
): string | undefined {
  let at = 0;
  let error: string | undefined;
  const { length } = line;
  // It stands for bytes that are no UTF-8: no key holds it.
  const hasReplacements = line.includes('\ufffd');
  while (at < length) {
    if (line.charCodeAt(at) <= SPACE) {
      at++;
      continue;
    }
    const start = at;
    let stopped = line.charCodeAt(at);
    while (stopped > SPACE && stopped !== EQUALS && stopped !== QUOTE && ++at < length) stopped = line.charCodeAt(at);
    const end = at;
    if (at < length && (stopped === QUOTE || (stopped === EQUALS && end === start))) {
      error ??= malformed(line, at);
      if (strict) return error;
      at = wordEnd(line, at);
      continue;
    }
    if (hasReplacements && line.slice(start, end).includes('\ufffd')) {
      error ??= syntaxError(line, at, 'invalid key');
      if (strict) return error;
      at = wordEnd(line, at);
      continue;
    }
    const isWanted = wanted(line, start, end);
    if (at === length || stopped !== EQUALS) {
      if (isWanted) {
        found(line.slice(start, end), '');
        if (hasEnough()) return error;
      }
      continue;
    }
    at++;
    if (line.charCodeAt(at) !== QUOTE) {
      const valueStart = at;
      for (; at < length; at++) {
        stopped = line.charCodeAt(at);
        if (stopped <= SPACE || stopped === EQUALS || stopped === QUOTE) break;
      }
      if (at < length && stopped > SPACE) {
        error ??= malformed(line, at);
        if (strict) return error;
        at = wordEnd(line, at);
        continue;
      }
      if (isWanted) {
        found(line.slice(start, end), line.slice(valueStart, at));
        if (hasEnough()) return error;
      }
      continue;
    }
    const close = quotedEnd(line, at + 1);
    if (close < 0) return error ?? syntaxError(line, line.length, 'unterminated quoted value');
    const value = unescapeLogfmt(line.slice(at + 1, close));
    at = close + 1;
    if (value === undefined) {
      error ??= syntaxError(line, at, 'invalid quoted value');
      if (strict) return error;
    } else if (isWanted) {
      found(line.slice(start, end), value);
      if (hasEnough()) return error;
    }
  }
  return error;
}

/** Loki counts bytes, and shows the first of those of a character. */
const syntaxError = (line: string, at: number, what: string): string =>
  `logfmt syntax error at pos ${Buffer.byteLength(line.slice(0, at)) + 1} : ${what}`;

const malformed = (line: string, at: number): string => syntaxError(line, at, `unexpected '${line[at]}'`);

function wordEnd(line: string, from: number): number {
  let at = from;
  while (at < line.length && line.charCodeAt(at) > SPACE) at++;
  return at;
}

function quotedEnd(line: string, from: number): number {
  for (let i = from; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) return i;
  }
  return -1;
}
