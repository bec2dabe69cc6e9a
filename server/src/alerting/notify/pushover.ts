import type { SecretSource } from '../../base/http_settings.ts';
import { fail } from '../../base/yaml_reader.ts';
import { flagOf, goDurationMs, secretOf } from './config_fields.ts';
import { defaultTemplate, readEntry, textsOf } from './entry.ts';
import { exchange, jsonObject } from './exchange.ts';
import type { Accepted, Channel, Delivery } from './integration.ts';
import { truncateRunes } from './truncate.ts';

/** https://pushover.net/api#limits */
const MAX_TITLE_RUNES = 250;
const MAX_MESSAGE_RUNES = 1024;
const MAX_URL_RUNES = 512;
const API_URL = 'https://api.pushover.net/1/messages.json';

const TEXTS = {
  title: defaultTemplate('pushover', 'title'),
  message: defaultTemplate('pushover', 'message'),
  url: defaultTemplate('pushover', 'url'),
  url_title: '',
  device: '',
  sound: '',
  priority: '{{ if eq .Status "firing" }}2{{ else }}0{{ end }}',
} as const;

interface PushoverConfig {
  readonly user: SecretSource;
  readonly token: SecretSource;
  readonly texts: Readonly<Record<keyof typeof TEXTS, string>>;
  readonly retrySeconds: number;
  readonly expireSeconds: number;
  readonly ttlSeconds: number;
  readonly html: boolean;
  readonly monospace: boolean;
}

const KEYS = [
  ...Object.keys(TEXTS),
  'user_key',
  'user_key_file',
  'token',
  'token_file',
  'retry',
  'expire',
  'ttl',
  'html',
  'monospace',
];

export const pushover: Channel = {
  name: 'pushover',
  section: 'pushover_configs',
  read(at, globals) {
    const entry = readEntry(at, KEYS, true);
    const { keys } = entry;
    const [user, token] = [secretOf(keys, 'user_key'), secretOf(keys, 'token')];
    if (user === undefined) throw fail(at, 'one of user_key or user_key_file must be configured');
    if (token === undefined) throw fail(at, 'one of token or token_file must be configured');
    const [html, monospace] = [flagOf(keys, 'html'), flagOf(keys, 'monospace')];
    if (html && monospace) throw fail(at, 'at most one of monospace & html must be configured');
    const seconds = (key: string, otherwise: number): number =>
      Math.trunc(goDurationMs(keys, key, otherwise * 1000) / 1000);
    const config: PushoverConfig = {
      user,
      token,
      texts: textsOf(keys, TEXTS),
      retrySeconds: seconds('retry', 60),
      expireSeconds: seconds('expire', 3600),
      ttlSeconds: seconds('ttl', 0),
      html,
      monospace,
    };
    return {
      sendResolved: entry.sendResolved,
      http: entry.ownHttp ?? globals.http,
      timeoutMs: 0,
      deliver: (delivery) => deliver(config, delivery),
    };
  },
};

/** The form of a message; Pushover refuses empty ones. */
async function pushoverForm(config: PushoverConfig, delivery: Delivery): Promise<URLSearchParams> {
  const { text, html } = delivery;
  const { texts } = config;
  const made = config.html ? html(texts.message) : text(texts.message);
  const message = truncateRunes(made, MAX_MESSAGE_RUNES).trim();
  const form = new URLSearchParams({
    token: text(await delivery.secret(config.token)),
    user: text(await delivery.secret(config.user)),
    title: truncateRunes(text(texts.title), MAX_TITLE_RUNES),
    message: message === '' ? '(no details)' : message,
    url: truncateRunes(text(texts.url), MAX_URL_RUNES),
    url_title: text(texts.url_title),
    priority: text(texts.priority),
    retry: String(config.retrySeconds),
    expire: String(config.expireSeconds),
    device: text(texts.device),
    sound: text(texts.sound),
  });
  if (config.html) form.set('html', '1');
  if (config.monospace) form.set('monospace', '1');
  if (config.ttlSeconds > 0) form.set('ttl', String(config.ttlSeconds));
  return form;
}

/** Sent as a form in the body, where upstream puts it into the address: tokens do not belong into logs of proxies. */
async function deliver(config: PushoverConfig, delivery: Delivery): Promise<Accepted> {
  const reply = await exchange(delivery, {
    url: API_URL,
    body: (await pushoverForm(config, delivery)).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  const id = jsonObject(reply.text)?.request;
  return { status: reply.status, providerId: typeof id === 'string' ? id : '' };
}
