import type { SecretSource } from '../../base/http_settings.ts';
import { entries, fail, text as yamlText } from '../../base/yaml_reader.ts';
import type { Keys } from '../../base/yaml_shape.ts';
import { flagOf, secretOf, textOr, urlOr, withSlash } from './config_fields.ts';
import { defaultTemplate, readEntry, recordsOf, textsOf, withoutEmpty } from './entry.ts';
import { type Exchange, exchange, jsonObject } from './exchange.ts';
import type { Accepted, Channel, Delivery } from './integration.ts';
import { truncateRunes } from './truncate.ts';

/** https://docs.opsgenie.com/docs/alert-api */
const MAX_MESSAGE_RUNES = 130;
const RESPONDER_TYPES = ['team', 'teams', 'user', 'escalation', 'schedule'];

const TEXTS = {
  message: defaultTemplate('opsgenie', 'message'),
  description: defaultTemplate('opsgenie', 'description'),
  source: defaultTemplate('opsgenie', 'source'),
  entity: '',
  actions: '',
  tags: '',
  note: '',
  priority: '',
} as const;

type Responder = Readonly<Record<'id' | 'name' | 'username' | 'type', string>>;

interface OpsgenieConfig {
  readonly apiUrl: string;
  readonly apiKey: SecretSource;
  readonly texts: Readonly<Record<keyof typeof TEXTS, string>>;
  readonly details: readonly (readonly [string, string])[];
  readonly responders: readonly Responder[];
  readonly updateAlerts: boolean;
}

const KEYS = [...Object.keys(TEXTS), 'api_key', 'api_key_file', 'api_url', 'details', 'responders', 'update_alerts'];

export const opsgenie: Channel = {
  name: 'opsgenie',
  section: 'opsgenie_configs',
  read(at, globals) {
    const entry = readEntry(at, KEYS, true);
    const { keys } = entry;
    const responders = readResponders(keys);
    const apiKey = secretOf(keys, 'api_key') ?? globals.opsgenieApiKey;
    if (apiKey === undefined) throw fail(at, 'no global OpsGenie API Key set either inline or in a file');
    const details = keys.get('details');
    const config: OpsgenieConfig = {
      apiUrl: withSlash(urlOr(keys, 'api_url', globals.opsgenieApiUrl)),
      apiKey,
      texts: textsOf(keys, TEXTS),
      details: details === undefined ? [] : entries(details).map(([name, value]) => [name, yamlText(value)] as const),
      responders,
      updateAlerts: flagOf(keys, 'update_alerts'),
    };
    return {
      sendResolved: entry.sendResolved,
      http: entry.ownHttp ?? globals.http,
      timeoutMs: 0,
      deliver: (delivery) => deliver(config, delivery),
    };
  },
};

function readResponders(keys: Keys): Responder[] {
  return recordsOf(keys, 'responders', ['id', 'name', 'username', 'type']).map(({ keys: inner, at }) => {
    const read = textsOf(inner, { id: '', name: '', username: '', type: '' });
    if (read.id === '' && read.name === '' && read.username === '')
      throw fail(at, 'opsGenieConfig responder has to have at least one of id, username or name specified');
    if (read.type.includes('{{')) return read;
    const type = textOr(inner, 'type').toLowerCase();
    if (!RESPONDER_TYPES.includes(type))
      throw fail(
        at,
        'opsGenieConfig responder type does not match valid options ^(team|teams|user|escalation|schedule)$',
      );
    return { ...read, type };
  });
}

function split(text: string): string[] {
  return text
    .trim()
    .split(',')
    .filter((part) => part !== '');
}

function responders(config: OpsgenieConfig, text: (template: string) => string): object[] {
  return config.responders.flatMap((template): object[] => {
    const [id, name, username, type] = [
      text(template.id),
      text(template.name),
      text(template.username),
      text(template.type),
    ];
    // A responder filled from labels that are not there is left out.
    if (id === '' && name === '' && username === '' && type === '') return [];
    if (type === 'teams') return split(name).map((team) => ({ name: team, type: 'team' }));
    return [{ ...withoutEmpty({ id, name, username }), type }];
  });
}

function requests(config: OpsgenieConfig, { text, status, groupHash, data }: Delivery): Omit<Exchange, 'headers'>[] {
  const { texts } = config;
  const ofAlert = (what: string): string => `${config.apiUrl}v2/alerts/${groupHash}/${what}?identifierType=alias`;
  if (status === 'resolved') return [{ url: ofAlert('close'), json: { source: text(texts.source) } }];
  const message = truncateRunes(text(texts.message), MAX_MESSAGE_RUNES);
  const description = text(texts.description);
  const details = Object.fromEntries([
    ...data.commonLabels,
    ...config.details.map(([name, template]) => [name, text(template)] as const),
  ]);
  const create = {
    alias: groupHash,
    message,
    details,
    source: text(texts.source),
    ...withoutEmpty({
      description,
      responders: responders(config, text),
      tags: split(text(texts.tags)),
      note: text(texts.note),
      priority: text(texts.priority),
      entity: text(texts.entity),
      actions: split(text(texts.actions)),
    }),
  };
  const made: Omit<Exchange, 'headers'>[] = [{ url: `${config.apiUrl}v2/alerts`, json: create }];
  if (config.updateAlerts) {
    made.push({ method: 'PUT', url: ofAlert('message'), json: withoutEmpty({ message }) });
    made.push({ method: 'PUT', url: ofAlert('description'), json: withoutEmpty({ description }) });
  }
  return made;
}

async function deliver(config: OpsgenieConfig, delivery: Delivery): Promise<Accepted> {
  const key = delivery.text(await delivery.secret(config.apiKey)).trim();
  let last: Accepted = { status: 0, providerId: '' };
  for (const request of requests(config, delivery)) {
    const reply = await exchange(delivery, { ...request, headers: { authorization: `GenieKey ${key}` } });
    const id = jsonObject(reply.text)?.requestId;
    last = { status: reply.status, providerId: typeof id === 'string' ? id : last.providerId };
  }
  return last;
}
