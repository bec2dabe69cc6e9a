import { createHash } from 'node:crypto';
import { responseAction } from '@trilith/contract';
import * as v from 'valibot';
import type { HttpRequest, HttpResponse, Route } from '../../base/http.ts';
import { jsonResponse } from '../../base/http.ts';
import type { Secret } from '../../base/secret.ts';
import {
  type AcknowledgeLink,
  type AlertGroup,
  isSlackRequest,
  type OnCallConfig,
  ResponseRefused,
  type Responses,
  readLink,
  slackPress,
} from '../../on_call/index.ts';
import { StateUnavailable } from '../../state/index.ts';
import { acknowledgePage, type PageState, STYLE } from './acknowledge_page.ts';

export interface AcknowledgeSource extends Pick<PageState, 'runbookOf'> {
  readonly key: Secret;
  readonly config: () => OnCallConfig;
  readonly responses: Responses;
  readonly group: (groupKey: string) => AlertGroup | undefined;
  /** Undefined: Slack's button is not configured. */
  readonly slackSigningSecret: () => Secret | undefined;
  readonly nowMs: () => number;
}

const MAX_FORM_BYTES = 32 * 1024;
const MAX_SLACK_BYTES = 256 * 1024;
const MOST_NOTE = 4_000;
const styleHash = createHash('sha256').update(STYLE).digest('base64');
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'x-robots-tag': 'noindex',
};

/**
 * `/ack/<token>`, the link in a page: GET shows what it is about and changes nothing (link previews open it), POST acts.
 * `/api/on-call/slack`: the same from a button in Slack. Neither needs a key: the link is signed, and so is Slack's request.
 */
export function acknowledgeRoutes(source: AcknowledgeSource): Route[] {
  return [
    { method: 'GET', path: '/ack/:token', handler: (request) => show(request, source, '') },
    { method: 'POST', path: '/ack/:token', handler: (request) => act(request, source) },
    { method: 'POST', path: '/api/on-call/slack', handler: (request) => pressed(request, source) },
  ];
}

const linkOf = ({ params }: HttpRequest, { key, nowMs }: AcknowledgeSource): AcknowledgeLink | undefined =>
  readLink(key, params.token ?? '', nowMs());

function show(request: HttpRequest, source: AcknowledgeSource, problem: string): HttpResponse {
  const link = linkOf(request, source);
  const language = /^ru\b/i.test(request.headers['accept-language'] ?? '') ? 'ru' : 'en';
  const state: PageState | undefined = link && {
    person: link.person,
    personName: source.config().people.get(link.person)?.name ?? link.person,
    people: [...source.config().people.values()],
    groupKey: link.groupKey,
    group: source.group(link.groupKey),
    response: source.responses.of(link.groupKey),
    runbookOf: source.runbookOf,
    problem,
  };
  const status = state === undefined ? 404 : problem === '' ? 200 : 409;
  return { status, headers: HEADERS, body: acknowledgePage(state, language) };
}

const form = v.object({
  action: responseAction,
  person: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(256)),
  note: v.pipe(v.string(), v.trim(), v.maxLength(MOST_NOTE)),
});

async function act(request: HttpRequest, source: AcknowledgeSource): Promise<HttpResponse> {
  const link = linkOf(request, source);
  if (link === undefined) return show(request, source, '');
  if (request.body.length > MAX_FORM_BYTES) return show(request, source, 'too long');
  const fields = new URLSearchParams(Buffer.from(request.body).toString('utf8'));
  const read = v.safeParse(form, {
    action: fields.get('action') ?? '',
    // Whom the link went to is who acts with it, but for whom something is assigned to.
    person: (fields.get('action') === 'assign' ? '' : link.person) || (fields.get('person') ?? ''),
    note: fields.get('note') ?? '',
  });
  if (!read.success) return show(request, source, 'name');
  try {
    await source.responses.respond({ groupKey: link.groupKey, ...read.output });
  } catch (error) {
    if (error instanceof ResponseRefused) return show(request, source, error.message);
    if (error instanceof StateUnavailable)
      return { ...show(request, source, 'the store is starting, try again'), status: 503 };
    throw error;
  }
  // Reloading the page must not act again.
  return { status: 303, headers: { ...HEADERS, location: request.path }, body: '' };
}

async function pressed(request: HttpRequest, source: AcknowledgeSource): Promise<HttpResponse> {
  const secret = source.slackSigningSecret();
  const refuse = (status: number, message: string): HttpResponse => jsonResponse(status, { error: message });
  if (secret === undefined) return refuse(404, 'on_call.slack_signing_secret is not configured');
  if (request.body.length > MAX_SLACK_BYTES) return refuse(413, 'too large');
  if (!isSlackRequest(secret, request.headers, request.body, source.nowMs())) return refuse(401, 'not signed by Slack');
  const press = slackPress(jsonOf(new URLSearchParams(Buffer.from(request.body).toString('utf8')).get('payload')));
  const link = press === undefined ? undefined : readLink(source.key, press.token, source.nowMs());
  // Other buttons of the same app: a link to open, say. Slack wants to hear that they arrived.
  if (press === undefined || link === undefined) return { status: 200, body: '' };
  const known = [...source.config().people.values()].find(({ slack }) => slack === press.userId);
  const person = known?.id ?? press.userName;
  const say = (text: string): HttpResponse =>
    jsonResponse(200, { response_type: 'ephemeral', replace_original: false, text });
  try {
    await source.responses.respond({ groupKey: link.groupKey, action: 'acknowledge', person, note: '' });
    return say(`Acknowledged by ${known?.name ?? press.userName}.`);
  } catch (error) {
    if (error instanceof ResponseRefused) return say(`Not acknowledged: ${error.message}.`);
    if (error instanceof StateUnavailable) return say('Not acknowledged: the store is starting, try again.');
    throw error;
  }
}

function jsonOf(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    // Signed by Slack and no JSON: none of our buttons.
    return undefined;
  }
}
