/** Bytes and their classes, as masking looks at them. */

export const SPACE = 0x20;
export const QUOTE = 0x22;
export const APOSTROPHE = 0x27;
export const ASTERISK = 0x2a;
export const COMMA = 0x2c;
export const HYPHEN = 0x2d;
export const DOT = 0x2e;
export const SLASH = 0x2f;
export const COLON = 0x3a;
export const EQUALS = 0x3d;
export const BACKSLASH = 0x5c;
export const CLOSE_BRACKET = 0x5d;
export const PERCENT = 0x25;
const ESC = 0x1b;
const SEMICOLON = 0x3b;
const OPEN_BRACKET = 0x5b;
const LOWER_M = 0x6d;
const LOWER_U = 0x75;
const LOWER_X = 0x78;

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** ASCII letters only. */
export function isLetter(byte: number): boolean {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

export function isAlphanumeric(byte: number): boolean {
  return isDigit(byte) || isLetter(byte);
}

/** Letters behind a backslash that stand for a character: \n, \t and their like. */
const SHORT_ESCAPES = byteClass('abefnrtv0');
const HEX = byteClass('0-9A-Fa-f');

/**
 * The length of the escape that ends before `at`, a letter or digit of which is no part of the word behind it: `\n`,
 * `\u003c`, `\x1b`, `%3D`, and a colour of terminals, whose escape may be escaped itself. 0 when there is none.
 */
export function escapeBefore(bytes: Uint8Array, at: number, start: number): number {
  const before = (distance: number): number => (at - distance >= start ? (bytes[at - distance] as number) : 0);
  const isHex = (digits: number): boolean => {
    for (let i = 1; i <= digits; i++) if (HEX[before(i)] === 0) return false;
    return true;
  };
  if (before(2) === BACKSLASH && SHORT_ESCAPES[before(1)] === 1) return 2;
  if (isHex(2)) {
    if (before(3) === PERCENT) return 3;
    if (before(3) === LOWER_X && before(4) === BACKSLASH) return 4;
    if (isHex(4) && before(5) === LOWER_U && before(6) === BACKSLASH) return 6;
  }
  return before(1) === LOWER_M ? colourBefore(bytes, at, start) : 0;
}

/** Parameters of a colour are few: `38;2;255;255;255`. */
const LONGEST_COLOUR = 24;

/** The length from the bracket on of a colour (ECMA-48, 8.3.117) that ends before `at`. */
function colourBefore(bytes: Uint8Array, at: number, start: number): number {
  const least = Math.max(start, at - LONGEST_COLOUR);
  let from = at - 1;
  while (from > least && (isDigit(bytes[from - 1] as number) || bytes[from - 1] === SEMICOLON)) from--;
  if (from - 2 < start || bytes[from - 1] !== OPEN_BRACKET) return 0;
  // ESC itself, or the end of \u001b, \x1b, \033, \e.
  const last = (bytes[from - 2] as number) | 0x20;
  const isEscape = bytes[from - 2] === ESC || last === 0x62 || last === 0x33 || last === 0x65;
  return isEscape ? at - from + 1 : 0;
}

/** Whether no word goes on at `at`: what is before it is no letter or digit, or one of an escape. */
export function isWordStart(bytes: Uint8Array, at: number, start: number): boolean {
  return at <= start || !isAlphanumeric(bytes[at - 1] as number) || escapeBefore(bytes, at, start) > 0;
}

/** A table of the bytes of a class written as in a pattern: `A-Za-z0-9_`. */
export function byteClass(members: string): Uint8Array {
  const table = new Uint8Array(256);
  for (let i = 0; i < members.length; i++) {
    const first = members.charCodeAt(i);
    const isRange = members[i + 1] === '-' && i + 2 < members.length;
    const last = isRange ? members.charCodeAt(i + 2) : first;
    table.fill(1, first, last + 1);
    if (isRange) i += 2;
  }
  return table;
}

/** The first position at or after `from` whose byte is not of the class, at most `end`. */
export function endOfClass(bytes: Uint8Array, table: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && table[bytes[at] as number] === 1) at++;
  return at;
}

/** The first position of the bytes of the class that end before `from`, at least `start`. */
export function startOfClass(bytes: Uint8Array, table: Uint8Array, from: number, start: number): number {
  let at = from;
  while (at > start && table[bytes[at - 1] as number] === 1) at--;
  return at;
}

/** Whether `text` (ASCII) stands at `at`. */
export function startsAt(bytes: Uint8Array, text: string, at: number, end: number): boolean {
  if (at < 0 || at + text.length > end) return false;
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Whether `text` (ASCII, lower case) stands at `at`, in any case. */
export function startsAtInAnyCase(bytes: Uint8Array, text: string, at: number, end: number): boolean {
  if (at < 0 || at + text.length > end) return false;
  for (let i = 0; i < text.length; i++) {
    const byte = bytes[at + i] as number;
    if ((isLetter(byte) ? byte | 0x20 : byte) !== text.charCodeAt(i)) return false;
  }
  return true;
}
