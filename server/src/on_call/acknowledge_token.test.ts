import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { Secret } from '../base/secret.ts';
import { readLink, signLink } from './acknowledge_token.ts';
import { isSlackRequest, slackPress } from './slack_button.ts';

const KEY = new Secret('a key of this server');
const NOW = Date.parse('2026-01-05T10:00:00Z');
const LINK = { tenant: 'trilith', groupKey: '{}/{team="оплата"}:{alertname="Down", path="/a.b"}', person: 'anna' };

test('a link says which group it is about and whom it went to, and fits a URL as it is', () => {
  const token = signLink(KEY, LINK, NOW) ?? '';
  assert.match(token, /^[\w.-]+$/);
  assert.deepEqual(readLink(KEY, token, NOW + 29 * 86_400_000), LINK);
});

test('a link that was changed, is of another server, or is too old, says nothing', () => {
  const token = signLink(KEY, LINK, NOW) ?? '';
  assert.equal(readLink(new Secret('another'), token, NOW), undefined);
  assert.equal(readLink(KEY, token, NOW + 31 * 86_400_000), undefined);
  for (let i = 0; i < token.length; i++) {
    const changed = `${token.slice(0, i)}${token[i] === 'A' ? 'B' : 'A'}${token.slice(i + 1)}`;
    assert.equal(readLink(KEY, changed, NOW)?.groupKey, undefined, `changed at ${i}`);
  }
  for (const bad of ['', '.', 'a.b.c', `${token}.x`]) assert.equal(readLink(KEY, bad, NOW), undefined);
  assert.equal(signLink(KEY, { ...LINK, groupKey: 'x'.repeat(5_000) }, NOW), undefined);
});

test('a press of Slack’s button is taken only with Slack’s signature of the last five minutes', () => {
  const secret = new Secret('8f742231b10e8888abcd99yyyzzz85a5');
  const body = Buffer.from('payload=%7B%7D');
  const time = String(NOW / 1_000);
  const signature = `v0=${createHmac('sha256', secret.reveal()).update(`v0:${time}:payload=%7B%7D`).digest('hex')}`;
  const headers = { 'x-slack-request-timestamp': time, 'x-slack-signature': signature };
  assert.ok(isSlackRequest(secret, headers, body, NOW + 299_000));
  assert.ok(!isSlackRequest(secret, headers, body, NOW + 301_000));
  assert.ok(!isSlackRequest(secret, headers, Buffer.from('payload=%7B%7E'), NOW));
  assert.ok(!isSlackRequest(secret, {}, body, NOW));
});

test('both kinds of Slack’s buttons are understood, other interactions are none of ours', () => {
  const user = { id: 'U1', name: 'anna' };
  const pressed = { token: 't', userId: 'U1', userName: 'anna' };
  const attachment = { type: 'interactive_message', user, actions: [{ name: 'trilith_acknowledge', value: 't' }] };
  const block = {
    type: 'block_actions',
    user,
    actions: [{ action_id: 'trilith_acknowledge', value: 'https://a/ack/t' }],
  };
  assert.deepEqual(slackPress(attachment), pressed);
  assert.deepEqual(slackPress(block), pressed);
  for (const other of [null, 7, {}, { actions: [{ name: 'other', value: 't' }], user }, { ...block, user: 7 }])
    assert.equal(slackPress(other), undefined);
});
