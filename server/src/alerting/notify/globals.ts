import { readTls } from '../../base/http_client_config.ts';
import type { HttpClientConfig, HttpTls, SecretSource } from '../../base/http_settings.ts';
import { fail, record, type YamlValue } from '../../base/yaml_reader.ts';
import type { Keys } from '../../base/yaml_shape.ts';
import { flagOf, httpOf, secretOf, secretUrlOf, textOr, urlOr } from './config_fields.ts';

/** What `global` says for receivers that do not say it themselves, with Alertmanager's defaults (config.DefaultGlobalConfig). */
export interface ReceiverGlobals {
  readonly http: HttpClientConfig;
  readonly smtp: SmtpSettings;
  readonly slackApiUrl: SecretSource | undefined;
  readonly slackAppToken: SecretSource | undefined;
  readonly slackAppUrl: string;
  readonly pagerdutyUrl: string;
  readonly opsgenieApiUrl: string;
  readonly opsgenieApiKey: SecretSource | undefined;
  readonly wechatApiUrl: string;
  readonly wechatApiSecret: SecretSource | undefined;
  readonly wechatCorpId: string;
  readonly victoropsApiUrl: string;
  readonly victoropsApiKey: SecretSource | undefined;
  readonly telegramApiUrl: string;
  readonly telegramBotToken: SecretSource | undefined;
  readonly webexApiUrl: string;
  readonly rocketchatApiUrl: string;
  readonly rocketchatToken: SecretSource | undefined;
  readonly rocketchatTokenId: SecretSource | undefined;
  readonly mattermostWebhookUrl: SecretSource | undefined;
  readonly jiraApiUrl: string | undefined;
}

