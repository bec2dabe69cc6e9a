import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseDocument } from 'yaml';
import { readAlertmanagerConfig } from './load.ts';

const UPSTREAM = join(import.meta.dirname, '../../../../../shared/conformance/alertmanager');
/** Else the one of the PATH. */
const AMTOOL = process.env.TRILITH_TEST_AMTOOL ?? 'amtool';
/** Since this minor version of 0.x names of labels may be any UTF-8 text. */
const UTF8_NAMES_SINCE = 27;

/** The files amtool 0.33.1 refuses, and what it says; it accepts all others. */
const REFUSED: Readonly<Record<string, string>> = {
  'amtool/testdata/conf.bad.yml': 'expected a mapping',
  'config-testdata/conf.mattermost-both-webhook-url-and-file.yml':
    'at most one of mattermost_webhook_url & mattermost_webhook_url_file must be configured',
  'config-testdata/conf.mattermost-no-webhook-url.yml': 'missing webhook_url or webhook_url_file on mattermost_config',
  'config-testdata/conf.mattermost-valid-receiver-both-webhook-url-and-file.yml':
    'at most one of mattermost_webhook_url & mattermost_webhook_url_file must be configured',
  'config-testdata/conf.nil-match_re-route.yml': 'invalid regexp value for "invalid_label"',
  'config-testdata/conf.nil-source_match_re-inhibition.yml': 'invalid regexp value for "invalid_source_label"',
  'config-testdata/conf.nil-target_match_re-inhibition.yml': 'invalid regexp value for "invalid_target_label"',
  'config-testdata/conf.opsgenie-both-file-and-apikey.yml':
    'at most one of opsgenie_api_key & opsgenie_api_key_file must be configured',
  'config-testdata/conf.opsgenie-default-apikey-old-team.yml': 'line 16: unknown key "teams"',
  'config-testdata/conf.opsgenie-no-apikey.yml': 'no global OpsGenie API Key set either inline or in a file',
  'config-testdata/conf.rocketchat-both-token-and-tokenfile.yml':
    'at most one of rocketchat_token & rocketchat_token_file must be configured',
  'config-testdata/conf.rocketchat-both-tokenid-and-tokenidfile.yml':
    'at most one of rocketchat_token_id & rocketchat_token_id_file must be configured',
  'config-testdata/conf.rocketchat-no-token.yml': 'no global Rocketchat Token set either inline or in a file',
  'config-testdata/conf.slack-both-file-and-token.yml':
    'at most one of slack_app_token & slack_app_token_file must be configured',
  'config-testdata/conf.slack-both-file-and-url.yml':
    'at most one of slack_api_url & slack_api_url_file must be configured',
  'config-testdata/conf.slack-both-url-and-token.yml':
    'at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file must be configured',
  'config-testdata/conf.slack-no-api-url-or-token.yml': 'no Slack API URL nor App token set either inline or in a file',
  'config-testdata/conf.slack-update-message-and-webhook.yml':
    'update_message can only be used with bot tokens. api_url must be set to https://slack.com/api/chat.postMessage',
  'config-testdata/conf.smtp-both-password-and-file.yml':
    'at most one of smtp_auth_password & smtp_auth_password_file must be configured',
  'config-testdata/conf.sns-invalid.yml': 'must provide either a Target ARN, Topic ARN, or Phone Number for SNS config',
  'config-testdata/conf.telegram-both-bot-token-and-file.yml':
    'at most one of telegram_bot_token & telegram_bot_token_file must be configured',
  'config-testdata/conf.telegram-no-bot-token.yml': 'missing bot_token or bot_token_file on telegram_config',
  'config-testdata/conf.telegram-valid-receiver-both-bot-token-and-file.yml':
    'at most one of telegram_bot_token & telegram_bot_token_file must be configured',
  'config-testdata/conf.victorops-both-file-and-apikey.yml':
    'at most one of victorops_api_key & victorops_api_key_file must be configured',
  'config-testdata/conf.victorops-no-apikey.yml': 'no global VictorOps API Key set',
  'config-testdata/conf.wechat-both-file-and-secret.yml':
    'at most one of wechat_api_secret & wechat_api_secret_file must be configured',
  'config-testdata/conf.wechat-no-api-secret.yml': 'no global Wechat Api Secret set either inline or in a file',
  'doc-examples/route_labels.yml': 'line 22: unknown key "labels"',
  'kube-prometheus/examples/alertmanager-config-with-template.yaml':
    'line 20: Nested mappings are not allowed in compact mappings',
  'kube-prometheus/examples/alertmanager-config.yaml': 'unknown key "slack_configs"',
};

