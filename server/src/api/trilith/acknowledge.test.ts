import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { GroupResponse } from '@trilith/contract';
import type { HttpResponse, Route } from '../../base/http.ts';
import { createRouter } from '../../base/router.ts';
import { Secret } from '../../base/secret.ts';
import { labelValue } from '../../model/labels.ts';
import { type AlertGroup, ResponseRefused, readOnCall, signLink } from '../../on_call/index.ts';
import { acknowledgeRoutes } from './acknowledge.ts';

const NOW = Date.parse('2026-01-05T10:00:00Z');
const KEY = new Secret('key');
const SLACK = new Secret('slack');
const GROUP = '{}:{alertname="Down"}';
const HOSTILE = '"><script>alert(1)</script>';
const CONFIG = readOnCall('people: {anna: {name: Anna, slack: U1}, boris: {}}');

function opened({ hasSlack = true, firing = true } = {}) {
  const done: object[] = [];
  let response: GroupResponse | undefined;
  const alert = {
    labels: ['alertname', `Down${HOSTILE}`, 'path', HOSTILE],
    annotations: ['runbook_url', 'javascript:alert(1)', 'summary', HOSTILE],
    ...{ startsAtMs: NOW, endsAtMs: 0, updatedAtMs: NOW, generatorUrl: '', fingerprint: 'f', resolved: false },
    missed: false,
  };
  const group: AlertGroup | undefined = firing
    ? { labels: ['alertname', 'Down'], firing: [alert], isSuppressed: false }
    : undefined;
  const routes: readonly Route[] = acknowledgeRoutes({
    key: KEY,
    config: () => CONFIG,
    group: () => group,
    slackSigningSecret: () => (hasSlack ? SLACK : undefined),
    runbookOf: ({ annotations }) => labelValue(annotations, 'runbook_url'),
    nowMs: () => NOW,
    responses: {
      load: async () => undefined,
      acknowledgedBy: () => undefined,
      all: () => [],
      of: () => response,
      async respond(asked) {
        if (!firing) throw new ResponseRefused('nothing in this group fires any more');
        done.push(asked);
        const acknowledged = { person: asked.person, atMs: NOW, alerts: [] };
        const comments = [{ person: HOSTILE, atMs: NOW, text: HOSTILE }];
        response = { groupKey: GROUP, labels: {}, acknowledged, assignee: HOSTILE, comments };
        return response;
      },
    },
  });
  const router = createRouter(routes);
  const ask = async (
    method: 'GET' | 'POST',
    path: string,
    body = '',
    headers: Readonly<Record<string, string>> = {},
  ): Promise<HttpResponse> => {
    const match = router.match(method, path);
    assert.ok(match, path);
    const signal = new AbortController().signal;
    const request = { method, path, params: match.params, query: new URLSearchParams(), headers, tenant: '', signal };
    return match.route.handler({ ...request, body: new Uint8Array(Buffer.from(body)) });
  };
  return { ask, done };
}

const linkTo = (person: string): string => `/ack/${signLink(KEY, { tenant: 'trilith', groupKey: GROUP, person }, NOW)}`;

test('opening a link changes nothing, whoever opens it; its form acts, once', async () => {
  const { ask, done } = opened();
  for (const method of ['GET', 'GET'] as const) assert.equal((await ask(method, linkTo('anna'))).status, 200);
  assert.deepEqual(done, []);
  const acted = await ask('POST', linkTo('anna'), 'action=acknowledge&note=');
  assert.equal(acted.status, 303);
  assert.equal(acted.headers?.location, linkTo('anna'));
  assert.deepEqual(done, [{ groupKey: GROUP, action: 'acknowledge', person: 'anna', note: '' }]);
});

