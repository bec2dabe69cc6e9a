import type { SecretSource } from '../../base/http_settings.ts';
import { fail, record, type YamlValue } from '../../base/yaml_reader.ts';
import type { Keys } from '../../base/yaml_shape.ts';
import { flagOf, secretUrlOf, textOr } from './config_fields.ts';
import {
  type AttachmentField,
  attachmentFields,
  defaultTemplate,
  readEntry,
  recordsOf,
  textsOf,
  withoutEmpty,
} from './entry.ts';
import { exchange } from './exchange.ts';
import type { Accepted, Channel, Delivery } from './integration.ts';
import { truncateRunes } from './truncate.ts';

/** https://developers.mattermost.com/integrate/webhooks/incoming/#tips-and-best-practices */
const MAX_TEXT_RUNES = 16_383;

const mattermostText = (part: string): string => defaultTemplate('mattermost', part);
const MESSAGE_TEXTS = {
  channel: '',
  username: mattermostText('username'),
  icon_url: '',
  icon_emoji: '',
  type: '',
} as const;
const ATTACHMENT_TEXTS = {
  fallback: '',
  color: '',
  pretext: '',
  text: '',
  author_name: '',
  author_link: '',
  author_icon: '',
  title: '',
  title_link: '',
  thumb_url: '',
  footer: '',
  footer_icon: '',
  image_url: '',
} as const;
/** What the entry itself says becomes the only attachment where it lists none. */
const DEFAULT_ATTACHMENT = {
  ...ATTACHMENT_TEXTS,
  fallback: mattermostText('fallback'),
  color: mattermostText('color'),
  text: mattermostText('text'),
  title: mattermostText('title'),
  title_link: mattermostText('titlelink'),
  image_url: mattermostText('imageurl'),
} as const;
const ATTACHMENT_KEYS = [...Object.keys(ATTACHMENT_TEXTS), 'fields'];

interface Attachment {
  readonly texts: Readonly<Record<keyof typeof ATTACHMENT_TEXTS, string>>;
  readonly fields: readonly AttachmentField[];
}

interface Priority {
  readonly priority: string;
  readonly requestedAck: boolean;
  readonly persistent: boolean;
}

interface MattermostConfig {
  readonly url: SecretSource;
  readonly texts: Readonly<Record<keyof typeof MESSAGE_TEXTS, string>>;
  readonly own: Attachment;
  readonly attachments: readonly Attachment[];
  readonly card: string;
  readonly priority: Priority | undefined;
}

const KEYS = [
  ...Object.keys(MESSAGE_TEXTS),
  ...ATTACHMENT_KEYS,
  'webhook_url',
  'webhook_url_file',
  'attachments',
  'props',
  'priority',
];

export const mattermost: Channel = {
  name: 'mattermost',
  section: 'mattermost_configs',
  read(at, globals) {
    const entry = readEntry(at, KEYS, true);
    const { keys } = entry;
    const url = secretUrlOf(keys, 'webhook_url') ?? globals.mattermostWebhookUrl;
    if (url === undefined) throw fail(at, 'missing webhook_url or webhook_url_file on mattermost_config');
    const props = keys.get('props');
    const config: MattermostConfig = {
      url,
      texts: textsOf(keys, MESSAGE_TEXTS),
      own: readAttachment(keys, DEFAULT_ATTACHMENT),
      attachments: recordsOf(keys, 'attachments', ATTACHMENT_KEYS).map((item) =>
        readAttachment(item.keys, ATTACHMENT_TEXTS),
      ),
      card: props === undefined ? '' : textOr(record(props, ['card']), 'card'),
      priority: readPriority(keys.get('priority')),
    };
    return {
      sendResolved: entry.sendResolved,
      http: entry.ownHttp ?? globals.http,
      timeoutMs: 0,
      deliver: (delivery) => deliver(config, delivery),
    };
  },
};

function readAttachment(keys: Keys, defaults: typeof ATTACHMENT_TEXTS | typeof DEFAULT_ATTACHMENT): Attachment {
  return { texts: textsOf(keys, defaults), fields: attachmentFields(keys, 'Mattermost') };
}

function readPriority(at: YamlValue | undefined): Priority | undefined {
  if (at === undefined) return undefined;
  const keys = record(at, ['priority', 'requested_ack', 'persistent_notifications']);
  const priority = textOr(keys, 'priority');
  if (priority === '') return undefined;
  return {
    priority,
    requestedAck: flagOf(keys, 'requested_ack'),
    persistent: flagOf(keys, 'persistent_notifications'),
  };
}

function attachment({ texts, fields }: Attachment, text: (template: string) => string): object {
  const made: Record<string, unknown> = {};
  for (const [name, template] of Object.entries(texts)) made[name] = text(template);
  made.fields = fields.map(({ title, value, short }) => ({
    title: text(title),
    value: text(value),
    ...(short === undefined ? {} : { short }),
  }));
  return withoutEmpty(made);
}

/** Mattermost refuses a request for acknowledgement of a standard message, and insistence on one that is not urgent. */
function priorityOf(config: Priority, text: (template: string) => string): object {
  const written = text(config.priority).toLowerCase();
  const priority = ['urgent', 'important', 'standard'].includes(written) ? written : 'standard';
  return {
    priority,
    ...withoutEmpty({
      requested_ack: config.requestedAck && priority !== 'standard',
      persistent_notifications: config.persistent && priority === 'urgent',
    }),
  };
}

async function deliver(config: MattermostConfig, delivery: Delivery): Promise<Accepted> {
  const { text } = delivery;
  const of = (name: keyof typeof MESSAGE_TEXTS): string => text(config.texts[name]);
  const several = config.attachments.length > 0;
  const { status } = await exchange(delivery, {
    url: await delivery.secret(config.url),
    json: withoutEmpty({
      text: several ? truncateRunes(text(config.own.texts.text), MAX_TEXT_RUNES) : '',
      channel: of('channel'),
      username: of('username'),
      icon_url: of('icon_url'),
      icon_emoji: of('icon_emoji'),
      attachments: (several ? config.attachments : [config.own]).map((item) => attachment(item, text)),
      type: of('type'),
      props: config.card === '' ? undefined : { card: text(config.card) },
      priority: config.priority === undefined ? undefined : priorityOf(config.priority, text),
    }),
    about: `channel ${JSON.stringify(of('channel'))}`,
  });
  return { status, providerId: '' };
}
