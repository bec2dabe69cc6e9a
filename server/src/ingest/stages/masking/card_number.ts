import {
  ASTERISK,
  BACKSLASH,
  DOT,
  EQUALS,
  escapeBefore,
  HYPHEN,
  isAlphanumeric,
  isDigit,
  isLetter,
  PERCENT,
  SPACE,
} from './bytes.ts';
import type { Found } from './finding.ts';

/**
 * Primary account numbers. First digits and lengths: ISO/IEC 7812 and the schemes' own tables (Visa, Mastercard, American
 * Express, Discover, Diners Club, JCB, UnionPay, Maestro, Mir). The check digit is ISO/IEC 7812-1 annex B (Luhn).
 */
interface Scheme {
  /** The number begins with digits from `from` to `to`, both of the same length. */
  readonly from: number;
  readonly to: number;
  readonly lengths: readonly number[];
}

const SIXTEEN_TO_NINETEEN = [16, 17, 18, 19];
const MAESTRO_LENGTHS = [13, 14, 15, 16, 17, 18, 19];

const SCHEMES: readonly Scheme[] = [
  { from: 4, to: 4, lengths: [13, 16, 19] },
  { from: 51, to: 55, lengths: [16] },
  { from: 2221, to: 2720, lengths: [16] },
  { from: 34, to: 34, lengths: [15] },
  { from: 37, to: 37, lengths: [15] },
  { from: 6011, to: 6011, lengths: SIXTEEN_TO_NINETEEN },
  { from: 644, to: 649, lengths: SIXTEEN_TO_NINETEEN },
  { from: 65, to: 65, lengths: SIXTEEN_TO_NINETEEN },
  { from: 3528, to: 3589, lengths: SIXTEEN_TO_NINETEEN },
  { from: 62, to: 62, lengths: SIXTEEN_TO_NINETEEN },
  { from: 81, to: 81, lengths: SIXTEEN_TO_NINETEEN },
  { from: 300, to: 305, lengths: [14, ...SIXTEEN_TO_NINETEEN] },
  { from: 3095, to: 3095, lengths: [14, ...SIXTEEN_TO_NINETEEN] },
  { from: 36, to: 36, lengths: [14, ...SIXTEEN_TO_NINETEEN] },
  { from: 38, to: 39, lengths: [14, ...SIXTEEN_TO_NINETEEN] },
  ...[5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763].map((from) => ({
    from,
    to: from,
    lengths: MAESTRO_LENGTHS,
  })),
  { from: 2200, to: 2204, lengths: SIXTEEN_TO_NINETEEN },
];

/** Bit n of a prefix of four digits: numbers of n digits may begin with it. */
const LENGTHS = new Uint32Array(10_000);
for (const { from, to, lengths } of SCHEMES) {
  const scale = 10 ** (4 - String(from).length);
  for (let prefix = from * scale; prefix < (to + 1) * scale; prefix++) {
    for (const length of lengths) LENGTHS[prefix] = (LENGTHS[prefix] as number) | (1 << length);
  }
}

const FEWEST_DIGITS = 13;
const MOST_DIGITS = 19;
/** The first groups of a number have at least as many digits. */
const SMALLEST_GROUP = 4;
/**
 * A number is at least `FEWEST_DIGITS` bytes long, so one of its first `STRIDE` bytes is probed, which is in a group that
 * is not the last, and `REACH` more bytes behind it are digits or separators too.
 */
const STRIDE = 8;
const REACH = FEWEST_DIGITS - STRIDE;

/** How far from a byte of a number a digit of it is: a probe may fall on a separator, also one of two or three bytes. */
const NO_DIGIT = 255;
const DIGIT_AHEAD = new Uint8Array(256).fill(NO_DIGIT);
DIGIT_AHEAD.fill(0, 0x30, 0x3a);
for (const separator of [SPACE, HYPHEN, DOT, 0x2b, PERCENT, 0xa0]) DIGIT_AHEAD[separator] = 1;
DIGIT_AHEAD[0xc2] = 2;
// General punctuation, E2 80 xx.
DIGIT_AHEAD.fill(1, 0x80, 0x8b);
DIGIT_AHEAD.fill(1, 0x90, 0x96);
DIGIT_AHEAD[0xaf] = 1;
DIGIT_AHEAD[0x80] = 2;
DIGIT_AHEAD[0xe2] = 3;

