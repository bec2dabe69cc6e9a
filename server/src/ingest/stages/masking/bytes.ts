/** Bytes and their classes, as masking looks at them. */

export const SPACE = 0x20;
export const QUOTE = 0x22;
export const APOSTROPHE = 0x27;
export const ASTERISK = 0x2a;
export const HYPHEN = 0x2d;
export const DOT = 0x2e;
export const SLASH = 0x2f;
export const COLON = 0x3a;
export const EQUALS = 0x3d;
export const AT = 0x40;
export const BACKSLASH = 0x5c;

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
