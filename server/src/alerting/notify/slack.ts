import type { HttpClientConfig, SecretSource } from '../../base/http_settings.ts';
import { Secret } from '../../base/secret.ts';
import { fail, record, texts, type YamlValue } from '../../base/yaml_reader.ts';
import type { Keys } from '../../base/yaml_shape.ts';
import { flagOf, goDurationMs, secretOf, secretUrlOf, textOr, urlOr } from './config_fields.ts';
import {
  type AttachmentField,
  attachmentFields,
  defaultTemplate,
  readEntry,
  recordsOf,
  textsOf,
  withoutEmpty,
} from './entry.ts';
import { exchange, jsonObject, type Reply } from './exchange.ts';
import type { ReceiverGlobals } from './globals.ts';
import { type Accepted, type Channel, type Delivery, DeliveryError } from './integration.ts';
import { truncateRunes } from './truncate.ts';

/** https://api.slack.com/reference/messaging/attachments#legacy_fields */
const MAX_TITLE_RUNES = 1024;
const POST_URL = 'https://slack.com/api/chat.postMessage';
/** Where a message that was sent before is changed, for `update_message`. */
const UPDATE_URL = 'https://slack.com/api/chat.update';

const slackText = (part: string): string => defaultTemplate('slack', part);
const TEXTS = {
  channel: '',
  username: slackText('username'),
  color: slackText('color'),
  title: slackText('title'),
  title_link: slackText('titlelink'),
  pretext: slackText('pretext'),
  text: slackText('text'),
  message_text: '',
  footer: slackText('footer'),
  fallback: slackText('fallback'),
  callback_id: slackText('callbackid'),
  icon_emoji: slackText('iconemoji'),
  icon_url: slackText('iconurl'),
  image_url: slackText('imageurl'),
  thumb_url: '',
} as const;

const KEYS = [
  ...Object.keys(TEXTS),
  'api_url',
  'api_url_file',
  'app_token',
  'app_token_file',
  'app_url',
  'fields',
  'short_fields',
  'link_names',
  'mrkdwn_in',
  'actions',
  'update_message',
  'timeout',
];

interface SlackAction {
  readonly type: string;
  readonly text: string;
  readonly url: string;
  readonly style: string;
  readonly name: string;
  readonly value: string;
  readonly confirm: Readonly<Record<'title' | 'text' | 'ok_text' | 'dismiss_text', string>> | undefined;
}

interface SlackConfig {
  readonly url: SecretSource;
  readonly texts: Readonly<Record<keyof typeof TEXTS, string>>;
  readonly fields: readonly AttachmentField[];
  readonly shortFields: boolean;
  readonly linkNames: boolean;
  readonly mrkdwnIn: readonly string[];
  readonly actions: readonly SlackAction[];
  readonly updateMessage: boolean;
}

export const slack: Channel = {
  name: 'slack',
  section: 'slack_configs',
  read(at, globals) {
    const entry = readEntry(at, KEYS, false);
    const { keys } = entry;
    const { url, http } = readTarget(keys, at, entry.ownHttp, globals);
    const mrkdwnIn = texts(keys.get('mrkdwn_in'));
    const config: SlackConfig = {
      url,
      texts: textsOf(keys, TEXTS),
      fields: attachmentFields(keys, 'Slack'),
      shortFields: flagOf(keys, 'short_fields'),
      linkNames: flagOf(keys, 'link_names'),
      mrkdwnIn: mrkdwnIn.length === 0 ? ['fallback', 'pretext', 'text'] : mrkdwnIn,
      actions: recordsOf(keys, 'actions', ['type', 'text', 'url', 'style', 'name', 'value', 'confirm']).map(readAction),
      updateMessage: flagOf(keys, 'update_message'),
    };
    const timeoutMs = goDurationMs(keys, 'timeout', 0);
    return { sendResolved: entry.sendResolved, http, timeoutMs, deliver: (delivery) => deliver(config, delivery) };
  },
};

/** Where to and as whom: an incoming webhook's address, or the API with an app's token. */
function readTarget(
  keys: Keys,
  at: YamlValue,
  ownHttp: HttpClientConfig | undefined,
  globals: ReceiverGlobals,
): { url: SecretSource; http: HttpClientConfig } {
  const ownUrl = secretUrlOf(keys, 'api_url');
  const ownToken = secretOf(keys, 'app_token');
  if (ownUrl !== undefined && ownToken !== undefined)
    throw fail(at, 'at most one of api_url/api_url_file & app_token/app_token_file must be configured');
  if (flagOf(keys, 'update_message') && textOr(keys, 'api_url') !== POST_URL)
    throw fail(at, `update_message can only be used with bot tokens. api_url must be set to ${POST_URL}`);
  // The token of `global` is for entries that say nothing else about who they are.
  const ownAuthorization = ownHttp !== undefined && ownHttp.auth.kind === 'header';
  const inherits = !ownAuthorization && ownUrl?.kind !== 'inline';
  const token = ownToken ?? (inherits ? globals.slackAppToken : undefined);
  const http = ownHttp ?? globals.http;
  if (token !== undefined) {
    if (http.auth.kind === 'header') throw fail(at, "http authorization can't be set when using Slack App tokens");
    const url: SecretSource = { kind: 'inline', value: new Secret(urlOr(keys, 'app_url', globals.slackAppUrl)) };
    return { url, http: { ...http, auth: { kind: 'header', scheme: 'Bearer', credentials: token } } };
  }
  const url = ownUrl ?? globals.slackApiUrl;
  if (url === undefined) throw fail(at, 'no Slack API URL nor App token set either inline or in a file');
  return { url, http };
}

