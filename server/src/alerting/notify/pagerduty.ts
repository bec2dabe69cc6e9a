import type { SecretSource } from '../../base/http_settings.ts';
import { entries, fail } from '../../base/yaml_reader.ts';
import type { Keys } from '../../base/yaml_shape.ts';
import { goDurationMs, jsonOf, secretOf, urlOr } from './config_fields.ts';
import { defaultTemplate, readEntry, recordsOf, textsOf, withoutEmpty } from './entry.ts';
import { exchange, jsonObject } from './exchange.ts';
import { type Accepted, type Channel, type Delivery, DeliveryError } from './integration.ts';
import type { Json } from './json.ts';
import { renderJson } from './render_json.ts';
import { truncateRunes } from './truncate.ts';

/** Largest event PagerDuty takes, bytes. */
const MAX_EVENT_BYTES = 512_000;
const MAX_SUMMARY_RUNES = 1024;
/** The events API for keys of services (version 1), which has one address for everyone. */
const V1_URL = 'https://events.pagerduty.com/generic/2010-04-15/create_event.json';

const TEXTS = {
  client: defaultTemplate('pagerduty', 'client'),
  client_url: defaultTemplate('pagerduty', 'clientURL'),
  description: defaultTemplate('pagerduty', 'description'),
  source: '',
  severity: '',
  class: '',
  component: '',
  group: '',
} as const;

const DEFAULT_DETAILS: Readonly<Record<string, Json>> = {
  firing: '{{ .Alerts.Firing | toJson }}',
  resolved: '{{ .Alerts.Resolved | toJson }}',
  num_firing: '{{ .Alerts.Firing | len }}',
  num_resolved: '{{ .Alerts.Resolved | len }}',
};

interface PagerdutyConfig {
  /** The key of a service speaks version 1, the key of a routing version 2. */
  readonly version: 1 | 2;
  readonly key: SecretSource;
  readonly url: string;
  readonly texts: Readonly<Record<keyof typeof TEXTS, string>>;
  readonly details: Readonly<Record<string, Json>>;
  readonly images: readonly Readonly<Record<'src' | 'alt' | 'href', string>>[];
  readonly links: readonly Readonly<Record<'href' | 'text', string>>[];
}

const KEYS = [
  ...Object.keys(TEXTS),
  'service_key',
  'service_key_file',
  'routing_key',
  'routing_key_file',
  'url',
  'details',
  'images',
  'links',
  'timeout',
];

export const pagerduty: Channel = {
  name: 'pagerduty',
  section: 'pagerduty_configs',
  read(at, globals) {
    const entry = readEntry(at, KEYS, true);
    const { keys } = entry;
    const [service, routing] = [secretOf(keys, 'service_key'), secretOf(keys, 'routing_key')];
    const key = service ?? routing;
    if (key === undefined) throw fail(at, 'missing service or routing key in PagerDuty config');
    const texts = textsOf(keys, TEXTS);
    const config: PagerdutyConfig = {
      version: service === undefined ? 2 : 1,
      key,
      url: service === undefined ? urlOr(keys, 'url', globals.pagerdutyUrl) : V1_URL,
      texts: { ...texts, source: texts.source === '' ? texts.client : texts.source },
      details: readDetails(keys),
      images: recordsOf(keys, 'images', ['src', 'alt', 'href']).map(({ keys: inner }) =>
        textsOf(inner, { src: '', alt: '', href: '' }),
      ),
      links: recordsOf(keys, 'links', ['href', 'text']).map(({ keys: inner }) =>
        textsOf(inner, { href: '', text: '' }),
      ),
    };
    return {
      sendResolved: entry.sendResolved,
      http: entry.ownHttp ?? globals.http,
      timeoutMs: goDurationMs(keys, 'timeout', 0),
      deliver: (delivery) => deliver(config, delivery),
    };
  },
};