/** Spaces, hyphens and dashes of general punctuation by the last byte of their UTF-8: U+2000–200A, U+2010–2015, U+202F. */
const isPunctuation = (last: number): boolean =>
  (last >= 0x80 && last <= 0x8a) || (last >= 0x90 && last <= 0x95) || last === 0xaf;
/** The same and the no-break space as they are escaped in JSON. */
const ESCAPED_SEPARATOR = /^\\u(?:00a0|20(?:0[0-9a]|1[0-5]|2f))$/i;
const ESCAPED_BYTES = 6;

/** How written numbers are grouped: digits a group. */
const GROUPINGS: readonly (readonly number[])[] = [
  [4, 4, 4, 4, 3],
  [4, 4, 4, 4, 2],
  [4, 4, 4, 4, 1],
  [4, 4, 4, 4],
  [4, 4, 4, 3],
  [4, 4, 4, 2],
  [4, 4, 4, 1],
  [4, 6, 5],
  [4, 6, 4],
  [6, 13],
];
/** Longer rows of groups are dumps of memory and the like. */
const MOST_GROUPS = 8;

/** The digits of a candidate, and what Luhn makes of the doubled ones. */
const digits = new Uint8Array(MOST_DIGITS);
const DOUBLED = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];

function isCardNumber(count: number): boolean {
  const at = (i: number): number => digits[i] as number;
  const prefix = at(0) * 1000 + at(1) * 100 + at(2) * 10 + at(3);
  if (((LENGTHS[prefix] as number) & (1 << count)) === 0) return false;
  let sum = 0;
  for (let i = count - 1, double = false; i >= 0; i--, double = !double) {
    sum += double ? (DOUBLED[at(i)] as number) : at(i);
  }
  return sum % 10 === 0;
}

/** A run of groups of digits: where each begins and ends. */
const groupStarts = new Int32Array(MOST_GROUPS + 1);
const groupEnds = new Int32Array(MOST_GROUPS + 1);

/**
 * The length of the separator at `at`: space, hyphen, dot, plus, `%20`, a no-break or narrow space or a dash (UTF-8, or
 * escaped in JSON); 0 when there is none.
 */
function separatorAt(bytes: Uint8Array, at: number, end: number): number {
  const byte = bytes[at] as number;
  if (byte === SPACE || byte === HYPHEN || byte === DOT || byte === 0x2b) return 1;
  return IS_LONG_SEPARATOR[byte] === 1 ? longSeparatorAt(bytes, at, end) : 0;
}

const IS_LONG_SEPARATOR = new Uint8Array(256);
for (const first of [0xc2, 0xe2, BACKSLASH, PERCENT]) IS_LONG_SEPARATOR[first] = 1;

function longSeparatorAt(bytes: Uint8Array, at: number, end: number): number {
  const byte = bytes[at];
  if (byte === 0xc2) return at + 1 < end && bytes[at + 1] === 0xa0 ? 2 : 0;
  if (byte === 0xe2) return at + 2 < end && bytes[at + 1] === 0x80 && isPunctuation(bytes[at + 2] as number) ? 3 : 0;
  if (byte === PERCENT) return at + 2 < end && bytes[at + 1] === 0x32 && bytes[at + 2] === 0x30 ? 3 : 0;
  if (at + ESCAPED_BYTES > end || bytes[at + 1] !== 0x75) return 0;
  const escaped = Buffer.from(bytes.buffer, bytes.byteOffset + at, ESCAPED_BYTES).toString('latin1');
  return ESCAPED_SEPARATOR.test(escaped) ? ESCAPED_BYTES : 0;
}

