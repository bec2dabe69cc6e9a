import type { HttpClientConfig, SecretSource } from '../../base/http_settings.ts';
import { entries, fail, record, type YamlValue, text as yamlText } from '../../base/yaml_reader.ts';
import type { Keys } from '../../base/yaml_shape.ts';
import { signV4 } from './aws_signature.ts';
import { secretOf, textOr } from './config_fields.ts';
import { defaultTemplate, readEntry, textsOf } from './entry.ts';
import { exchange } from './exchange.ts';
import { type Accepted, type Channel, type Delivery, DeliveryError } from './integration.ts';
import { truncateBytes, truncateRunes } from './truncate.ts';

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const MAX_MESSAGE_BYTES = 256 * 1024;
const MAX_SMS_RUNES = 1600;

const TEXTS = {
  api_url: '',
  topic_arn: '',
  phone_number: '',
  target_arn: '',
  subject: defaultTemplate('sns', 'subject'),
  message: defaultTemplate('sns', 'message'),
} as const;

interface SnsConfig {
  readonly texts: Readonly<Record<keyof typeof TEXTS, string>>;
  readonly attributes: readonly (readonly [string, string])[];
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: SecretSource | undefined;
}

const SIGV4_KEYS = [
  'region',
  'access_key',
  'secret_key',
  'profile',
  'role_arn',
  'external_id',
  'use_fips_sts_endpoint',
];

export const sns: Channel = {
  name: 'sns',
  section: 'sns_configs',
  read(at, globals) {
    const names = [...Object.keys(TEXTS), 'sigv4', 'attributes', 'use_aws_http_client'];
    const entry = readEntry(at, names, true);
    const { keys } = entry;
    const config = readConfig(keys, at);
    return {
      sendResolved: entry.sendResolved,
      http: withoutAuth(entry.ownHttp ?? globals.http),
      timeoutMs: 0,
      deliver: (delivery) => deliver(config, delivery),
    };
  },
};

/** The signature is the authentication. */
function withoutAuth(http: HttpClientConfig): HttpClientConfig {
  return { ...http, auth: { kind: 'none' } };
}

function readConfig(keys: Keys, at: YamlValue): SnsConfig {
  const texts = textsOf(keys, TEXTS);
  const given = [texts.target_arn, texts.topic_arn, texts.phone_number].map((written) => written === '');
  // Upstream's own condition, which also lets all three through.
  if ((given[0] !== given[1]) !== given[2])
    throw fail(at, 'must provide either a Target ARN, Topic ARN, or Phone Number for SNS config');
  const value = keys.get('sigv4');
  const signing: Keys = value === undefined ? new Map() : record(value, SIGV4_KEYS);
  const [accessKey, secretKey] = [textOr(signing, 'access_key'), secretOf(signing, 'secret_key')];
  if ((accessKey === '') !== (secretKey === undefined))
    throw fail(
      value ?? at,
      'must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the SigV4 config',
    );
  for (const name of ['profile', 'role_arn']) {
    const unusable = signing.get(name);
    if (unusable !== undefined && textOr(signing, name) !== '')
      throw fail(
        unusable,
        `${name} is not supported here: give access_key and secret_key, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
      );
  }
  const attributes = keys.get('attributes');
  return {
    texts,
    attributes:
      attributes === undefined ? [] : entries(attributes).map(([name, item]) => [name, yamlText(item)] as const),
    region: textOr(signing, 'region'),
    accessKey,
    secretKey,
  };
}

function form(config: SnsConfig, { text, groupHash }: Delivery): URLSearchParams {
  const of = (name: keyof typeof TEXTS): string => text(config.texts[name]);
  const [topic, phone, target] = [of('topic_arn'), of('phone_number'), of('target_arn')];
  const whole = of('message');
  const message = phone === '' ? truncateBytes(whole, MAX_MESSAGE_BYTES) : truncateRunes(whole, MAX_SMS_RUNES);
  const made = new URLSearchParams({ Action: 'Publish', Version: '2010-03-31', Message: message });
  if (topic !== '') made.set('TopicArn', topic);
  if (topic.endsWith('.fifo')) {
    made.set('MessageDeduplicationId', groupHash);
    made.set('MessageGroupId', groupHash);
  }
  if (phone !== '') made.set('PhoneNumber', phone);
  if (target !== '') made.set('TargetArn', target);
  const subject = of('subject');
  if (subject !== '') made.set('Subject', subject);
  const attributes = config.attributes.map(([name, value]) => [text(name), text(value)] as const);
  if (message !== whole) attributes.push(['truncated', 'true']);
  for (const [i, [name, value]] of attributes.entries()) {
    const prefix = `MessageAttributes.entry.${i + 1}`;
    made.set(`${prefix}.Name`, name);
    made.set(`${prefix}.Value.DataType`, 'String');
    made.set(`${prefix}.Value.StringValue`, value);
  }
  return made;
}

async function deliver(config: SnsConfig, delivery: Delivery): Promise<Accepted> {
  const region = config.region || (process.env.AWS_REGION ?? '');
  if (region === '')
    throw new DeliveryError('region not configured in sns.sigv4.region or in AWS_REGION', { retry: false });
  const accessKey = config.accessKey || (process.env.AWS_ACCESS_KEY_ID ?? '');
  const secretKey =
    config.secretKey === undefined ? process.env.AWS_SECRET_ACCESS_KEY : await delivery.secret(config.secretKey);
  if (accessKey === '' || secretKey === undefined)
    throw new DeliveryError('no AWS credentials in sns.sigv4 or in AWS_ACCESS_KEY_ID', { retry: false });
  const url = new URL(delivery.text(config.texts.api_url) || `https://sns.${region}.amazonaws.com/`);
  const body = form(config, delivery).toString();
  const headers = signV4({
    url,
    body,
    contentType: 'application/x-www-form-urlencoded; charset=utf-8',
    region,
    service: 'sns',
    accessKey,
    secretKey,
    sessionToken: config.accessKey === '' ? process.env.AWS_SESSION_TOKEN : undefined,
    nowMs: Date.now(),
  });
  const reply = await exchange(delivery, {
    url: url.href,
    body,
    headers,
    details: (_status, answer) => /<Message>([^<]*)/.exec(answer)?.[1] ?? answer,
  });
  return { status: reply.status, providerId: /<MessageId>([^<]*)/.exec(reply.text)?.[1] ?? '' };
}
