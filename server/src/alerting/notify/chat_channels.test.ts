import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bodyOf,
  type ChannelCase,
  checkCase,
  exampleAlert,
  exampleNotification,
  LIST,
  LIST_URL,
  RESOLVED,
  TITLE,
  tell,
} from './fake_provider.ts';

/** What each channel sends: addresses, headers and bodies that providers know from Alertmanager. */

const MARKDOWN = `\n\n# Alerts Firing:\n\nLabels:\n  - alertname = HighLatency\n  - service = checkout\n  - severity = critical\n\nAnnotations:\n  - summary = p99 above 2 s\n\nSource: http://trilith/graph\n\n\n\n\n`;
const PLAIN = `\n\nAlerts Firing:\n${LIST}\n\n\n`;
const resolvedOne = exampleNotification({ alerts: [exampleAlert(RESOLVED)] });
const SLACK_ATTACHMENT = {
  title: TITLE,
  title_link: LIST_URL,
  text: '',
  fallback: `${TITLE} | ${LIST_URL}`,
  callback_id: '',
  footer: '',
  color: 'danger',
  mrkdwn_in: ['fallback', 'pretext', 'text'],
};

const CASES: readonly ChannelCase[] = [
  {
    name: 'slack: an incoming webhook',
    receiver: 'slack_configs: [{api_url: "https://hooks.slack.com/T/B/x", channel: "#pages"}]',
    answers: [{ body: 'ok', headers: { 'content-type': 'text/html' } }],
    asked: [
      {
        url: 'https://hooks.slack.com/T/B/x',
        body: { channel: '#pages', username: 'Alertmanager', attachments: [SLACK_ATTACHMENT] },
      },
    ],
  },
  {
    name: 'slack: fields, actions and colours of the entry, with the address of `global`',
    global: 'slack_api_url: "https://hooks.slack.com/global"',
    receiver: `slack_configs: [{color: "#ff0000", short_fields: true, fields: [{title: T, value: "{{ .Status }}"}, {title: U, value: V, short: false}], actions: [{type: button, text: Go, url: "http://x/{{ .GroupLabels.alertname }}"}, {type: button, text: Sure, name: n, value: v, confirm: {text: "really?"}}]}]`,
    answers: [{ body: 'ok' }],
    asked: [
      {
        url: 'https://hooks.slack.com/global',
        body: {
          username: 'Alertmanager',
          attachments: [
            {
              ...SLACK_ATTACHMENT,
              color: '#ff0000',
              fields: [
                { title: 'T', value: 'firing', short: true },
                { title: 'U', value: 'V', short: false },
              ],
              actions: [
                { type: 'button', text: 'Go', url: 'http://x/HighLatency' },
                { type: 'button', text: 'Sure', name: 'n', value: 'v', confirm: { text: 'really?' } },
              ],
            },
          ],
        },
      },
    ],
  },
  {
    name: 'telegram: HTML into a thread, silently',
    receiver:
      'telegram_configs: [{bot_token: "1:x", chat_id: -100, message_thread_id: 7, disable_notifications: true, message: "<b>{{ .CommonLabels.service }}</b> {{ \\"<\\" }}"}]',
    answers: [{ body: { ok: true, result: { message_id: 5 } } }],
    asked: [
      {
        url: 'https://api.telegram.org/bot1:x/sendMessage',
        body: {
          chat_id: '-100',
          text: '<b>checkout</b> &lt;',
          disable_web_page_preview: true,
          disable_notification: true,
          message_thread_id: 7,
          parse_mode: 'HTML',
        },
      },
    ],
    providerId: '5',
  },
  {
    name: 'discord: an embed in the colour of the state',
    receiver: 'discord_configs: [{webhook_url: "https://discord.com/w", username: bot, avatar_url: "not a url"}]',
    asked: [
      {
        url: 'https://discord.com/w',
        body: { content: '', embeds: [{ title: TITLE, description: PLAIN, color: 0x992d22 }], username: 'bot' },
      },
    ],
  },
  {
    name: 'msteams: a message card',
    receiver: 'msteams_configs: [{webhook_url: "https://teams/w"}]',
    asked: [
      {
        url: 'https://teams/w',
        body: {
          '@context': 'http://schema.org/extensions',
          type: 'MessageCard',
          title: TITLE,
          summary: TITLE,
          text: MARKDOWN,
          themeColor: '8C1A1A',
        },
      },
    ],
  },
  {
    name: 'msteamsv2: an adaptive card',
    receiver: 'msteamsv2_configs: [{webhook_url: "https://teams/w", text: body}]',
    notification: resolvedOne,
    asked: [
      {
        url: 'https://teams/w',
        body: {
          type: 'message',
          attachments: [
            {
              contentType: 'application/vnd.microsoft.card.adaptive',
              contentUrl: null,
              content: {
                $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
                type: 'AdaptiveCard',
                version: '1.2',
                body: [
                  {
                    type: 'TextBlock',
                    text: '[RESOLVED] HighLatency (checkout critical)',
                    weight: 'Bolder',
                    size: 'Medium',
                    wrap: true,
                    style: 'heading',
                    color: 'Good',
                  },
                  { type: 'TextBlock', text: 'body', wrap: true },
                ],
                msteams: { width: 'full' },
              },
            },
          ],
        },
      },
    ],
  },
  {
    name: 'webex: markdown into a room',
    receiver: 'webex_configs: [{room_id: R, message: "{{ .Status }}", http_config: {authorization: {credentials: c}}}]',
    asked: [{ url: 'https://webexapis.com/v1/messages', body: { markdown: 'firing', roomId: 'R' } }],
  },
  {
    name: 'mattermost: one attachment, a priority it allows',
    receiver:
      'mattermost_configs: [{webhook_url: "https://mm/h", channel: town, text: hi, priority: {priority: Urgent, requested_ack: true, persistent_notifications: true}, props: {card: c}}]',
    asked: [
      {
        url: 'https://mm/h',
        body: {
          channel: 'town',
          username: 'Alertmanager',
          attachments: [
            {
              fallback: `${TITLE} | ${LIST_URL}`,
              color: 'danger',
              text: 'hi',
              title: TITLE,
              title_link: LIST_URL,
            },
          ],
          props: { card: 'c' },
          priority: { priority: 'urgent', requested_ack: true, persistent_notifications: true },
        },
      },
    ],
  },
  {
    name: 'rocketchat: as the user the tokens belong to',
    receiver:
      'rocketchat_configs: [{token: T, token_id: I, api_url: "https://rc.example", channel: "#a", actions: [{text: go, url: "http://x"}]}]',
    answers: [{ body: { success: true, message: { _id: 'm1' } } }],
    asked: [
      {
        url: 'https://rc.example/api/v1/chat.postMessage',
        headers: { 'x-auth-token': 'T', 'x-user-id': 'I' },
        body: {
          channel: '#a',
          attachments: [
            {
              title: TITLE,
              title_link: LIST_URL,
              color: 'red',
              actions: [{ type: 'button', text: 'go', url: 'http://x', is_webview: false, msg_in_chat_window: false }],
            },
          ],
        },
      },
    ],
    providerId: 'm1',
  },
  {
    name: 'wechat: a token first, then the message',
    receiver:
      'wechat_configs: [{api_secret: S, corp_id: C, to_user: "@all", agent_id: "1", message: m, message_type: markdown}]',
    answers: [{ body: { access_token: 'tok' } }, { body: { errcode: 0, msgid: 'w1' } }],
    asked: [
      { method: 'GET', url: 'https://qyapi.weixin.qq.com/cgi-bin/gettoken?corpid=C&corpsecret=S' },
      {
        url: 'https://qyapi.weixin.qq.com/cgi-bin/message/send?access_token=tok',
        body: {
          touser: '@all',
          agentid: '1',
          safe: '0',
          msgtype: 'markdown',
          markdown: { content: 'm' },
        },
      },
    ],
    providerId: 'w1',
  },
];

