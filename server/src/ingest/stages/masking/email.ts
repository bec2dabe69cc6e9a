import { byteClass, COLON, DOT, endOfClass, isLetter, startOfClass, startsAt } from './bytes.ts';
import { type Found, MASK } from './finding.ts';

/** The characters of a local part that are in use, of RFC 5322's atext (section 3.2.3), and of a domain. */
const LOCAL = byteClass("A-Za-z0-9._%+'-");
const DOMAIN = byteClass('A-Za-z0-9.-');
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
  if (userStart - 3 >= start && startsAt(bytes, '://', userStart - 3, end)) {
    let colon = userStart;
    while (colon < at && bytes[colon] !== COLON) colon++;
    if (colon < at - 1) found('password', colon + 1, at, MASK);
    return;
  }
  const localStart = startOfClass(bytes, LOCAL, at, Math.max(start, at - LONGEST_LOCAL));
  if (localStart === at || bytes[localStart] === DOT || isSshUser(bytes, localStart, at)) return;
  if (isEmailDomain(bytes, at + 1, domainEnd(bytes, at + 1, end))) found('email', localStart, at, MASK);
}

/** `git@host:path` names a repository. */
function isSshUser(bytes: Uint8Array, from: number, to: number): boolean {
  return to - from === 3 && startsAt(bytes, 'git', from, to);
}

function domainEnd(bytes: Uint8Array, from: number, end: number): number {
  let to = endOfClass(bytes, DOMAIN, from, Math.min(end, from + LONGEST_DOMAIN));
  while (to > from && !isLetter(bytes[to - 1] as number)) to--;
  return to;
}

/** At least two labels, the last of two letters or more. */
function isEmailDomain(bytes: Uint8Array, from: number, to: number): boolean {
  let label = to;
  while (label > from && isLetter(bytes[label - 1] as number)) label--;
  if (label - 1 <= from || bytes[label - 1] !== DOT || bytes[from] === DOT) return false;
  if (to - label < 2 || to - label > LONGEST_TOP_LEVEL) return false;
  return !NO_DOMAINS.has(Buffer.from(bytes.subarray(label, to)).toString('latin1').toLowerCase());
}
