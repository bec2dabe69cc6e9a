import {
  APOSTROPHE,
  BACKSLASH,
  byteClass,
  COLON,
  DOT,
  escapeBefore,
  isLetter,
  PERCENT,
  SLASH,
  startOfClass,
  startsAt,
} from './bytes.ts';
import { type Found, MASK } from './finding.ts';

/** The characters of a local part that are in use, of RFC 5322's atext (section 3.2.3), and of a domain. */
const LOCAL = byteClass("A-Za-z0-9._%+'-");
const LABEL = byteClass('A-Za-z0-9-');
/** The user and the password of an address before its host (RFC 3986, section 3.2.1). */
const USER_INFORMATION = byteClass("A-Za-z0-9._~%!$&'()*+,;=:@-");
const LONGEST_LOCAL = 64;
const LONGEST_USER_INFORMATION = 512;
const LONGEST_DOMAIN = 255;
const LONGEST_TOP_LEVEL = 24;

/** What ends like a domain and is none: units of systemd, files of images. */
const NO_DOMAINS: ReadonlySet<string> = new Set([
  'service',
  'socket',
  'mount',
  'automount',
  'timer',
  'target',
  'slice',
  'scope',
  'device',
  'swap',
  'png',
  'jpg',
  'jpeg',
  'gif',
  'svg',
  'webp',
  'js',
  'css',
]);

/** Looks at an `@`: the password of an address is masked, and of an e-mail address what stands before it. */
export function findAroundAt(bytes: Uint8Array, at: number, start: number, end: number, found: Found): void {
  const userStart = startOfClass(bytes, USER_INFORMATION, at, Math.max(start, at - LONGEST_USER_INFORMATION));
  // `user:password@tcp(host:port)/name` is how Go's MySQL driver has it.
  if (
    isAfterScheme(bytes, userStart, start) ||
    startsAt(bytes, 'tcp(', at + 1, end) ||
    startsAt(bytes, 'unix(', at + 1, end)
  ) {
    let colon = userStart;
    while (colon < at && bytes[colon] !== COLON) colon++;
    if (colon < at - 1) found('password', colon + 1, at, MASK);
    return;
  }
  const localStart = startOfLocal(bytes, at, start);
  if (localStart === at || isSshUser(bytes, localStart, at)) return;
  if (isEmailDomain(bytes, at + 1, end)) found('email', localStart, at, MASK);
}

const ESCAPED_AT = '%40';

/** Looks at a `%40`, the `@` of an e-mail address in a query string. */
export function findAroundEscapedAt(bytes: Uint8Array, at: number, start: number, end: number, found: Found): void {
  let localStart = startOfLocal(bytes, at, start);
  // `email%3Dbob`: of the escapes only `+` is part of a name.
  for (let i = localStart; i < at; i++) {
    if (bytes[i] !== PERCENT || startsAt(bytes, '%2B', i, at) || startsAt(bytes, '%2b', i, at)) continue;
    localStart = Math.min(at, i + 3);
  }
  if (localStart < at && isEmailDomain(bytes, at + ESCAPED_AT.length, end)) found('email', localStart, at, MASK);
}

/** Whether `://` stands before `at`, also with slashes escaped as in JSON (`:\/\/`). */
function isAfterScheme(bytes: Uint8Array, at: number, start: number): boolean {
  let before = at;
  for (let slashes = 0; slashes < 2; slashes++) {
    if (before <= start || bytes[before - 1] !== SLASH) return false;
    before--;
    while (before > start && at - before < 16 && bytes[before - 1] === BACKSLASH) before--;
  }
  return before > start && bytes[before - 1] === COLON;
}

/** A letter of Latin, Greek or Cyrillic in UTF-8 begins with one of these (U+00C0–U+052F), a second byte follows. */
const isLeadByte = (byte: number): boolean => byte >= 0xc3 && byte <= 0xd4;
const isTrailByte = (byte: number): boolean => byte >= 0x80 && byte <= 0xbf;

/** Where the local part begins that ends before `at`; `at` where there is none. */
function startOfLocal(bytes: Uint8Array, at: number, start: number): number {
  const least = Math.max(start, at - LONGEST_LOCAL);
  let from = at;
  for (;;) {
    from = startOfClass(bytes, LOCAL, from, least);
    const isLetters =
      from - 2 >= least && isTrailByte(bytes[from - 1] as number) && isLeadByte(bytes[from - 2] as number);
    if (!isLetters) break;
    from -= 2;
  }
  if (from > start && MAY_BE_ESCAPE[bytes[from - 1] as number] === 1) from = afterEscape(bytes, from, at, start);
  while (from < at && (bytes[from] === DOT || bytes[from] === APOSTROPHE)) from++;
  return from;
}

const MAY_BE_ESCAPE = byteClass('\\[;');
const LONGEST_ESCAPE = 5;

/** Letters and digits of an escape are not of a name: `\nbob@…`, `\u003cbob@…`, those of a colour. */
function afterEscape(bytes: Uint8Array, from: number, at: number, start: number): number {
  for (let to = Math.min(at, from + LONGEST_ESCAPE); to > from; to--) {
    if (escapeBefore(bytes, to, start) > to - from) return to;
  }
  return from;
}

/** `git@host:path` names a repository. */
function isSshUser(bytes: Uint8Array, from: number, to: number): boolean {
  return to - from === 3 && startsAt(bytes, 'git', from, to);
}

/** Whether at least two labels begin at `from`, one behind the first of two letters or more; what follows is prose. */
function isEmailDomain(bytes: Uint8Array, from: number, end: number): boolean {
  const stop = Math.min(end, from + LONGEST_DOMAIN);
  let label = from;
  let isDomain = false;
  for (let labels = 0; label < stop; labels++) {
    let to = label;
    let letters = 0;
    let others = 0;
    for (; to < stop; to++) {
      const byte = bytes[to] as number;
      if (isLetter(byte)) letters++;
      else if (isLeadByte(byte) && to + 1 < stop && isTrailByte(bytes[to + 1] as number)) {
        letters++;
        to++;
      } else if (LABEL[byte] === 1) others++;
      else break;
    }
    if (to === label) break;
    if (labels > 0 && others === 0 && letters >= 2 && letters <= LONGEST_TOP_LEVEL)
      isDomain = !isNoDomain(bytes, label, to);
    if (bytes[to] !== DOT) break;
    label = to + 1;
  }
  return isDomain;
}

function isNoDomain(bytes: Uint8Array, from: number, to: number): boolean {
  return NO_DOMAINS.has(Buffer.from(bytes.subarray(from, to)).toString('latin1').toLowerCase());
}