for (const each of CASES) test(each.name, () => checkCase(each));

test('slack: with update_message the message sent before is changed', async () => {
  const receiver =
    'slack_configs: [{api_url: "https://slack.com/api/chat.postMessage", channel: "#a", update_message: true, http_config: {authorization: {credentials: xoxb}}}]';
  const notification = exampleNotification();
  const answer = {
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: { ok: true, ts: '17.5', channel: 'C1' },
  };
  const first = await tell(receiver, { notification, answers: [answer] });
  assert.equal(first.outcome.providerId, '17.5');
  const again = await tell(receiver, { notification, answers: [answer] });
  assert.equal(again.asked[0]?.url, 'https://slack.com/api/chat.update');
  const { ts, channel } = bodyOf<{ ts: string; channel: string }>(again.asked[0]);
  assert.deepEqual([ts, channel], ['17.5', 'C1']);
});

test('titles are cut to what each provider takes', async () => {
  const notification = exampleNotification({ groupLabels: ['alertname', 'é'.repeat(3000)] });
  const { asked } = await tell('discord_configs: [{webhook_url: "https://discord.com/w", message: m}]', {
    notification,
  });
  const { embeds } = bodyOf<{ embeds: { title: string }[] }>(asked[0]);
  assert.equal([...(embeds[0]?.title ?? '')].length, 256);
  assert.ok(embeds[0]?.title.endsWith('…'));
});