/** The length of the separator that ends before `at`; one at `start` has nothing before it and counts for none. */
function separatorBefore(bytes: Uint8Array, at: number, start: number): number {
  if (at - 1 <= start) return 0;
  const byte = bytes[at - 1] as number;
  if (byte === SPACE || byte === HYPHEN || byte === DOT || byte === 0x2b) return 1;
  for (let length = 2; length <= ESCAPED_BYTES && at - length > start; length++) {
    const first = bytes[at - length] as number;
    if (IS_LONG_SEPARATOR[first] === 1) return longSeparatorAt(bytes, at - length, at) === length ? length : 0;
  }
  return 0;
}

function digitsEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && isDigit(bytes[at] as number)) at++;
  return at;
}

function digitsStart(bytes: Uint8Array, from: number, start: number): number {
  let at = from;
  while (at > start && isDigit(bytes[at - 1] as number)) at--;
  return at;
}

/**
 * Where the group of digits that holds `inside` begins. Digits of an escape before it are none of its own: `%20`, `%A0`,
 * `\x00`, `\u0020`, `\u00a0`.
 */
function groupStart(bytes: Uint8Array, inside: number, start: number): number {
  const from = digitsStart(bytes, inside, start);
  const last = from === start ? 0 : (bytes[from - 1] as number);
  if (last !== PERCENT && !isLetter(last)) return from;
  const before = (distance: number): number => (from - distance >= start ? (bytes[from - distance] as number) : 0);
  for (let used = 1; used <= 4; used++) {
    const unicode = before(5 - used) === 0x75 && before(6 - used) === BACKSLASH;
    // %B begins track 1, and is no escape.
    const percent = used <= 2 && before(3 - used) === PERCENT && !(used === 1 && before(1) === 0x42);
    const hexadecimal = used <= 2 && before(3 - used) === 0x78 && before(4 - used) === BACKSLASH;
    if (unicode || percent || hexadecimal) return from + used;
  }
  return from;
}

/** Whether a number may begin at `at`: no part of a word, a float or an identifier is before it. */
function mayBegin(bytes: Uint8Array, at: number, start: number): boolean {
  if (at === start) return true;
  const before = bytes[at - 1] as number;
  const second = at - 2 >= start ? (bytes[at - 2] as number) : 0;
  const third = at - 3 >= start ? (bytes[at - 3] as number) : 0;
  if (isAlphanumeric(before)) {
    // \n, \t, \r of escaped text; %3D; the B of track 1.
    if (second === BACKSLASH || third === PERCENT || (before === 0x42 && second === PERCENT)) return true;
    return escapeBefore(bytes, at, start) > 0;
  }
  return !((before === DOT || before === HYPHEN) && isAlphanumeric(second) && !isWordBefore(bytes, at - 1, start));
}

/** Whether letters only stand before `end`: `order-`, not `7d9f-`. */
function isWordBefore(bytes: Uint8Array, end: number, start: number): boolean {
  let at = end;
  while (at > start && isLetter(bytes[at - 1] as number)) at--;
  return at < end && (at === start || !isAlphanumeric(bytes[at - 1] as number));
}

/** Whether a number may end at `at`: no word, float or identifier goes on. */
function mayEnd(bytes: Uint8Array, at: number, end: number): boolean {
  if (at >= end) return true;
  const next = bytes[at] as number;
  if (isAlphanumeric(next)) return false;
  const second = at + 1 < end ? (bytes[at + 1] as number) : 0;
  return !((next === DOT || next === HYPHEN) && isAlphanumeric(second));
}

