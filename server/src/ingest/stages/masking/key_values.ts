import {
  APOSTROPHE,
  ASTERISK,
  BACKSLASH,
  byteClass,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  EQUALS,
  endOfClass,
  HYPHEN,
  isDigit,
  isLetter,
  QUOTE,
  SLASH,
  SPACE,
  startOfClass,
  startsAt,
  startsAtInAnyCase,
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
  ['passwordconfirmation', 'password'],
  ['passwordconfirm', 'password'],
  ['passwordagain', 'password'],
  ['passwordrepeat', 'password'],
  ['passwd', 'password'],
  ['passphrase', 'password'],
  ['passcode', 'password'],
  ['pwd', 'password'],
  ['secret', 'secret'],
  ['secretkey', 'secret'],
  ['secretaccesskey', 'secret'],
  ['secretkeybase', 'secret'],
  ['accountkey', 'secret'],
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
  ['securitycode', 'cvv'],
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
  // Forms number their fields: password1, password2.
  const plain = folded.replace(/[0-9]$/, '');
  const ending = ENDINGS.find(([name, kind]) => folded.endsWith(name) || (kind === 'password' && plain.endsWith(name)));
  return ending === undefined || NO_SECRETS.some((name) => folded.endsWith(name)) ? undefined : ending[1];
}

/** Looks at the name around `at`, and masks the value behind it when the name says that it is a secret. */
export function findKeyValue(bytes: Uint8Array, at: number, start: number, end: number, found: Found): void {
  const from = startOfClass(bytes, KEY, at, Math.max(start, at - LONGEST_KEY));
  const to = endOfClass(bytes, KEY, at, Math.min(end, at + LONGEST_KEY));
  const kind = kindOfKey(bytes, from, to);
  if (kind === undefined) return;
  if (maskValue(kind, bytes, to, end, found)) return;
  const isFlag = startsAt(bytes, '--', from, to);
  if (isFlag && (kind === 'password' || kind === 'secret')) maskArgument(kind, bytes, from, to, start, end, found);
  else maskElement(kind, bytes, from, to, start, end, found);
}

/** A value whose name is elsewhere (an attribute): all of it, or nothing. */
export function findWholeValue(kind: Kind, bytes: Uint8Array, start: number, end: number, found: Found): void {
  maskBetween(kind, bytes, start, end, MASK, found);
}

const QUOTED_MASK = Buffer.from('"***"');
const ESCAPED_QUOTED_MASK = Buffer.from('\\"***\\"');

/** Masks the value that follows a name's end at `keyEnd`; returns whether one follows. */
function maskValue(kind: Kind, bytes: Uint8Array, keyEnd: number, end: number, found: Found): boolean {
  const keyQuote = quoteAt(bytes, keyEnd, end);
  // `user[password]=…`, `[password] => …`, `params["password"] = …`
  let at = skipSpaces(bytes, afterBracket(bytes, keyEnd + keyQuote, end), end);
  if (keyQuote > 0) at = afterValueName(bytes, at, end);
  const separator = separatorLength(bytes, at, end);
  if (separator === 0) return false;
  const isColon = bytes[at] === COLON;
  at += separator;
  const spaced = at < end && bytes[at] === SPACE;
  at = skipSpaces(bytes, at, end);
  if (at < end && bytes[at] === 0x5b && keyQuote > 0) at = skipSpaces(bytes, at + 1, end);
  const quote = quoteAt(bytes, at, end);
  if (keyQuote === 0 && quote > 0 && endsText(bytes, at, quote, end)) return true;
  if (quote > 0) {
    const to = closingQuote(bytes, at, quote, Math.min(end, at + LONGEST_VALUE));
    maskBetween(kind, bytes, at + quote, to, MASK, found);
    return true;
  }
  const stop = Math.min(end, at + LONGEST_VALUE);
  const to = kind === 'cvv' ? codeEnd(bytes, at, stop) : bareEnd(kind, bytes, at, stop, keyQuote);
  if (isColon && spaced && keyQuote === 0 && kind === 'secret' && isProse(bytes, at, to)) return true;
  // A number in JSON becomes a string, so that the line stays JSON.
  const replacement =
    keyQuote === 0 ? MASK : keyQuote === 1 && bytes[keyEnd] === QUOTE ? QUOTED_MASK : ESCAPED_QUOTED_MASK;
  maskBetween(kind, bytes, at, to, replacement, found);
  return true;
}

