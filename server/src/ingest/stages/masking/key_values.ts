import {
  APOSTROPHE,
  ASTERISK,
  BACKSLASH,
  byteClass,
  COLON,
  EQUALS,
  endOfClass,
  isDigit,
  isLetter,
  QUOTE,
  SLASH,
  SPACE,
  startOfClass,
  startsAt,
} from './bytes.ts';
import { type BuiltInRule, type Found, MASK } from './finding.ts';

/**
 * Values under names that say what they are: `password=…`, `"client_secret": "…"`, `Authorization: …`, `cvv=123`; in JSON
 * (also inside a JSON string), logfmt, query strings, headers and prose.
 */
type Kind = 'password' | 'secret' | 'header' | 'cvv';

/** Names by how they end, folded: letters and digits only, lower case. */
const ENDINGS: readonly (readonly [ending: string, kind: Kind])[] = [
  ['password', 'password'],
  ['passwd', 'password'],
  ['passphrase', 'password'],
  ['passcode', 'password'],
  ['pwd', 'password'],
  ['secret', 'secret'],
  ['secretkey', 'secret'],
  ['secretaccesskey', 'secret'],
  ['token', 'secret'],
  ['apikey', 'secret'],
  ['accesskey', 'secret'],
  ['privatekey', 'secret'],
  ['authorization', 'header'],
  ['cookie', 'header'],
  ['cvv', 'cvv'],
  ['cvv2', 'cvv'],
  ['cvc', 'cvv'],
  ['cvc2', 'cvv'],
];
/** Places in a list, not credentials. */
const NO_SECRETS = ['pagetoken', 'nexttoken', 'continuationtoken', 'synctoken', 'canceltoken', 'cancellationtoken'];

const KEY = byteClass('A-Za-z0-9_.-');
const LONGEST_KEY = 64;
/** What ends a value without quotes. */
const BARE_END = byteClass(' \t\r\n,;&()[]{}<>"\'');
const COOKIE_END = byteClass('\r\n"\\');
const LONGEST_VALUE = 16 * 1024;
const RULE: Readonly<Record<Kind, BuiltInRule>> = {
  password: 'password',
  secret: 'password',
  header: 'token',
  cvv: 'cvv',
};

/** What a name says of its value; undefined for a name that says nothing. */
export function kindOfKey(bytes: Uint8Array, from: number, to: number): Kind | undefined {
  let folded = '';
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number;
    if (isLetter(byte)) folded += String.fromCharCode(byte | 0x20);
    else if (isDigit(byte)) folded += String.fromCharCode(byte);
  }
  const ending = ENDINGS.find(([name]) => folded.endsWith(name));
  return ending === undefined || NO_SECRETS.some((name) => folded.endsWith(name)) ? undefined : ending[1];
}

/** Looks at the name around `at`, and masks the value behind it when the name says that it is a secret. */
export function findKeyValue(bytes: Uint8Array, at: number, start: number, end: number, found: Found): void {
  const from = startOfClass(bytes, KEY, at, Math.max(start, at - LONGEST_KEY));
  const to = endOfClass(bytes, KEY, at, Math.min(end, at + LONGEST_KEY));
  const kind = kindOfKey(bytes, from, to);
  if (kind !== undefined) maskValue(kind, bytes, to, end, found);
}

/** A value whose name is elsewhere (an attribute): all of it, or nothing. */
export function findWholeValue(kind: Kind, bytes: Uint8Array, start: number, end: number, found: Found): void {
  maskBetween(kind, bytes, start, end, MASK, found);
}

const QUOTED_MASK = Buffer.from('"***"');
const ESCAPED_QUOTED_MASK = Buffer.from('\\"***\\"');

/** Masks the value that follows a name's end at `keyEnd`. */
function maskValue(kind: Kind, bytes: Uint8Array, keyEnd: number, end: number, found: Found): void {
  const keyQuote = quoteAt(bytes, keyEnd, end);
  let at = skipSpaces(bytes, keyEnd + keyQuote, end);
  const separator = separatorLength(bytes, at, end);
  if (separator === 0) return;
  const isColon = bytes[at] === COLON;
  at += separator;
  const spaced = at < end && bytes[at] === SPACE;
  at = skipSpaces(bytes, at, end);
  if (at < end && bytes[at] === 0x5b && keyQuote > 0) at = skipSpaces(bytes, at + 1, end);
  const quote = quoteAt(bytes, at, end);
  if (quote > 0) {
    const to = closingQuote(bytes, at, quote, Math.min(end, at + LONGEST_VALUE));
    maskBetween(kind, bytes, at + quote, to, MASK, found);
    return;
  }
  const stop = Math.min(end, at + LONGEST_VALUE);
  const to = bareEnd(kind, bytes, at, stop, keyQuote);
  if (isColon && spaced && keyQuote === 0 && kind === 'secret' && isProse(bytes, at, to)) return;
  // A number in JSON becomes a string, so that the line stays JSON.
  const replacement =
    keyQuote === 0 ? MASK : keyQuote === 1 && bytes[keyEnd] === QUOTE ? QUOTED_MASK : ESCAPED_QUOTED_MASK;
  maskBetween(kind, bytes, at, to, replacement, found);
}