test('a link to nobody in particular asks for a name; one to somebody is that person’s whatever the form says', async () => {
  const { ask, done } = opened();
  assert.match(String((await ask('GET', linkTo(''))).body), /name="person" required/);
  assert.equal((await ask('POST', linkTo(''), 'action=acknowledge&person=+')).status, 409);
  await ask('POST', linkTo(''), 'action=acknowledge&person=boris');
  await ask('POST', linkTo('anna'), 'action=comment&person=boris&note=hello');
  await ask('POST', linkTo('anna'), 'action=assign&person=boris');
  assert.deepEqual(
    done.map((one) => Object.values(one).slice(1)),
    [
      ['acknowledge', 'boris', ''],
      ['comment', 'anna', 'hello'],
      ['assign', 'boris', ''],
    ],
  );
});

test('what is not signed by us shows nothing and does nothing', async () => {
  const { ask, done } = opened();
  const forged = `/ack/${signLink(new Secret('other'), { tenant: 'trilith', groupKey: GROUP, person: 'anna' }, NOW)}`;
  for (const path of [forged, '/ack/x', '/ack/a.b']) {
    assert.equal((await ask('GET', path)).status, 404);
    assert.equal((await ask('POST', path, 'action=acknowledge&person=anna')).status, 404);
  }
  assert.deepEqual(done, []);
});

test('nothing in alerts, comments or names becomes markup, and the page runs no scripts', async () => {
  const { ask } = opened();
  await ask('POST', linkTo('anna'), 'action=acknowledge&note=');
  const { body, headers } = await ask('GET', linkTo('anna'));
  assert.ok(!String(body).includes('<script'), String(body));
  assert.ok(!String(body).includes('javascript:'), String(body));
  assert.match(headers?.['content-security-policy'] ?? '', /^default-src 'none'; style-src 'sha256-/);
  assert.equal(headers?.['referrer-policy'], 'no-referrer');
});

test('a group that is over says so', async () => {
  const { ask } = opened({ firing: false });
  assert.match(String((await ask('GET', linkTo('anna'))).body), /Nothing in this group fires any more/);
  const acted = await ask('POST', linkTo('anna'), 'action=acknowledge&note=');
  assert.equal(acted.status, 409);
  assert.match(String(acted.body), /nothing in this group fires any more/);
});

function slackRequest(value: string, userId: string): [body: string, headers: Record<string, string>] {
  const payload = { type: 'block_actions', user: { id: userId, username: 'someone' } };
  const actions = [{ action_id: 'trilith_acknowledge', value }];
  const body = new URLSearchParams({ payload: JSON.stringify({ ...payload, actions }) }).toString();
  const time = String(NOW / 1_000);
  const mac = createHmac('sha256', SLACK.reveal()).update(`v0:${time}:${body}`).digest('hex');
  return [body, { 'x-slack-request-timestamp': time, 'x-slack-signature': `v0=${mac}` }];
}

test('Slack’s button acknowledges as the person who pressed it, and only with Slack’s signature', async () => {
  const { ask, done } = opened();
  const [body, headers] = slackRequest(`https://trilith.example${linkTo('')}`, 'U1');
  assert.equal((await ask('POST', '/api/on-call/slack', body)).status, 401);
  assert.equal((await ask('POST', '/api/on-call/slack', `${body}&x=1`, headers)).status, 401);
  assert.deepEqual(done, []);
  const answer = await ask('POST', '/api/on-call/slack', body, headers);
  assert.match(String(answer.body), /Acknowledged by Anna/);
  await ask('POST', '/api/on-call/slack', ...slackRequest(linkTo(''), 'U9'));
  assert.deepEqual(
    done.map((one) => Object.values(one)[2]),
    ['anna', 'someone'],
  );
  const [forged, signed] = slackRequest('https://trilith.example/ack/a.b', 'U1');
  assert.equal((await ask('POST', '/api/on-call/slack', forged, signed)).status, 200);
  assert.equal(done.length, 2, 'a button of somebody else does nothing');
  assert.equal((await opened({ hasSlack: false }).ask('POST', '/api/on-call/slack', body, headers)).status, 404);
});