function readDetails(keys: Keys): Readonly<Record<string, Json>> {
  const value = keys.get('details');
  const own = value === undefined ? [] : entries(value).map(([name, item]) => [name, jsonOf(item)] as const);
  return { ...DEFAULT_DETAILS, ...Object.fromEntries(own) };
}

function eventV1(config: PagerdutyConfig, key: string, details: Json, { text, status, groupHash }: Delivery): object {
  return {
    service_key: key,
    incident_key: groupHash,
    event_type: status === 'resolved' ? 'resolve' : 'trigger',
    event_action: '',
    payload: null,
    description: truncateRunes(text(config.texts.description), MAX_SUMMARY_RUNES),
    details,
    ...(status === 'resolved'
      ? {}
      : withoutEmpty({ client: text(config.texts.client), client_url: text(config.texts.client_url) })),
  };
}

function eventV2(config: PagerdutyConfig, key: string, details: Json, delivery: Delivery): object {
  const { text, status, groupHash, data } = delivery;
  const { texts } = config;
  const images = config.images.map((image) => ({
    src: text(image.src),
    alt: text(image.alt),
    href: text(image.href),
  }));
  const links = config.links.map((link) => ({ href: text(link.href), text: text(link.text) }));
  const { graphUrl, runbookUrl } = data.evidence;
  return {
    routing_key: key,
    dedup_key: groupHash,
    event_action: status === 'resolved' ? 'resolve' : 'trigger',
    payload: {
      summary: truncateRunes(text(texts.description), MAX_SUMMARY_RUNES),
      source: text(texts.source),
      severity: texts.severity === '' ? 'error' : text(texts.severity),
      ...withoutEmpty({ class: text(texts.class), component: text(texts.component), group: text(texts.group) }),
      custom_details: details,
    },
    ...withoutEmpty({
      client: text(texts.client),
      client_url: text(texts.client_url),
      images: [
        ...images.filter(({ src }) => src !== ''),
        ...(graphUrl === '' ? [] : [{ src: graphUrl, alt: data.evidence.expression, href: graphUrl }]),
      ],
      links: [
        ...links.filter(({ href }) => href !== ''),
        ...(runbookUrl === '' ? [] : [{ href: runbookUrl, text: 'Runbook' }]),
        ...(data.acknowledgeUrl === '' ? [] : [{ href: data.acknowledgeUrl, text: 'Acknowledge' }]),
      ],
    }),
  };
}

async function deliver(config: PagerdutyConfig, delivery: Delivery): Promise<Accepted> {
  const { text } = delivery;
  const details = renderJson(config.details, text);
  const key = text(await delivery.secret(config.key));
  const what = config.version === 1 ? 'service' : 'routing';
  if (key === '') throw new DeliveryError(`${what} key cannot be empty`, { retry: false });
  const event = config.version === 1 ? eventV1 : eventV2;
  let body = JSON.stringify(event(config, key, details, delivery));
  if (Buffer.byteLength(body) > MAX_EVENT_BYTES) {
    const error = 'Custom details have been removed because the original event exceeds the maximum size of 512kB';
    body = JSON.stringify(event(config, key, { error }, delivery));
  }
  const reply = await exchange(delivery, {
    url: config.url,
    body,
    headers: { 'content-type': 'application/json' },
    // Version 1 says 403 where it limits rates, version 2 says 429.
    retryOn: config.version === 1 ? [403] : [],
    details: errorDetails,
  });
  const answer = jsonObject(reply.text);
  const id = answer?.dedup_key ?? answer?.incident_key;
  return { status: reply.status, providerId: typeof id === 'string' ? id : '' };
}

function errorDetails(status: number, body: string): string {
  const answer = status === 400 ? jsonObject(body) : undefined;
  if (answer === undefined) return '';
  const errors = Array.isArray(answer.errors) ? answer.errors.map(String).join(',') : '';
  return `${String(answer.message ?? '')}: ${errors}`;
}