/** Whether the quote at `at` ends a text that holds the name: `"enter password:","user":…`, and begins no value. */
function endsText(bytes: Uint8Array, at: number, quote: number, end: number): boolean {
  const after = endOfClass(bytes, WHITE_SPACE, at + quote, end);
  const byte = after < end ? (bytes[after] as number) : COMMA;
  const next = endOfClass(bytes, WHITE_SPACE, after + 1, end);
  if (byte === COMMA || byte === COLON)
    return next < end && (quoteAt(bytes, next, end) === quote || OPENING[bytes[next] as number] === 1);
  // A closing quote may follow where the document is in a text itself.
  return CLOSING[byte] === 1 && (next >= end || GOES_ON[bytes[next] as number] === 1);
}

const WHITE_SPACE = byteClass(' \t\r\n');
const OPENING = byteClass('{[');
const CLOSING = byteClass('}]');
const GOES_ON = byteClass(',}]"\'\\');

function afterBracket(bytes: Uint8Array, at: number, end: number): number {
  if (at < end && bytes[at] === CLOSE_BRACKET) return at + 1;
  return startsAt(bytes, '%5D', at, end) || startsAt(bytes, '%5d', at, end) ? at + 3 : at;
}

/** Behind `"name": "password", "value"`: where its separator is; `at` where that is not what follows. */
function afterValueName(bytes: Uint8Array, at: number, end: number): number {
  let name = at;
  if (name < end && bytes[name] === COMMA) name = skipSpaces(bytes, name + 1, end);
  const quote = quoteAt(bytes, name, end);
  if (name === at && quote === 0 && bytes[at - 1] !== SPACE) return at;
  name += quote;
  if (!startsAtInAnyCase(bytes, 'value', name, end)) return at;
  const after = name + 5 + quoteAt(bytes, name + 5, end);
  const separator = skipSpaces(bytes, after, end);
  const length = separatorLength(bytes, separator, end);
  // Of an attribute the value is quoted; `"password" value: must be set` is prose.
  const isPair = bytes[at] === COMMA || quoteAt(bytes, separator + length, end) > 0;
  return length > 0 && isPair ? separator : at;
}

/** Words that follow the name of a flag in prose: `the --password option is required`. */
const PROSE = new Set(
  'flag option argument parameter is was are or and to for with in on of must cannot not via instead string'.split(' '),
);

/** `--password VALUE`, also as items of a list: `"--password", "VALUE"`. */
function maskArgument(
  kind: Kind,
  bytes: Uint8Array,
  keyStart: number,
  keyEnd: number,
  start: number,
  end: number,
  found: Found,
): void {
  const keyQuote = quoteAt(bytes, keyEnd, end);
  // The item of a list is the flag and nothing else.
  if (keyQuote > 0 && (keyStart === start || bytes[keyStart - 1] !== bytes[keyEnd + keyQuote - 1])) return;
  let at = keyEnd + keyQuote;
  if (keyQuote > 0) {
    at = skipSpaces(bytes, at, end);
    if (at < end && bytes[at] === COMMA) at++;
  }
  const gap = skipSpaces(bytes, at, end);
  if (gap === keyEnd + keyQuote) return;
  const quote = quoteAt(bytes, gap, end);
  if (keyQuote > 0 && quote !== keyQuote) return;
  const from = gap + quote;
  if (from >= end || bytes[from] === HYPHEN) return;
  const stop = Math.min(end, from + LONGEST_VALUE);
  if (keyQuote === 0 && quote > 0 && endsText(bytes, gap, quote, end)) return;
  const to = quote > 0 ? closingQuote(bytes, gap, quote, stop) : bareEnd(kind, bytes, from, stop, 1);
  // What is followed by a colon is the next name: `"flag":"--password","level":"error"`.
  const next = skipSpaces(bytes, to + quote, end);
  if (keyQuote > 0 && next < end && bytes[next] === COLON) return;
  if (quote === 0 && (PROSE.has(textOf(bytes, from, to)) || (kind === 'secret' && isProse(bytes, from, to)))) return;
  maskBetween(kind, bytes, from, to, MASK, found);
}

