import type { SecretSource } from '../../base/http_settings.ts';
import { fail } from '../../base/yaml_reader.ts';
import { flagOf, secretOf, urlOr, withSlash } from './config_fields.ts';
import {
  type AttachmentField,
  attachmentFields,
  defaultTemplate,
  readEntry,
  recordsOf,
  textsOf,
  withoutEmpty,
} from './entry.ts';
import { exchange, jsonObject } from './exchange.ts';
import { type Accepted, type Channel, type Delivery, DeliveryError } from './integration.ts';
import { truncateRunes } from './truncate.ts';

const MAX_TITLE_RUNES = 1024;

const TEXTS = {
  channel: '',
  color: '{{ if eq .Status "firing" }}red{{ else }}green{{ end }}',
  title: defaultTemplate('rocketchat', 'title'),
  title_link: defaultTemplate('rocketchat', 'titlelink'),
  text: defaultTemplate('rocketchat', 'text'),
  emoji: defaultTemplate('rocketchat', 'emoji'),
  icon_url: defaultTemplate('rocketchat', 'iconurl'),
  image_url: defaultTemplate('rocketchat', 'imageurl'),
  thumb_url: '',
} as const;
const ACTION_TEXTS = { text: '', url: '', msg: '' } as const;
/** Keys of an action upstream reads and does not send. */
const IGNORED_ACTION_KEYS = [
  'type',
  'image_url',
  'is_webview',
  'webview_height_ratio',
  'msg_in_chat_window',
  'msg_processing_type',
];

interface RocketchatConfig {
  readonly apiUrl: string;
  readonly token: SecretSource;
  readonly tokenId: SecretSource;
  readonly texts: Readonly<Record<keyof typeof TEXTS, string>>;
  readonly fields: readonly AttachmentField[];
  readonly shortFields: boolean;
  readonly actions: readonly Readonly<Record<keyof typeof ACTION_TEXTS, string>>[];
}

const KEYS = [
  ...Object.keys(TEXTS),
  'api_url',
  'token_id',
  'token_id_file',
  'token',
  'token_file',
  'fields',
  'short_fields',
  'link_names',
  'actions',
];

export const rocketchat: Channel = {
  name: 'rocketchat',
  section: 'rocketchat_configs',
  read(at, globals) {
    const entry = readEntry(at, KEYS, false);
    const { keys } = entry;
    const tokenId = secretOf(keys, 'token_id') ?? globals.rocketchatTokenId;
    if (tokenId === undefined) throw fail(at, 'no global Rocketchat TokenID set either inline or in a file');
    const token = secretOf(keys, 'token') ?? globals.rocketchatToken;
    if (token === undefined) throw fail(at, 'no global Rocketchat Token set either inline or in a file');
    const actions = recordsOf(keys, 'actions', [...Object.keys(ACTION_TEXTS), ...IGNORED_ACTION_KEYS]);
    const config: RocketchatConfig = {
      apiUrl: withSlash(urlOr(keys, 'api_url', globals.rocketchatApiUrl)),
      token,
      tokenId,
      texts: textsOf(keys, TEXTS),
      fields: attachmentFields(keys, undefined),
      shortFields: flagOf(keys, 'short_fields'),
      actions: actions.map((action) => textsOf(action.keys, ACTION_TEXTS)),
    };
    return {
      sendResolved: entry.sendResolved,
      http: entry.ownHttp ?? globals.http,
      timeoutMs: 0,
      deliver: (delivery) => deliver(config, delivery),
    };
  },
};

function message(config: RocketchatConfig, { text }: Delivery): object {
  const of = (name: keyof typeof TEXTS): string => text(config.texts[name]);
  return withoutEmpty({
    channel: of('channel'),
    emoji: of('emoji'),
    avatar: of('icon_url'),
    attachments: [
      withoutEmpty({
        title: truncateRunes(of('title'), MAX_TITLE_RUNES),
        title_link: of('title_link'),
        text: of('text'),
        image_url: of('image_url'),
        thumb_url: of('thumb_url'),
        color: of('color'),
        fields: config.fields.map(({ title, value, short }) => ({
          short: short ?? config.shortFields,
          ...withoutEmpty({ title: text(title), value: text(value) }),
        })),
        actions: config.actions.map((action) => ({
          type: 'button',
          ...withoutEmpty({ text: text(action.text), url: text(action.url), msg: text(action.msg) }),
          is_webview: false,
          msg_in_chat_window: false,
        })),
      }),
    ],
  });
}

async function deliver(config: RocketchatConfig, delivery: Delivery): Promise<Accepted> {
  const about = `channel ${JSON.stringify(delivery.text(config.texts.channel))}`;
  const reply = await exchange(delivery, {
    url: `${config.apiUrl}api/v1/chat.postMessage`,
    headers: {
      'x-auth-token': await delivery.secret(config.token),
      'x-user-id': await delivery.secret(config.tokenId),
    },
    json: message(config, delivery),
    about,
  });
  // Errors come with a 200 as well.
  const answer = jsonObject(reply.text);
  const { status } = reply;
  if (answer === undefined)
    throw new DeliveryError(`${about}: could not unmarshal JSON response`, { retry: true, status });
  if (answer.success !== true)
    throw new DeliveryError(`${about}: error response from Rocketchat: ${String(answer.error ?? '')}`, {
      retry: false,
      status,
    });
  const posted = answer.message as { _id?: unknown } | undefined;
  return { status, providerId: typeof posted?._id === 'string' ? posted._id : '' };
}
