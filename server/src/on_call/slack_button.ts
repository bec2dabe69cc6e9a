import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../base/secret.ts';

/** The name (attachments) or action id (blocks) of the button that acknowledges; its value is a page's link, or its token. */
const SLACK_ACTION = 'trilith_acknowledge';

/** Somebody pressed the button. */
export interface SlackPress {
  readonly token: string;
  /** Slack's id of the person, and the name shown there. */
  readonly userId: string;
  readonly userName: string;
}

/** Older requests are repetitions by somebody else (Slack: "Verifying requests from Slack"). */
const MOST_AGE_SECONDS = 300;

/** Whether a request was signed by Slack with the app's signing secret, lately: `v0=` HMAC-SHA256 of `v0:time:body`. */
export function isSlackRequest(
  secret: Secret,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  nowMs: number,
): boolean {
  const time = headers['x-slack-request-timestamp'] ?? '';
  const signature = headers['x-slack-signature'] ?? '';
  if (!/^\d{1,12}$/.test(time) || Math.abs(nowMs / 1_000 - Number(time)) > MOST_AGE_SECONDS) return false;
  const right = Buffer.from(
    `v0=${createHmac('sha256', secret.reveal()).update(`v0:${time}:`).update(body).digest('hex')}`,
  );
  const given = Buffer.from(signature);
  return given.length === right.length && timingSafeEqual(given, right);
}

/** The press out of the `payload` of Slack's form; undefined for any other interaction. */
export function slackPress(payload: unknown): SlackPress | undefined {
  const { actions, user } = objectOf(payload);
  const action = (Array.isArray(actions) ? actions : [])
    .map(objectOf)
    .find(({ name, action_id: id }) => name === SLACK_ACTION || id === SLACK_ACTION);
  const { id: userId, name, username } = objectOf(user);
  if (action === undefined || typeof action.value !== 'string' || typeof userId !== 'string') return undefined;
  const userName = [username, name, userId].find((one) => typeof one === 'string');
  return { token: action.value.slice(action.value.lastIndexOf('/') + 1), userId, userName: String(userName) };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
