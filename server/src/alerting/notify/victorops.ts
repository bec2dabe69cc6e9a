import type { SecretSource } from '../../base/http_settings.ts';
import { entries, fail, text as yamlText } from '../../base/yaml_reader.ts';
import { secretOf, textOr, urlOr, withSlash } from './config_fields.ts';
import { defaultTemplate, readEntry, textsOf } from './entry.ts';
import { exchange, jsonObject } from './exchange.ts';
import type { Accepted, Channel, Delivery } from './integration.ts';
import { truncateRunes } from './truncate.ts';

/** https://help.victorops.com/knowledge-base/incident-fields-glossary/ */
const MAX_MESSAGE_RUNES = 20_480;
const FIRING_TYPES = ['INFO', 'WARNING', 'CRITICAL'];

const TEXTS = {
  message_type: 'CRITICAL',
  state_message: defaultTemplate('victorops', 'state_message'),
  entity_display_name: defaultTemplate('victorops', 'entity_display_name'),
  monitoring_tool: defaultTemplate('victorops', 'monitoring_tool'),
} as const;
const RESERVED = ['routing_key', ...Object.keys(TEXTS), 'entity_id', 'entity_state'];

interface VictoropsConfig {
  readonly apiUrl: string;
  readonly apiKey: SecretSource;
  readonly routingKey: string;
  readonly texts: Readonly<Record<keyof typeof TEXTS, string>>;
  readonly customFields: readonly (readonly [string, string])[];
}

export const victorops: Channel = {
  name: 'victorops',
  section: 'victorops_configs',
  read(at, globals) {
    const names = [...Object.keys(TEXTS), 'api_key', 'api_key_file', 'api_url', 'routing_key', 'custom_fields'];
    const entry = readEntry(at, names, true);
    const { keys } = entry;
    const routingKey = textOr(keys, 'routing_key');
    if (routingKey === '') throw fail(at, 'missing Routing key in VictorOps config');
    const fields = keys.get('custom_fields');
    const customFields = fields === undefined ? [] : entries(fields);
    for (const [name, value] of customFields) {
      if (RESERVED.includes(name))
        throw fail(
          value,
          `victorOps config contains custom field ${name} which cannot be used as it conflicts with the fixed/static fields`,
        );
    }
    const apiKey = secretOf(keys, 'api_key') ?? globals.victoropsApiKey;
    if (apiKey === undefined) throw fail(at, 'no global VictorOps API Key set');
    const config: VictoropsConfig = {
      apiUrl: withSlash(urlOr(keys, 'api_url', globals.victoropsApiUrl)),
      apiKey,
      routingKey,
      texts: textsOf(keys, TEXTS),
      customFields: customFields.map(([name, value]) => [name, yamlText(value)] as const),
    };
    return {
      sendResolved: entry.sendResolved,
      http: entry.ownHttp ?? globals.http,
      timeoutMs: 0,
      deliver: (delivery) => deliver(config, delivery),
    };
  },
};

async function deliver(config: VictoropsConfig, delivery: Delivery): Promise<Accepted> {
  const { text, status, groupHash } = delivery;
  const type = text(config.texts.message_type);
  const key = await delivery.secret(config.apiKey);
  const reply = await exchange(delivery, {
    url: `${config.apiUrl}${encodeURIComponent(key)}/${encodeURIComponent(text(config.routingKey))}`,
    json: {
      message_type: status === 'resolved' ? 'RECOVERY' : FIRING_TYPES.includes(type) ? type : 'CRITICAL',
      entity_id: groupHash,
      entity_display_name: text(config.texts.entity_display_name),
      state_message: truncateRunes(text(config.texts.state_message), MAX_MESSAGE_RUNES),
      monitoring_tool: text(config.texts.monitoring_tool),
      ...Object.fromEntries(config.customFields.map(([name, template]) => [name, text(template)])),
    },
  });
  const id = jsonObject(reply.text)?.entity_id;
  return { status: reply.status, providerId: typeof id === 'string' ? id : '' };
}
