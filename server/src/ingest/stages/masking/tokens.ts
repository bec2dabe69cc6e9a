import {
  byteClass,
  COLON,
  endOfClass,
  isDigit,
  isWordStart,
  startOfClass,
  startsAt,
  startsAtInAnyCase,
} from './bytes.ts';
import { type Found, MASK } from './finding.ts';

/**
 * Credentials that are known by their form. The prefixes are those their issuers document so that leaked ones can be
 * found (secret scanning of GitHub and GitLab, RFC 6750, RFC 7515, RFC 7468).
 */
export interface TokenForm {
  readonly prefix: string;
  /** Bytes that may follow the prefix, and how many of them at least; `most` when no more may follow. */
  readonly members: Uint8Array;
  readonly least: number;
  readonly most?: number;
}

const WORD = byteClass('A-Za-z0-9_');
const WORD_HYPHEN = byteClass('A-Za-z0-9_-');
const WORD_DOT = byteClass('A-Za-z0-9_.-');
const ALPHANUMERIC = byteClass('A-Za-z0-9');
const UPPER = byteClass('A-Z0-9');

const form = (prefix: string, members: Uint8Array, least: number, most?: number): TokenForm => ({
  prefix,
  members,
  least,
  ...(most === undefined ? {} : { most }),
});

export const TOKEN_FORMS: readonly TokenForm[] = [
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((prefix) => form(prefix, ALPHANUMERIC, 30)),
  form('github_pat_', WORD, 40),
  ...['glpat-', 'glrt-', 'gldt-', 'glcbt-', 'glptt-', 'gloas-', 'glft-', 'glsoat-', 'glimt-', 'glagent-', 'glwt-'].map(
    (prefix) => form(prefix, WORD_DOT, 20),
  ),
  ...['xoxa-', 'xoxb-', 'xoxp-', 'xoxr-', 'xoxs-', 'xoxe-', 'xapp-'].map((prefix) => form(prefix, WORD_HYPHEN, 16)),
  ...['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_'].map((prefix) => form(prefix, ALPHANUMERIC, 16)),
  form('whsec_', WORD, 24),
  form('AKIA', UPPER, 16, 16),
  form('ASIA', UPPER, 16, 16),
  form('AIza', WORD_HYPHEN, 35, 35),
  form('npm_', ALPHANUMERIC, 36),
  form('SG.', WORD_DOT, 60),
  form('ya29.', WORD_DOT, 20),
  form('dop_v1_', ALPHANUMERIC, 64),
  form('sk-ant-', WORD_HYPHEN, 20),
  ...['sk-proj-', 'sk-svcacct-', 'sk-admin-'].map((prefix) => form(prefix, WORD_HYPHEN, 20)),
  ...['hvs.', 'hvb.', 'hvr.'].map((prefix) => form(prefix, WORD_HYPHEN, 24)),
  form('dckr_pat_', WORD_HYPHEN, 24),
];

/** A token of a known form that begins at `at`: its prefix is kept. */
export function findToken(
  { prefix, members, least, most }: TokenForm,
  bytes: Uint8Array,
  at: number,
  start: number,
  end: number,
  found: Found,
): void {
  if (at < start || !startsAt(bytes, prefix, at, end)) return;
  if (!isWordStart(bytes, at, start)) return;
  const from = at + prefix.length;
  // One more than the most is too many, however many there are: a line of nothing but prefixes stays linear.
  const to = endOfClass(bytes, members, from, most === undefined ? end : Math.min(end, from + most + 1));
  if (to - from < least || (most !== undefined && to - from > most)) return;
  found('token', from, to, MASK);
}

const SCHEME_GAP = byteClass(' \t+');
const BEARER_MEMBERS = byteClass('A-Za-z0-9._~+/=-');
const SHORTEST_BEARER = 8;
const SHORTEST_WITHOUT_DIGIT = 20;

/** `Bearer <token>` (RFC 6750, section 2.1), also with `%20` for the space. A word alone is no token. */
export function findBearer(bytes: Uint8Array, at: number, end: number, found: Found): void {
  if (!startsAtInAnyCase(bytes, 'bearer', at, end)) return;
  const word = at + 6;
  const from = startsAt(bytes, '%20', word, end) ? word + 3 : endOfClass(bytes, SCHEME_GAP, word, end);
  if (from === word) return;
  const to = endOfClass(bytes, BEARER_MEMBERS, from, end);
  if (to - from < SHORTEST_BEARER) return;
  let hasDigit = false;
  for (let i = from; i < to; i++) hasDigit ||= isDigit(bytes[i] as number);
  if (hasDigit || to - from >= SHORTEST_WITHOUT_DIGIT) found('token', from, to, MASK);
}

const BASE64 = byteClass('A-Za-z0-9+/=_-');
const SHORTEST_BASIC = 8;
const LONGEST_BASIC = 1024;

/** `Basic <user:password in base64>` (RFC 7617) by itself: what follows has to decode to a text with a colon. */
export function findBasic(bytes: Uint8Array, at: number, start: number, end: number, found: Found): void {
  if (!startsAtInAnyCase(bytes, 'basic', at, end) || !isWordStart(bytes, at, start)) return;
  const word = at + 5;
  const from = startsAt(bytes, '%20', word, end) ? word + 3 : endOfClass(bytes, SCHEME_GAP, word, end);
  if (from === word) return;
  const to = endOfClass(bytes, BASE64, from, Math.min(end, from + LONGEST_BASIC));
  if (to - from < SHORTEST_BASIC) return;
  const decoded = Buffer.from(Buffer.from(bytes.subarray(from, to)).toString('latin1'), 'base64');
  if (decoded.includes(COLON) && decoded.every((byte) => byte >= 0x20 && byte !== 0x7f)) found('token', from, to, MASK);
}

const BASE64_URL = byteClass('A-Za-z0-9_-');

/** A JSON Web Token in compact form (RFC 7519): `at` is the dot before its second part, `.eyJ`. */
export function findJwt(bytes: Uint8Array, at: number, start: number, end: number, found: Found): void {
  const from = startOfClass(bytes, BASE64_URL, at, start);
  // What stands before it may be of the same letters: \neyJ, %3DeyJ, session_eyJ.
  const head = Buffer.from(bytes.buffer, bytes.byteOffset + from, at - from).indexOf('eyJ');
  if (head < 0 || at - from - head < 10) return;
  const payloadEnd = endOfClass(bytes, BASE64_URL, at + 1, end);
  const to = bytes[payloadEnd] === 0x2e ? endOfClass(bytes, BASE64_URL, payloadEnd + 1, end) : payloadEnd;
  found('token', from + head, Math.min(to, end), MASK);
}

const BEGIN = '-----BEGIN ';
const LONGEST_BEGIN = 64;

/** A private key in PEM (RFC 7468): `at` is the end of its first line; everything up to its last line goes. */
export function findPrivateKey(bytes: Uint8Array, at: number, start: number, end: number, found: Found): void {
  const from = at + 5;
  if (!startsAt(bytes, '-----', at, end)) return;
  const head = Buffer.from(bytes.subarray(Math.max(start, at - LONGEST_BEGIN), at)).toString('latin1');
  const begin = head.lastIndexOf(BEGIN);
  if (begin < 0 || !head.includes('PRIVATE KEY', begin)) return;
  const tail = Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).indexOf('-----END ');
  const to = tail < 0 ? end : from + tail;
  if (to > from) found('private_key', from, to, MASK);
}