/** Finds card numbers in bytes [0, length); `rowAt` sets the bounds of the row a position lies in. */
export function findCardNumbers(
  bytes: Uint8Array,
  length: number,
  rowAt: (at: number) => { readonly start: number; readonly end: number },
  found: Found,
): void {
  let done = 0;
  const last = length - REACH;
  for (let probe = STRIDE - 1; probe < last; probe += STRIDE) {
    const ahead = DIGIT_AHEAD[bytes[probe] as number] as number;
    if ((ahead | (DIGIT_AHEAD[bytes[probe + REACH] as number] as number)) === NO_DIGIT) continue;
    if (!isNumeric(bytes, probe + 1, probe + REACH)) continue;
    const inside = probe + ahead;
    if (inside < done || inside >= length || !isDigit(bytes[inside] as number)) continue;
    let from = digitsStart(bytes, inside, 0);
    let to = digitsEnd(bytes, inside, length);
    if (to - from < SMALLEST_GROUP) continue;
    if (to - from >= FEWEST_DIGITS) {
      // Digits of the rows before and behind are not this one's.
      const { start, end } = rowAt(inside);
      from = Math.max(from, start);
      to = Math.min(to, end);
    }
    const isLikely =
      to - from >= FEWEST_DIGITS
        ? mayBeNumber(bytes, from, to)
        : digitsAround(bytes, groupStart(bytes, inside, 0), to, length) >= FEWEST_DIGITS;
    if (!isLikely) {
      done = to;
      continue;
    }
    const { start, end } = rowAt(inside);
    done = lookAtGroups(bytes, inside, start, end, found);
  }
}

/** Whether [from, to) holds nothing but digits and parts of separators. */
function isNumeric(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (DIGIT_AHEAD[bytes[at] as number] === NO_DIGIT) return false;
  return true;
}

/** Whether a long group of digits has the first digits and the length of a card number, or begins with an escape's. */
function mayBeNumber(bytes: Uint8Array, from: number, to: number): boolean {
  const before = from === 0 ? 0 : (bytes[from - 1] as number);
  if (before === PERCENT || isLetter(before)) return true;
  if (to - from > MOST_DIGITS) return false;
  const prefix = decimalOf(bytes, from, from + 4);
  return ((LENGTHS[prefix] as number) & (1 << (to - from))) !== 0;
}

function decimalOf(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 10 + (bytes[i] as number) - 0x30;
  return value;
}

/** How many digits there are in [from, to) and in groups of digits beside it; enough of them is enough. */
function digitsAround(bytes: Uint8Array, from: number, to: number, length: number): number {
  let count = to - from;
  for (let at = to; count < FEWEST_DIGITS; ) {
    const group = at + separatorAt(bytes, at, length);
    if (group === at) break;
    at = digitsEnd(bytes, group, length);
    if (at === group) break;
    count += at - group;
  }
  for (let at = from; count < FEWEST_DIGITS; ) {
    const group = at - separatorBefore(bytes, at, 0);
    if (group === at || !isDigit(bytes[group - 1] as number)) break;
    at = groupStart(bytes, group - 1, 0);
    // Digits that are all of an escape are no group; past them the way would go round.
    if (at >= group) break;
    count += group - at;
  }
  return count;
}

/** Looks at all groups of digits around `inside` in the row [start, end); returns where they end. */
function lookAtGroups(bytes: Uint8Array, inside: number, start: number, end: number, found: Found): number {
  let first = groupStart(bytes, inside, start);
  for (let groups = 0; groups < MOST_GROUPS; groups++) {
    const separator = separatorBefore(bytes, first, start);
    if (separator === 0 || !isDigit(bytes[first - separator - 1] as number)) break;
    const from = groupStart(bytes, first - separator - 1, start);
    if (from >= first - separator) break;
    first = from;
  }
  let count = 0;
  let at = first;
  while (count <= MOST_GROUPS) {
    const groupEnd = digitsEnd(bytes, at, end);
    groupStarts[count] = at;
    groupEnds[count++] = groupEnd;
    at = groupEnd;
    const separator = separatorAt(bytes, groupEnd, end);
    if (separator === 0 || groupEnd + separator >= end || !isDigit(bytes[groupEnd + separator] as number)) break;
    at = groupEnd + separator;
  }
  const runEnd = groupEnds[count - 1] as number;
  if (count > MOST_GROUPS) return runEnd;
  for (let group = 0; group < count; ) group += matchAt(bytes, group, count, start, end, found);
  return runEnd;
}