function skipSpaces(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && (bytes[at] === SPACE || bytes[at] === 0x09)) at++;
  return at;
}

/** The length of the quote at `at`: `"`, `'`, or escaped inside a JSON string `\"`, `\\\"`; 0 when there is none. */
function quoteAt(bytes: Uint8Array, at: number, end: number): number {
  let to = at;
  while (to < end && bytes[to] === BACKSLASH && to - at < 8) to++;
  return to < end && (bytes[to] === QUOTE || bytes[to] === APOSTROPHE) ? to - at + 1 : 0;
}

/** `=`, `:`, `=>`, `:=`, `%3D`. */
function separatorLength(bytes: Uint8Array, at: number, end: number): number {
  if (startsAt(bytes, '%3D', at, end) || startsAt(bytes, '%3d', at, end)) return 3;
  const byte = at < end ? bytes[at] : 0;
  if (byte !== EQUALS && byte !== COLON) return 0;
  return startsAt(bytes, '=>', at, end) || startsAt(bytes, ':=', at, end) ? 2 : 1;
}

/** Where the text ends that the quote of `quote` bytes at `at` begins; a text that does not end is all there is. */
function closingQuote(bytes: Uint8Array, at: number, quote: number, end: number): number {
  const mark = bytes[at + quote - 1];
  for (let i = at + quote; i < end; i++) {
    if (bytes[i] !== mark) continue;
    let escapes = 0;
    while (i - escapes - 1 >= at + quote && bytes[i - escapes - 1] === BACKSLASH) escapes++;
    // Fewer backslashes than the opening quote has end an outer text too.
    if (escapes <= quote - 1 || (quote === 1 && escapes % 2 === 0)) return i - Math.min(escapes, quote - 1);
  }
  return end;
}

function bareEnd(kind: Kind, bytes: Uint8Array, from: number, end: number, keyQuote: number): number {
  let to = from;
  const stops = kind === 'header' && keyQuote === 0 ? COOKIE_END : BARE_END;
  while (to < end && stops[bytes[to] as number] === 0) {
    if (bytes[to] === BACKSLASH && to + 1 < end && isEscapedEnd(bytes[to + 1] as number)) break;
    if (stops === BARE_END && startsAt(bytes, '%26', to, end)) break;
    to++;
  }
  return to;
}

/** `\n`, `\r`, `\t`, `\"` of a text inside a JSON string. */
function isEscapedEnd(byte: number): boolean {
  return byte === 0x6e || byte === 0x72 || byte === 0x74 || byte === QUOTE;
}

/** `token: expired`: letters only, and not as long as a secret would be. */
function isProse(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (!isLetter(bytes[i] as number)) return false;
  return to - from < 20;
}

const NOTHING: ReadonlySet<string> = new Set(['', 'null', 'nil', '<nil>', 'none', 'undefined', 'true', 'false', '-']);
const LONGEST_NOTHING = 9;
const SCHEMES = ['bearer ', 'basic ', 'digest ', 'token ', 'apikey '];
const DNS_NAME = byteClass('a-z0-9.-');

function maskBetween(
  kind: Kind,
  bytes: Uint8Array,
  from: number,
  to: number,
  replacement: Uint8Array,
  found: Found,
): void {
  if (to <= from || isMasked(bytes, from, to)) return;
  if (to - from <= LONGEST_NOTHING && NOTHING.has(textOf(bytes, from, to))) return;
  if (kind === 'cvv') {
    const length = endOfClass(bytes, DIGITS, from, to) - from;
    if (length === to - from && (length === 3 || length === 4)) found('cvv', from, to, replacement);
    return;
  }
  if (kind === 'secret' && isResourceName(bytes, from, to)) return;
  if (kind === 'header') {
    const head = textOf(bytes, from, Math.min(to, from + 8));
    const scheme = SCHEMES.find((name) => head.startsWith(name));
    if (scheme !== undefined) {
      if (to - from > scheme.length && !isMasked(bytes, from + scheme.length, to))
        found('token', from + scheme.length, to, MASK);
      return;
    }
  }
  found(RULE[kind], from, to, replacement);
}

const DIGITS = byteClass('0-9');

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.subarray(from, to)).toString('latin1').toLowerCase();
}

function isMasked(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== ASTERISK) return false;
  return true;
}

/** `secret=namespace/name` of Kubernetes names a secret and is none. */
function isResourceName(bytes: Uint8Array, from: number, to: number): boolean {
  const slash = endOfClass(bytes, DNS_NAME, from, to);
  if (slash === from || slash >= to - 1 || bytes[slash] !== SLASH) return false;
  return endOfClass(bytes, DNS_NAME, slash + 1, to) === to;
}
