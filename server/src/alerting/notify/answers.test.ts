import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutboundError } from '../../base/outbound.ts';
import { retryAfterMs } from './exchange.ts';
import { type Answer, exampleAlert, exampleNotification, GROUP_HASH, RESOLVED, tell } from './fake_provider.ts';

/** What a provider's answer means: taken, to be tried again, or given up. */

const JSON_TYPE = { 'content-type': 'application/json' };
const WEBHOOK = 'webhook_configs: [{url: "http://secret-host/token"}]';
const SLACK = 'slack_configs: [{api_url: "https://hooks/x", channel: "#a"}]';
const PAGERDUTY = 'pagerduty_configs: [{routing_key: R}]';
const PAGERDUTY_V1 = 'pagerduty_configs: [{service_key: R}]';
const TELEGRAM = 'telegram_configs: [{bot_token: t, chat_id: 1}]';
const ROCKETCHAT = 'rocketchat_configs: [{token: t, token_id: i}]';
const WECHAT = 'wechat_configs: [{api_secret: s, corp_id: c}]';

const CASES: readonly (readonly [
  name: string,
  receiver: string,
  answers: readonly Answer[],
  expected: { error?: RegExp; retry: boolean; status: number },
])[] = [
  ['any 2xx is taken', WEBHOOK, [{ status: 204 }], { retry: false, status: 204 }],
  [
    '5xx is tried again',
    WEBHOOK,
    [{ status: 503, body: 'down' }],
    { error: /^unexpected status code 503: down$/, retry: true, status: 503 },
  ],
  ['4xx is given up', WEBHOOK, [{ status: 404 }], { error: /^unexpected status code 404$/, retry: false, status: 404 }],
  ['429 is tried again', WEBHOOK, [{ status: 429 }], { error: /429/, retry: true, status: 429 }],
  [
    'a connection that fails is tried again',
    WEBHOOK,
    [{ error: new OutboundError('unreachable', 'connect ECONNREFUSED') }],
    { error: /^connect ECONNREFUSED$/, retry: true, status: 0 },
  ],
  [
    'silence is tried again',
    WEBHOOK,
    [{ error: new OutboundError('timeout', 'no answer within 20000 ms') }],
    { error: /no answer/, retry: true, status: 0 },
  ],
  [
    'an address that may not be asked is given up',
    WEBHOOK,
    [{ error: new OutboundError('blocked', 'may not be asked') }],
    { error: /may not/, retry: false, status: 0 },
  ],
  [
    'Slack refuses in words',
    SLACK,
    [{ body: 'no_service' }],
    { error: /^channel "#a": received an error response from Slack: no_service$/, retry: false, status: 200 },
  ],
  [
    'Slack refuses in JSON',
    SLACK,
    [{ headers: JSON_TYPE, body: { ok: false, error: 'channel_not_found' } }],
    { error: /^channel "#a": error response from Slack: channel_not_found$/, retry: false, status: 200 },
  ],
  [
    'JSON of Slack that is none is tried again',
    SLACK,
    [{ headers: JSON_TYPE, body: '<html>' }],
    { error: /could not unmarshal/, retry: true, status: 200 },
  ],
  [
    'PagerDuty’s version 1 limits with 403',
    PAGERDUTY_V1,
    [{ status: 403 }],
    { error: /403/, retry: true, status: 403 },
  ],
  ['for version 2 403 is final', PAGERDUTY, [{ status: 403 }], { error: /403/, retry: false, status: 403 }],
  [
    'PagerDuty says which field is wrong',
    PAGERDUTY,
    [
      {
        status: 400,
        body: { status: 'invalid event', message: 'Event object is invalid', errors: ['Length of routing_key'] },
      },
    ],
    {
      error: /^unexpected status code 400: Event object is invalid: Length of routing_key$/,
      retry: false,
      status: 400,
    },
  ],
  [
    'Telegram says what is wrong',
    TELEGRAM,
    [{ status: 400, body: { ok: false, description: 'Bad Request: chat not found' } }],
    { error: /chat not found/, retry: false, status: 400 },
  ],
  [
    'Rocket.Chat refuses with a 200',
    ROCKETCHAT,
    [{ body: { success: false, error: 'invalid-channel' } }],
    { error: /invalid-channel/, retry: false, status: 200 },
  ],
  [
    'an expired token of WeChat is tried again',
    WECHAT,
    [{ body: { access_token: 'x' } }, { body: { errcode: 42001, errmsg: 'expired' } }],
    { error: /expired/, retry: true, status: 200 },
  ],
  [
    'WeChat without a token is given up',
    WECHAT,
    [{ body: {} }],
    { error: /invalid APISecret/, retry: false, status: 200 },
  ],
  [
    'a template that fails is given up',
    'webhook_configs: [{url: "http://x/{{ .Nothing }}"}]',
    [{}],
    { error: /can't evaluate field Nothing/, retry: false, status: 0 },
  ],
  [
    'a secret’s file that is not there may come',
    'webhook_configs: [{url_file: /nowhere/at/all}]',
    [{}],
    { error: /ENOENT/, retry: true, status: 0 },
  ],
  [
    'a policy without on-call has nobody',
    'on_call_configs: [{policy: p}]',
    [{}],
    { error: /nobody is on call/, retry: false, status: 0 },
  ],
];

for (const [name, receiver, answers, expected] of CASES) {
  test(name, async () => {
    const { outcome } = await tell(receiver, { answers });
    assert.equal(outcome.retry, expected.retry);
    assert.equal(outcome.status, expected.status);
    if (expected.error === undefined) assert.equal(outcome.error, undefined);
    else assert.match(outcome.error ?? '', expected.error);
    assert.doesNotMatch(outcome.error ?? '', /secret-host|token(?!_)/);
  });
}

test('a provider says how long to wait, in seconds or as a date, an hour at most', async () => {
  const { outcome } = await tell(WEBHOOK, { answers: [{ status: 429, headers: { 'retry-after': '30' } }] });
  assert.equal(outcome.retryAfterMs, 30_000);
  const now = Date.UTC(2026, 0, 1);
  assert.equal(retryAfterMs('Thu, 01 Jan 2026 00:00:10 GMT', now), 10_000);
  assert.equal(retryAfterMs('999999', now), 3_600_000);
  assert.equal(retryAfterMs('soon', now), undefined);
});

test('Jira: an open issue is written again and moved when the group is resolved', async () => {
  const { asked, outcome } = await tell(
    'jira_configs: [{api_url: "https://x.atlassian.net/rest/api/2/", project: OPS, issue_type: Bug, summary: {template: s, enable_update: false}, description: d, labels: [b, a], reopen_transition: Reopen, resolve_transition: Done, reopen_duration: 1h, fields: {customfield_1: {value: "{{ .Status }}"}}}]',
    {
      answers: [
        { body: { issues: [{ key: 'OPS-1', fields: { status: { statusCategory: { key: 'done' } } } }] } },
        { status: 204 },
        { body: { transitions: [{ id: '31', name: 'Reopen' }] } },
        { status: 204 },
      ],
    },
  );
  assert.equal(outcome.error, undefined);
  assert.equal(outcome.providerId, 'OPS-1');
  assert.deepEqual(
    asked.map(({ method, url }) => `${method} ${url}`),
    [
      'POST https://x.atlassian.net/rest/api/3/search/jql',
      'PUT https://x.atlassian.net/rest/api/2/issue/OPS-1',
      'GET https://x.atlassian.net/rest/api/2/issue/OPS-1/transitions',
      'POST https://x.atlassian.net/rest/api/2/issue/OPS-1/transitions',
    ],
  );
  const label = 'ALERT{d4061866bc333de2350285b0452a21f78349e3d63b4f06b6c956f64f95d7be36}';
  assert.deepEqual(asked[0]?.body, {
    fields: ['status'],
    jql: `(resolutiondate is EMPTY OR resolutiondate >= -60m) and project="OPS" and labels="${label}" order by status ASC,resolutiondate DESC`,
    maxResults: 2,
  });
  assert.deepEqual(asked[1]?.body, {
    fields: {
      project: { key: 'OPS' },
      issuetype: { name: 'Bug' },
      description: 'd',
      labels: [label, 'a', 'b'],
      priority: { name: 'High' },
      customfield_1: { value: 'firing' },
    },
  });
  assert.deepEqual(asked[3]?.body, { transition: { id: '31' } });
});

test('Jira: where there is no issue one is opened, and none for a group that is resolved', async () => {
  const receiver =
    'jira_configs: [{api_url: "https://jira.example/rest/api/2", project: OPS, issue_type: Bug, summary: s, description: d, labels: [a]}]';
  const nothing = { body: { issues: [] } };
  const made = { status: 201, body: { id: '1', key: 'OPS-2' } };
  const { asked, outcome } = await tell(receiver, { answers: [nothing, made] });
  assert.deepEqual(outcome, { retry: false, status: 201, providerId: 'OPS-2' });
  assert.deepEqual(
    asked.map(({ method, url }) => `${method} ${url}`),
    ['POST https://jira.example/rest/api/2/search', 'POST https://jira.example/rest/api/2/issue'],
  );
  assert.deepEqual(asked[1]?.body, {
    fields: {
      project: { key: 'OPS' },
      issuetype: { name: 'Bug' },
      summary: 's',
      description: 'd',
      labels: [`ALERT{${GROUP_HASH}}`, 'a'],
      priority: { name: 'High' },
    },
  });
  const notification = exampleNotification({ alerts: [exampleAlert(RESOLVED)] });
  const over = await tell(receiver, { answers: [nothing], notification });
  assert.equal(over.outcome.error, undefined);
  assert.equal(over.asked.length, 1);
});