function upstreamFiles(): string[] {
  const folders = ['config-testdata', 'doc-examples', 'examples-ha', 'amtool/testdata', 'kube-prometheus/examples'];
  return globSync(`{${folders.join(',')}}/*.{yml,yaml}`, { cwd: UPSTREAM });
}

test('upstream’s configurations are accepted and refused as upstream does, in its words', (t) => {
  if (!existsSync(UPSTREAM)) return t.skip('upstream’s files are not beside the repository');
  const files = upstreamFiles();
  assert.ok(files.length > 45);
  for (const file of files) {
    const read = () => readAlertmanagerConfig(readFileSync(join(UPSTREAM, file), 'utf8'));
    const reason = REFUSED[file];
    if (reason === undefined) assert.doesNotThrow(read, file);
    else assert.throws(read, (error) => error instanceof Error && error.message.includes(reason), file);
  }
});

test('the configuration in kube-prometheus’ secret is accepted', (t) => {
  if (!existsSync(UPSTREAM)) return t.skip('upstream’s files are not beside the repository');
  const file = join(UPSTREAM, 'kube-prometheus/manifests/alertmanager-secret.yaml');
  const secret = parseDocument(readFileSync(file, 'utf8')).toJS() as { stringData: Record<string, string> };
  const { route, receivers } = readAlertmanagerConfig(secret.stringData['alertmanager.yaml'] ?? '');
  assert.equal(route.routes.length, 3);
  assert.deepEqual([...receivers.keys()], ['Default', 'Watchdog', 'Critical', 'null']);
});

const HEAD = 'receivers: [{name: a}]\n';

/** Ours, and whether amtool agrees where it is there; an older one does not about names of labels in UTF-8. */
const CASES: readonly (readonly [string, RegExp | null, 'UTF-8 names'?])[] = [
  [`${HEAD}route: {receiver: a}`, null],
  ['', /no route provided in config/],
  [HEAD, /no routes provided/],
  [`${HEAD}route: {group_by: [x]}`, /root route must specify a default receiver/],
  [`${HEAD}route: {receiver: b}`, /undefined receiver "b" used in route/],
  [`${HEAD}route: {receiver: a, matchers: [x=y]}`, /root route must not have any matchers/],
  [`${HEAD}route: {receiver: a, continue: true}`, /cannot have continue in root route/],
  [`${HEAD}route: {receiver: a, mute_time_intervals: [x]}`, /root route must not have any mute time intervals/],
  [`${HEAD}route: {receiver: a, active_time_intervals: [x]}`, /root route must not have any active time intervals/],
  [`${HEAD}route: {receiver: a, group_interval: 0s}`, /group_interval cannot be zero/],
  [`${HEAD}route: {receiver: a, repeat_interval: 0s}`, /repeat_interval cannot be zero/],
  [`${HEAD}route: {receiver: a, group_wait: 1x}`, /not a valid duration string: "1x"/],
  [`${HEAD}route: {receiver: a, group_by: ['...', x]}`, /cannot have wildcard group_by/],
  [`${HEAD}route: {receiver: a, group_by: [x, x]}`, /duplicated label "x" in group_by/],
  [`${HEAD}route: {receiver: a, group_by: ['a b']}`, null, 'UTF-8 names'],
  [`${HEAD}route: {receiver: a, group_by: ['']}`, /invalid label name "" in group_by list/],
  [`${HEAD}route: {receiver: a, routes: [{match: {'a-b': c}}]}`, /invalid label name "a-b"/],
  [`${HEAD}route: {receiver: a, routes: [{match_re: {a: '('}}]}`, /error parsing regexp/],
  [`${HEAD}route: {receiver: a, routes: [{matchers: ['a']}]}`, /bad matcher format: a/],
  [`${HEAD}route: {receiver: a, routes: [{mute_time_intervals: [x]}]}`, /undefined time interval "x" used in route/],
  [`${HEAD}route: {receiver: a}\nunknown: 1`, /line 3: unknown key "unknown"/],
  [`${HEAD}route: {receiver: a}\ntime_intervals: [{name: x}, {name: x}]`, /time interval "x" is not unique/],
  [`${HEAD}route: {receiver: a}\ntime_intervals: [{time_intervals: []}]`, /missing name in time interval/],
  ['receivers: [{name: a}, {name: a}]\nroute: {receiver: a}', /notification config name "a" is not unique/],
  ['receivers: [{}]\nroute: {receiver: a}', /missing name in receiver/],
  ['receivers: [{name: a, labels: {name: b}}]\nroute: {receiver: a}', /must match receiver name "a", got "b"/],
  [`${HEAD}route: {receiver: a}\ninhibit_rules: [{equal: ['']}]`, /invalid label name "" in equal list/],
  [`${HEAD}route: {receiver: a}\nglobal: {resolve_timeout: 1h}`, null],
];