function readAction({ keys, at }: { keys: Keys; at: YamlValue }): SlackAction {
  const of = (name: string): string => textOr(keys, name);
  if (of('type') === '') throw fail(at, 'missing type in Slack action configuration');
  if (of('text') === '') throw fail(at, 'missing text in Slack action configuration');
  if (of('url') === '' && of('name') === '') throw fail(at, 'missing name or url in Slack action configuration');
  const shared = { type: of('type'), text: of('text'), style: of('style') };
  // A link cannot ask back: upstream drops what belongs to buttons.
  if (of('url') !== '') return { ...shared, url: of('url'), name: '', value: '', confirm: undefined };
  const confirm = keys.get('confirm');
  return {
    ...shared,
    url: '',
    name: of('name'),
    value: of('value'),
    confirm: confirm === undefined ? undefined : readConfirm(confirm),
  };
}

function readConfirm(at: YamlValue): NonNullable<SlackAction['confirm']> {
  const confirm = { text: '', title: '', ok_text: '', dismiss_text: '' };
  const read = textsOf(record(at, Object.keys(confirm)), confirm);
  if (read.text === '') throw fail(at, 'missing text in Slack confirmation configuration');
  return read;
}

function attachment(config: SlackConfig, { text }: Delivery): object {
  const of = (name: keyof typeof TEXTS): string => text(config.texts[name]);
  return {
    ...withoutEmpty({
      title: truncateRunes(of('title'), MAX_TITLE_RUNES),
      title_link: of('title_link'),
      pretext: of('pretext'),
    }),
    text: of('text'),
    fallback: of('fallback'),
    callback_id: of('callback_id'),
    ...withoutEmpty({
      fields: config.fields.map(({ title, value, short }) => ({
        title: text(title),
        value: text(value),
        short: short ?? config.shortFields,
      })),
      actions: config.actions.map((action) =>
        withoutEmpty({
          type: text(action.type),
          text: text(action.text),
          url: text(action.url),
          style: text(action.style),
          name: text(action.name),
          value: text(action.value),
          confirm: action.confirm && withoutEmpty(mapTexts(action.confirm, text)),
        }),
      ),
      image_url: of('image_url'),
      thumb_url: of('thumb_url'),
    }),
    footer: of('footer'),
    ...withoutEmpty({ color: of('color'), mrkdwn_in: config.mrkdwnIn }),
  };
}

function mapTexts<Name extends string>(
  from: Readonly<Record<Name, string>>,
  text: (template: string) => string,
): Record<Name, string> {
  const made: Record<string, string> = {};
  for (const [name, template] of Object.entries<string>(from)) made[name] = text(template);
  return made as Record<Name, string>;
}

async function deliver(config: SlackConfig, delivery: Delivery): Promise<Accepted> {
  const { text, notification } = delivery;
  const of = (name: keyof typeof TEXTS): string => text(config.texts[name]);
  const [sentTs, sentChannel] = [notification.stored.get('threadTs'), notification.stored.get('channelId')];
  const updates = config.updateMessage && sentTs !== undefined && sentChannel !== undefined;
  const channel = updates ? sentChannel : of('channel');
  const reply = await exchange(delivery, {
    url: updates ? UPDATE_URL : await delivery.secret(config.url),
    json: {
      ...withoutEmpty({
        channel,
        ts: updates ? sentTs : '',
        username: of('username'),
        icon_emoji: of('icon_emoji'),
        icon_url: of('icon_url'),
        link_names: config.linkNames,
        text: of('message_text'),
      }),
      attachments: [attachment(config, delivery)],
    },
    about: `channel ${JSON.stringify(channel)}`,
  });
  return accepted(reply, channel, config.updateMessage ? notification.stored : undefined);
}

/** Slack says what went wrong in the body of a 200: text from incoming webhooks, JSON from the API. */
function accepted(reply: Reply, channel: string, stored: Map<string, string> | undefined): Accepted {
  const refuse = (message: string, retry: boolean): DeliveryError =>
    new DeliveryError(`channel ${JSON.stringify(channel)}: ${message}`, { retry, status: reply.status });
  if (!(reply.headers['content-type'] ?? '').startsWith('application/json')) {
    if (reply.text === 'ok') return { status: reply.status, providerId: '' };
    throw refuse(`received an error response from Slack: ${reply.text.slice(0, 1_000)}`, false);
  }
  const answer = jsonObject(reply.text);
  if (answer === undefined) throw refuse('could not unmarshal JSON response', true);
  if (answer.ok !== true) throw refuse(`error response from Slack: ${String(answer.error ?? '')}`, false);
  const { ts, channel: id } = answer;
  if (stored !== undefined && typeof ts === 'string' && ts !== '' && typeof id === 'string' && id !== '') {
    stored.set('threadTs', ts);
    stored.set('channelId', id);
  }
  return { status: reply.status, providerId: typeof ts === 'string' ? ts : '' };
}