/** Tests the number that begins with group `group`; returns how many groups it took, at least 1. */
function matchAt(bytes: Uint8Array, group: number, count: number, start: number, end: number, found: Found): number {
  const from = groupStarts[group] as number;
  const to = groupEnds[group] as number;
  const size = to - from;
  if (size >= FEWEST_DIGITS && size <= MOST_DIGITS) {
    if (standsAlone(bytes, from, to, start, end) && isNumberOf(bytes, group, 1)) mask(bytes, group, 1, end, found);
    return 1;
  }
  for (const grouping of GROUPINGS) {
    if (group + grouping.length > count || !grouping.every((digits, i) => groupSize(group + i) === digits)) continue;
    const groupsEnd = groupEnds[group + grouping.length - 1] as number;
    if (!sameSeparators(bytes, group, grouping.length)) continue;
    if (!mayBegin(bytes, from, start) || !mayEndGroups(bytes, groupsEnd, end)) continue;
    if (!isNumberOf(bytes, group, grouping.length)) continue;
    mask(bytes, group, grouping.length, end, found);
    return grouping.length;
  }
  return 1;
}

function groupSize(group: number): number {
  return (groupEnds[group] as number) - (groupStarts[group] as number);
}

function sameSeparators(bytes: Uint8Array, group: number, groups: number): boolean {
  const first = bytes[groupEnds[group] as number];
  for (let i = 1; i < groups - 1; i++) if (bytes[groupEnds[group + i] as number] !== first) return false;
  return true;
}

/** Groups may be followed by others, behind a space. */
function mayEndGroups(bytes: Uint8Array, at: number, end: number): boolean {
  return at >= end || !isAlphanumeric(bytes[at] as number);
}

/** A number without separators may have others beside it behind a space, never behind a hyphen or a dot. */
function standsAlone(bytes: Uint8Array, from: number, to: number, start: number, end: number): boolean {
  return mayBegin(bytes, from, start) && mayEnd(bytes, to, end);
}

/** Whether the digits of `groups` groups from `group` on are a card number. */
function isNumberOf(bytes: Uint8Array, group: number, groups: number): boolean {
  let count = 0;
  for (let i = group; i < group + groups; i++) {
    for (let at = groupStarts[i] as number; at < (groupEnds[i] as number); at++) {
      if (count === MOST_DIGITS) return false;
      digits[count++] = (bytes[at] as number) - 0x30;
    }
  }
  return count >= FEWEST_DIGITS && isCardNumber(count);
}

const KEPT_FIRST = 6;
const KEPT_LAST = 4;

/** Keeps the first six and last four digits (PCI DSS 3.4.1) and what separates them; the rest become asterisks. */
function mask(bytes: Uint8Array, group: number, groups: number, end: number, found: Found): void {
  const from = groupStarts[group] as number;
  const to = groupEnds[group + groups - 1] as number;
  const replacement = new Uint8Array(bytes.subarray(from, to));
  let count = 0;
  for (let i = group; i < group + groups; i++) count += groupSize(i);
  let seen = 0;
  for (let i = group; i < group + groups; i++) {
    for (let at = groupStarts[i] as number; at < (groupEnds[i] as number); at++) {
      if (seen >= KEPT_FIRST && seen < count - KEPT_LAST) replacement[at - from] = ASTERISK;
      seen++;
    }
  }
  found('card', from, to, replacement);
  // Track 2: what follows the separator holds the verification value.
  if (bytes[to] === EQUALS) {
    const rest = digitsEnd(bytes, to + 1, end);
    if (rest - to > 7) found('card', to + 1, rest, Buffer.from('***'));
  }
}

/** Looks for a number around a separator that is escaped in JSON, which begins at `at`. */
export function findEscapedCardNumber(bytes: Uint8Array, at: number, start: number, end: number, found: Found): void {
  // It is called for every separator of a number, also the one behind its first group.
  if (at - SMALLEST_GROUP < start || digitsStart(bytes, at, at - SMALLEST_GROUP) > at - SMALLEST_GROUP) return;
  if (separatorAt(bytes, at, end) === ESCAPED_BYTES) lookAtGroups(bytes, at - 1, start, end, found);
}
