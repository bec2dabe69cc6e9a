import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ALERT,
  bodyOf,
  type ChannelCase,
  checkCase,
  exampleAlert,
  exampleNotification,
  GROUP_HASH,
  LIST,
  LIST_URL,
  RESOLVED,
  TITLE,
  tell,
  WEBHOOK_BODY,
} from './fake_provider.ts';

/** What each channel sends: addresses, headers and bodies that providers know from Alertmanager. */

const resolvedOne = exampleNotification({ alerts: [exampleAlert(RESOLVED)] });
const CASES: readonly ChannelCase[] = [
  {
    name: 'webhook: version 4, with the key of the decision',
    receiver: 'webhook_configs: [{url: "http://hook/x"}]',
    asked: [{ url: 'http://hook/x', headers: { 'idempotency-key': 'idem-1' }, body: WEBHOOK_BODY }],
  },
  {
    name: 'webhook: max_alerts leaves the rest out and says how many',
    receiver: 'webhook_configs: [{url: "http://hook/{{ .CommonLabels.service }}", max_alerts: 1}]',
    notification: exampleNotification({ alerts: [exampleAlert(), exampleAlert()] }),
    asked: [{ url: 'http://hook/checkout', body: { ...WEBHOOK_BODY, truncatedAlerts: 1 } }],
  },
  {
    name: 'webhook: a payload of one’s own, texts rendered, numbers numbers',
    receiver: `webhook_configs: [{url: "http://hook/x", payload: {n: "{{ len .Alerts }}", text: "{{ .Status }}!", on: true, list: ["{{ .GroupLabels.alertname }}", 3]}}]`,
    asked: [{ url: 'http://hook/x', body: { n: 1, text: 'firing!', on: true, list: ['HighLatency', 3] } }],
  },
  {
    name: 'pagerduty: version 2 triggers, with alerts as details',
    receiver:
      'pagerduty_configs: [{routing_key: R, class: "{{ .CommonLabels.service }}", links: [{href: "", text: gone}]}]',
    answers: [{ status: 202, body: { status: 'success', dedup_key: GROUP_HASH } }],
    asked: [
      {
        url: 'https://events.pagerduty.com/v2/enqueue',
        body: {
          routing_key: 'R',
          dedup_key: GROUP_HASH,
          event_action: 'trigger',
          client: 'Alertmanager',
          client_url: LIST_URL,
          payload: {
            summary: TITLE,
            source: 'Alertmanager',
            severity: 'error',
            class: 'checkout',
            custom_details: { firing: [ALERT], resolved: [], num_firing: 1, num_resolved: 0 },
          },
        },
      },
    ],
    providerId: GROUP_HASH,
  },
  {
    name: 'pagerduty: version 1 resolves',
    receiver:
      'pagerduty_configs: [{service_key: S, details: {firing: a, resolved: b, num_firing: "1", num_resolved: c}}]',
    notification: resolvedOne,
    asked: [
      {
        url: 'https://events.pagerduty.com/generic/2010-04-15/create_event.json',
        body: {
          service_key: 'S',
          incident_key: GROUP_HASH,
          event_type: 'resolve',
          event_action: '',
          payload: null,
          description: '[RESOLVED] HighLatency (checkout critical)',
          details: { firing: 'a', resolved: 'b', num_firing: 1, num_resolved: 'c' },
        },
      },
    ],
  },
  {
    name: 'opsgenie: creates an alert and writes it again',
    receiver:
      'opsgenie_configs: [{api_key: K, tags: "a,,b", update_alerts: true, responders: [{name: "t1,t2", type: teams}, {username: u, type: User}]}]',
    asked: [
      {
        url: 'https://api.opsgenie.com/v2/alerts',
        headers: { authorization: 'GenieKey K' },
        body: {
          alias: GROUP_HASH,
          message: TITLE,
          description: `p99 above 2 s\nAlerts Firing:\n${LIST}\n`,
          details: ALERT.labels,
          source: LIST_URL,
          responders: [
            { name: 't1', type: 'team' },
            { name: 't2', type: 'team' },
            { username: 'u', type: 'user' },
          ],
          tags: ['a', 'b'],
        },
      },
      {
        method: 'PUT',
        url: `https://api.opsgenie.com/v2/alerts/${GROUP_HASH}/message?identifierType=alias`,
        body: { message: TITLE },
      },
      {
        method: 'PUT',
        url: `https://api.opsgenie.com/v2/alerts/${GROUP_HASH}/description?identifierType=alias`,
        body: { description: `p99 above 2 s\nAlerts Firing:\n${LIST}\n` },
      },
    ],
  },
  {
    name: 'opsgenie: closes by alias',
    global: 'opsgenie_api_key: G\nopsgenie_api_url: "https://eu.example/base"',
    receiver: 'opsgenie_configs: [{}]',
    notification: resolvedOne,
    asked: [
      {
        url: `https://eu.example/base/v2/alerts/${GROUP_HASH}/close?identifierType=alias`,
        headers: { authorization: 'GenieKey G' },
        body: { source: LIST_URL },
      },
    ],
  },
  {
    name: 'victorops: a message type it does not know becomes CRITICAL',
    receiver:
      'victorops_configs: [{api_key: K, routing_key: "{{ .CommonLabels.service }}", message_type: "{{ .CommonLabels.severity }}", state_message: s, custom_fields: {Extra: "{{ .Status }}"}}]',
    asked: [
      {
        url: 'https://alert.victorops.com/integrations/generic/20131114/alert/K/checkout',
        body: {
          message_type: 'CRITICAL',
          entity_id: GROUP_HASH,
          entity_display_name: TITLE,
          state_message: 's',
          monitoring_tool: 'Alertmanager',
          Extra: 'firing',
        },
      },
    ],
  },
  {
    name: 'pushover: an emergency that is repeated until somebody reacts',
    receiver: 'pushover_configs: [{user_key: U, token: T, message: " ", retry: 30s, ttl: 5m}]',
    asked: [
      {
        url: 'https://api.pushover.net/1/messages.json',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          token: 'T',
          user: 'U',
          title: TITLE,
          message: '(no details)',
          url: LIST_URL,
          url_title: '',
          priority: '2',
          retry: '30',
          expire: '3600',
          device: '',
          sound: '',
          ttl: '300',
        }).toString(),
      },
    ],
  },
  {
    name: 'incidentio: version 1 with the token of the source',
    receiver: 'incidentio_configs: [{url: "https://api.incident.io/a", alert_source_token: t}]',
    asked: [{ url: 'https://api.incident.io/a', body: { ...WEBHOOK_BODY, version: '1' } }],
  },
  {
    name: 'sns: signed, to a topic in order',
    receiver:
      'sns_configs: [{topic_arn: "arn:aws:sns:eu-west-1:1:t.fifo", subject: s, message: m, sigv4: {region: eu-west-1, access_key: AK, secret_key: SK}, attributes: {k: "{{ .Status }}"}}]',
    answers: [{ body: '<PublishResponse><MessageId>sns-1</MessageId></PublishResponse>' }],
    asked: [
      {
        url: 'https://sns.eu-west-1.amazonaws.com/',
        body: new URLSearchParams({
          Action: 'Publish',
          Version: '2010-03-31',
          Message: 'm',
          TopicArn: 'arn:aws:sns:eu-west-1:1:t.fifo',
          MessageDeduplicationId: GROUP_HASH,
          MessageGroupId: GROUP_HASH,
          Subject: 's',
          'MessageAttributes.entry.1.Name': 'k',
          'MessageAttributes.entry.1.Value.DataType': 'String',
          'MessageAttributes.entry.1.Value.StringValue': 'firing',
        }).toString(),
      },
    ],
    providerId: 'sns-1',
  },
];