export interface SmtpSettings {
  readonly smarthost: HostPort | undefined;
  readonly from: string;
  readonly hello: string;
  readonly authUsername: string;
  readonly authPassword: SecretSource | undefined;
  readonly authSecret: SecretSource | undefined;
  readonly authIdentity: string;
  readonly requireTls: boolean;
  readonly tls: HttpTls;
  /** Undefined: TLS from the first byte on port 465 only. */
  readonly forceImplicitTls: boolean | undefined;
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const GLOBAL_KEYS: readonly string[] = [
  'resolve_timeout',
  'http_config',
  'jira_api_url',
  'smtp_from',
  'smtp_hello',
  'smtp_smarthost',
  'smtp_auth_username',
  'smtp_auth_password',
  'smtp_auth_password_file',
  'smtp_auth_secret',
  'smtp_auth_secret_file',
  'smtp_auth_identity',
  'smtp_require_tls',
  'smtp_tls_config',
  'smtp_force_implicit_tls',
  'slack_api_url',
  'slack_api_url_file',
  'slack_app_token',
  'slack_app_token_file',
  'slack_app_url',
  'pagerduty_url',
  'opsgenie_api_url',
  'opsgenie_api_key',
  'opsgenie_api_key_file',
  'wechat_api_url',
  'wechat_api_secret',
  'wechat_api_secret_file',
  'wechat_api_corp_id',
  'victorops_api_url',
  'victorops_api_key',
  'victorops_api_key_file',
  'telegram_api_url',
  'telegram_bot_token',
  'telegram_bot_token_file',
  'webex_api_url',
  'rocketchat_api_url',
  'rocketchat_token',
  'rocketchat_token_file',
  'rocketchat_token_id',
  'rocketchat_token_id_file',
  'mattermost_webhook_url',
  'mattermost_webhook_url_file',
];

const PLAIN_HTTP: HttpClientConfig = {
  auth: { kind: 'none' },
  tls: { insecureSkipVerify: false, serverName: '' },
  headers: [],
  followRedirects: true,
  proxy: { kind: 'none' },
};

/** Reads the section `global` but for `resolve_timeout`. Throws ConfigFileError. */
export function readGlobals(value: YamlValue | undefined): ReceiverGlobals {
  const keys: Keys = value === undefined ? new Map() : record(value, GLOBAL_KEYS);
  const globals: ReceiverGlobals = {
    http: httpOf(keys) ?? PLAIN_HTTP,
    smtp: readSmtp(keys),
    slackApiUrl: secretUrlOf(keys, 'slack_api_url'),
    slackAppToken: secretOf(keys, 'slack_app_token'),
    slackAppUrl: urlOr(keys, 'slack_app_url', 'https://slack.com/api/chat.postMessage'),
    pagerdutyUrl: urlOr(keys, 'pagerduty_url', 'https://events.pagerduty.com/v2/enqueue'),
    opsgenieApiUrl: urlOr(keys, 'opsgenie_api_url', 'https://api.opsgenie.com/'),
    opsgenieApiKey: secretOf(keys, 'opsgenie_api_key'),
    wechatApiUrl: urlOr(keys, 'wechat_api_url', 'https://qyapi.weixin.qq.com/cgi-bin/'),
    wechatApiSecret: secretOf(keys, 'wechat_api_secret'),
    wechatCorpId: textOr(keys, 'wechat_api_corp_id'),
    victoropsApiUrl: urlOr(
      keys,
      'victorops_api_url',
      'https://alert.victorops.com/integrations/generic/20131114/alert/',
    ),
    victoropsApiKey: secretOf(keys, 'victorops_api_key'),
    telegramApiUrl: urlOr(keys, 'telegram_api_url', 'https://api.telegram.org'),
    telegramBotToken: secretOf(keys, 'telegram_bot_token'),
    webexApiUrl: urlOr(keys, 'webex_api_url', 'https://webexapis.com/v1/messages'),
    rocketchatApiUrl: urlOr(keys, 'rocketchat_api_url', 'https://open.rocket.chat/'),
    rocketchatToken: secretOf(keys, 'rocketchat_token'),
    rocketchatTokenId: secretOf(keys, 'rocketchat_token_id'),
    mattermostWebhookUrl: secretUrlOf(keys, 'mattermost_webhook_url'),
    jiraApiUrl: urlOr(keys, 'jira_api_url', undefined),
  };
  if (value !== undefined) checkSlack(globals, value);
  return globals;
}

/** A token and an address of an incoming webhook exclude one another, unless the address is the token's own. */
function checkSlack({ slackApiUrl, slackAppToken, slackAppUrl }: ReceiverGlobals, at: YamlValue): void {
  if (slackApiUrl === undefined || slackAppToken === undefined) return;
  if (slackApiUrl.kind === 'inline' && slackApiUrl.value.reveal() === slackAppUrl) return;
  throw fail(
    at,
    'at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file must be configured',
  );
}

function readSmtp(keys: Keys): SmtpSettings {
  return {
    smarthost: hostPortOf(keys, 'smtp_smarthost'),
    from: textOr(keys, 'smtp_from'),
    hello: textOr(keys, 'smtp_hello', 'localhost'),
    authUsername: textOr(keys, 'smtp_auth_username'),
    authPassword: secretOf(keys, 'smtp_auth_password'),
    authSecret: secretOf(keys, 'smtp_auth_secret'),
    authIdentity: textOr(keys, 'smtp_auth_identity'),
    requireTls: flagOf(keys, 'smtp_require_tls', true),
    tls: readTls(keys.get('smtp_tls_config')),
    forceImplicitTls: keys.has('smtp_force_implicit_tls') ? flagOf(keys, 'smtp_force_implicit_tls') : undefined,
  };
}

/** `host:port`, with brackets around an IPv6 address; undefined when the key is missing or empty. */
export function hostPortOf(keys: Keys, key: string): HostPort | undefined {
  const value = keys.get(key);
  const written = textOr(keys, key);
  if (value === undefined || written === '') return undefined;
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(.*)$/.exec(written);
  if (match === null) throw fail(value, `address ${written}: missing port in address`);
  const port = match[3] ?? '';
  if (port === '') throw fail(value, `address ${JSON.stringify(written)}: port cannot be empty`);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw fail(value, `address ${JSON.stringify(written)}: not a port number`);
  return { host: match[1] ?? match[2] ?? '', port: Number(port) };
}