test('what is wrong with a configuration is said in upstream’s words', () => {
  for (const [text, message] of CASES) {
    if (message === null) assert.doesNotThrow(() => readAlertmanagerConfig(text), text);
    else assert.throws(() => readAlertmanagerConfig(text), { name: 'ConfigFileError', message }, text);
  }
});

test('the real amtool gives the same verdicts', (t) => {
  const { error, stdout, stderr } = spawnSync(AMTOOL, ['--version'], { encoding: 'utf8' });
  if (error !== undefined) return t.skip('no amtool: set TRILITH_TEST_AMTOOL or put it into PATH');
  const minor = Number(/version 0\.(\d+)/.exec(`${stdout}${stderr}`)?.[1] ?? UTF8_NAMES_SINCE);
  const directory = mkdtempSync(join(tmpdir(), 'trilith-amtool-'));
  try {
    for (const [i, [text, message, needs]] of CASES.entries()) {
      if (needs !== undefined && minor < UTF8_NAMES_SINCE) continue;
      const path = join(directory, `${i}.yml`);
      writeFileSync(path, text);
      const accepted = () => execFileSync(AMTOOL, ['check-config', path], { stdio: 'pipe' });
      if (message === null) assert.doesNotThrow(accepted, text);
      else assert.throws(accepted, text);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('a configuration is shown without its secrets, and can be read again', (t) => {
  if (!existsSync(UPSTREAM)) return t.skip('upstream’s files are not beside the repository');
  const written = `
global:
  slack_api_url: http://slack.example/CANARY1
  smtp_auth_password: CANARY2
  http_config: {authorization: {credentials: CANARY3}, http_headers: {X: {secrets: [CANARY4]}}}
route: {receiver: a}
receivers:
  - name: a
    pagerduty_configs: [{routing_key: CANARY5, details: {key: shown}}]
    webhook_configs: [{url: 'http://x/CANARY6'}]
    slack_configs: [{channel: '#shown'}]
    telegram_configs: [{bot_token: CANARY7, chat_id: 1}]
    victorops_configs: [{api_key: CANARY8, routing_key: shown}]
`;
  const { text } = readAlertmanagerConfig(written);
  assert.doesNotMatch(text, /CANARY/);
  assert.equal(text.match(/shown/g)?.length, 3);
  assert.doesNotThrow(() => readAlertmanagerConfig(text));
  // With an app token and the address that goes with it, of which upstream cannot read its own output either.
  const unreadable = 'config-testdata/conf.slack-default-app-token.yml';
  for (const file of upstreamFiles().filter((name) => REFUSED[name] === undefined && name !== unreadable)) {
    const { text: shown } = readAlertmanagerConfig(readFileSync(join(UPSTREAM, file), 'utf8'));
    assert.doesNotThrow(() => readAlertmanagerConfig(shown), file);
  }
});
