import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../base/secret.ts';

/** What a link in a page says: which group it is about, and whom the page went to. */
export interface AcknowledgeLink {
  readonly tenant: string;
  readonly groupKey: string;
  /** Empty: it went to nobody in particular. */
  readonly person: string;
}

/** How long a link can be used. */
const LIFETIME_SECONDS = 30 * 86_400;
/** Group keys that make longer links than receivers take are cut nowhere: there is no link for them. */
const MOST_KEY_LENGTH = 1_500;
const MAC_BYTES = 18;
const SEPARATOR = '\u0000';

/** The token of a link, or undefined where the key of the group is too long for one. Safe in a URL as it is. */
export function signLink(
  key: Secret,
  { tenant, groupKey, person }: AcknowledgeLink,
  nowMs: number,
): string | undefined {
  if (groupKey.length > MOST_KEY_LENGTH) return undefined;
  const expires = Math.floor(nowMs / 1_000) + LIFETIME_SECONDS;
  const payload = Buffer.from([expires.toString(36), tenant, person, groupKey].join(SEPARATOR)).toString('base64url');
  return `${payload}.${macOf(key, payload).toString('base64url')}`;
}

/** What a token says; undefined for one that is not ours, was changed, or is too old. */
export function readLink(key: Secret, token: string, nowMs: number): AcknowledgeLink | undefined {
  const [payload = '', mac = '', ...more] = token.split('.');
  const given = Buffer.from(mac, 'base64url');
  if (more.length > 0 || given.length !== MAC_BYTES || !timingSafeEqual(given, macOf(key, payload))) return undefined;
  const [expires = '', tenant = '', person = '', ...rest] = Buffer.from(payload, 'base64url')
    .toString()
    .split(SEPARATOR);
  if (Number.parseInt(expires, 36) * 1_000 < nowMs) return undefined;
  return { tenant, person, groupKey: rest.join(SEPARATOR) };
}

function macOf(key: Secret, payload: string): Buffer {
  return createHmac('sha256', key.reveal()).update(`acknowledge:${payload}`).digest().subarray(0, MAC_BYTES);
}
