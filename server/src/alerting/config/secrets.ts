import { type Document, isMap, isScalar, isSeq, type Node, parseDocument, type Scalar } from 'yaml';

/** Keys whose value is a secret wherever they stand (SecretURL, Secret of upstream's config types, common/config). */
const SECRET_KEYS: ReadonlySet<string> = new Set([
  'api_key',
  'api_secret',
  'app_token',
  'alert_source_token',
  'auth_password',
  'auth_secret',
  'bearer_token',
  'bot_token',
  'client_certificate_key',
  'client_secret',
  'credentials',
  'key',
  'mattermost_webhook_url',
  'opsgenie_api_key',
  'password',
  'rocketchat_token',
  'rocketchat_token_id',
  'routing_key',
  'secret_key',
  'secrets',
  'service_key',
  'slack_api_url',
  'slack_app_token',
  'smtp_auth_password',
  'smtp_auth_secret',
  'telegram_bot_token',
  'token',
  'token_id',
  'user_key',
  'victorops_api_key',
  'webhook_url',
  'wechat_api_secret',
]);
/** Keys that are secret in one section only. */
const SECRET_IN: Readonly<Record<string, readonly string[]>> = { api_url: ['slack_configs'], url: ['webhook_configs'] };
/** Keys that are no secret in this section. */
const OPEN_IN: Readonly<Record<string, readonly string[]>> = {
  routing_key: ['victorops_configs'],
  key: ['labels', 'details', 'headers', 'match', 'match_re', 'custom_fields', 'fields'],
};
/** `http_headers` and the like: every value below is one. */
const SECRET_BELOW: ReadonlySet<string> = new Set(['proxy_connect_header', 'secrets']);

/** A configuration as it may be shown: every secret is `<secret>`, all else stands as it was written. */
export function withoutSecrets(text: string): string {
  const document: Document = parseDocument(text, { merge: true });
  if (document.contents !== null) hide(document.contents, []);
  return document.toString({ lineWidth: 0 });
}

function hide(node: unknown, path: readonly string[]): void {
  if (isSeq(node)) for (const item of node.items) hide(item, path);
  if (!isMap(node)) return;
  for (const pair of node.items) {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    const value = pair.value as Node | null;
    if (isSecret(key, path)) mask(value);
    else hide(value, [...path, key]);
  }
}

function isSecret(key: string, path: readonly string[]): boolean {
  if (SECRET_BELOW.has(key)) return true;
  const within = (sections: readonly string[] | undefined): boolean =>
    sections?.some((section) => path.includes(section)) === true;
  return (SECRET_KEYS.has(key) && !within(OPEN_IN[key])) || within(SECRET_IN[key]);
}

function mask(node: unknown): void {
  if (isScalar(node) && node.value !== null && node.value !== '') {
    const scalar: Scalar = node;
    scalar.value = '<secret>';
    scalar.type = 'QUOTE_DOUBLE';
  }
  if (isSeq(node)) for (const item of node.items) mask(item);
  if (isMap(node)) for (const pair of node.items) mask(pair.value);
}