for (const each of CASES) test(each.name, () => checkCase(each));

test('sns: the signature is AWS Signature Version 4 of the form', async () => {
  const { asked } = await tell('sns_configs: [{topic_arn: t, sigv4: {region: r, access_key: AK, secret_key: SK}}]');
  const authorization = asked[0]?.headers.authorization ?? '';
  assert.match(
    authorization,
    /^AWS4-HMAC-SHA256 Credential=AK\/\d{8}\/r\/sns\/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=[0-9a-f]{64}$/,
  );
});

test('an event too large for PagerDuty goes without its details', async () => {
  const huge = exampleAlert({ annotations: ['summary', 'x'.repeat(600_000)] });
  const { asked } = await tell('pagerduty_configs: [{routing_key: R, description: d}]', {
    notification: exampleNotification({ alerts: [huge] }),
  });
  const { payload } = bodyOf<{ payload: { custom_details: { error: string } } }>(asked[0]);
  assert.match(payload.custom_details.error, /exceeds the maximum size of 512kB/);
});

test('what labels bring is not rendered as a template, and reads as text in payloads', async () => {
  const notification = exampleNotification({
    alerts: [exampleAlert({ annotations: ['summary', '{{ .ExternalURL }}: {a: 1}'] })],
  });
  const { asked } = await tell(
    `webhook_configs: [{url: "http://h/", payload: {alerts: "{{ .Alerts.Firing | toJson }}"}}]`,
    { notification },
  );
  const { alerts } = bodyOf<{ alerts: { annotations: { summary: string } }[] }>(asked[0]);
  assert.equal(alerts[0]?.annotations.summary, '{{ .ExternalURL }}: {a: 1}');
});