/** How the brackets of XML are written: as they are, escaped in JSON, as entities. */
const BRACKETS: readonly (readonly [open: string, close: string])[] = [
  ['<', '>'],
  ['\\u003c', '\\u003e'],
  ['&lt;', '&gt;'],
];
const LONGEST_TAG = 512;
/** Each name looks this far for the end of its element: a line of nothing but such names costs as much a name. */
const LONGEST_ELEMENT = 4 * 1024;
const CDATA = '<![CDATA[';

/** `<password>VALUE</password>`, also with a namespace and attributes: `<wsse:Password Type="…">VALUE</wsse:Password>`. */
function maskElement(
  kind: Kind,
  bytes: Uint8Array,
  nameStart: number,
  nameEnd: number,
  start: number,
  end: number,
  found: Found,
): void {
  const stop = Math.min(end, nameEnd + LONGEST_TAG);
  for (const [open, close] of BRACKETS) {
    const isTag = startsAt(bytes, close, nameEnd, end);
    let tagEnd = isTag ? nameEnd : -1;
    // Of a name with attributes only the bracket before it tells that it is a tag.
    if (!isTag && bytes[nameEnd] === SPACE && opensTag(bytes, nameStart, start, open))
      tagEnd = indexOf(bytes, close, nameEnd, stop);
    if (tagEnd < 0 || bytes[tagEnd - 1] === SLASH) continue;
    const value = tagEnd + close.length;
    const valueStop = Math.min(end, value + LONGEST_ELEMENT);
    if (startsAt(bytes, CDATA, value, valueStop)) {
      const from = value + CDATA.length;
      maskBetween(kind, bytes, from, indexOf(bytes, ']]>', from, valueStop), MASK, found);
      return;
    }
    const to = indexOf(bytes, open, value, valueStop);
    const after = to + open.length;
    const isEnd = to >= 0 && (startsAt(bytes, '/', after, end) || startsAt(bytes, '\\/', after, end));
    if (!isEnd) return;
    // `{"if":"token>5","html":"</p>"}`: an element is of one text.
    const quote = indexOf(bytes, '"', value, to);
    const isOneText = quote < 0 || bytes[quote - 1] === BACKSLASH || !endsText(bytes, quote, 1, end);
    if (isOneText) maskBetween(kind, bytes, value, to, MASK, found);
    return;
  }
}

/** Whether a tag begins at the name at `at`, or at its namespace. */
function opensTag(bytes: Uint8Array, at: number, start: number, open: string): boolean {
  let name = at;
  if (name > start && bytes[name - 1] === COLON) {
    name = startOfClass(bytes, KEY, name - 1, Math.max(start, name - LONGEST_KEY));
  }
  // The letters of `\u003c` are of the class of names, and the name begins with them.
  return [name - open.length, name - 1].some(
    (from) => from >= start && startsAt(bytes, open, from, name + open.length),
  );
}

function indexOf(bytes: Uint8Array, text: string, from: number, to: number): number {
  if (to <= from) return -1;
  const found = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).indexOf(text);
  return found < 0 ? -1 : from + found;
}

/** Where the digits of a code end; its beginning when a word or a number goes on there. */
function codeEnd(bytes: Uint8Array, from: number, end: number): number {
  const to = endOfClass(bytes, DIGITS, from, end);
  return to < end && isLetter(bytes[to] as number) ? from : to;
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
    if (bytes[to] === BACKSLASH) {
      const after = endOfClass(bytes, BACKSLASHES, to, end);
      if (after < end && isEscapedEnd(bytes, after, end, (after - to) % 2 === 1)) break;
      to = after;
      continue;
    }
    if (stops === BARE_END && startsAt(bytes, '%26', to, end)) break;
    to++;
  }
  return to;
}

const BACKSLASHES = byteClass('\\');

/** Whether backslashes before `at` make an end of it: `\n`, `\r`, `\t`, `\"`, `\u0026` of a text inside a JSON string. */
function isEscapedEnd(bytes: Uint8Array, at: number, end: number, isOdd: boolean): boolean {
  const byte = bytes[at] as number;
  if (byte === QUOTE) return isOdd;
  if (byte === 0x6e || byte === 0x72 || byte === 0x74) return true;
  return ESCAPED_ENDS.some((text) => startsAt(bytes, text, at, end));
}

/** `&`, `<`, `>` and `'` as JSON encoders write them. */
const ESCAPED_ENDS = ['u0026', 'u003c', 'u003e', 'u0027', 'u003C', 'u003E'];

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
