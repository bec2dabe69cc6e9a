import { Secret } from '../../base/secret.ts';
import type { ScrapeAuth, ScrapeJob, ScrapeTls, SecretSource } from './config_types.ts';
import { entries, fail, flag, record, text, texts, type YamlValue } from './yaml_reader.ts';

/** The HTTP client part of a scrape configuration: who we are to the target, and how it is trusted. */
const TLS_KEYS = [
  'ca',
  'cert',
  'key',
  'ca_file',
  'cert_file',
  'key_file',
  'ca_ref',
  'cert_ref',
  'key_ref',
  'server_name',
  'insecure_skip_verify',
  'min_version',
  'max_version',
];

type Keys = ReadonlyMap<string, YamlValue>;

const inline = (value: YamlValue): SecretSource => ({ kind: 'inline', value: new Secret(text(value)) });

/** A secret under `name` or in the file under `name_file`; both at once are refused. */
function secret(keys: Keys, name: string): SecretSource | undefined {
  const given = keys.get(name);
  const file = keys.get(`${name}_file`);
  if (given !== undefined && file !== undefined)
    throw fail(file, `at most one of ${name} & ${name}_file must be configured`);
  if (given !== undefined) return inline(given);
  return file === undefined ? undefined : { kind: 'file', path: text(file) };
}

export function readAuth(keys: Keys): ScrapeAuth {
  const ways = ['basic_auth', 'authorization', 'oauth2', 'bearer_token', 'bearer_token_file'].filter((name) =>
    keys.has(name),
  );
  const last = keys.get(ways.at(-1) ?? '');
  if (ways.length > 1 && last !== undefined) throw fail(last, `at most one of ${ways.join(' & ')} must be configured`);
  const basic = keys.get('basic_auth');
  if (basic !== undefined) {
    const fields = record(basic, [
      'username',
      'username_file',
      'username_ref',
      'password',
      'password_file',
      'password_ref',
    ]);
    const username = fields.get('username');
    return {
      kind: 'basic',
      username: username === undefined ? '' : text(username),
      password: secret(fields, 'password') ?? { kind: 'inline', value: new Secret('') },
    };
  }
  const authorization = keys.get('authorization');
  if (authorization !== undefined) {
    const fields = record(authorization, ['type', 'credentials', 'credentials_file', 'credentials_ref']);
    const type = fields.get('type');
    const scheme = type === undefined ? 'Bearer' : text(type).trim();
    if (scheme.toLowerCase() === 'basic')
      throw fail(authorization, `authorization type cannot be set to "basic", use "basic_auth" instead`);
    const credentials = secret(fields, 'credentials');
    return credentials === undefined ? { kind: 'none' } : { kind: 'header', scheme, credentials };
  }
  const credentials = secret(keys, 'bearer_token');
  return credentials === undefined ? { kind: 'none' } : { kind: 'header', scheme: 'Bearer', credentials };
}

export function readTls(value: YamlValue | undefined): ScrapeTls {
  if (value === undefined) return { insecureSkipVerify: false, serverName: '' };
  const keys = record(value, TLS_KEYS);
  const [ca, cert, key] = [secret(keys, 'ca'), secret(keys, 'cert'), secret(keys, 'key')];
  if ((cert === undefined) !== (key === undefined))
    throw fail(value, 'exactly one of cert or key is configured: both are needed');
  const serverName = keys.get('server_name');
  return {
    insecureSkipVerify: flag(keys.get('insecure_skip_verify'), false),
    serverName: serverName === undefined ? '' : text(serverName),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Set by us or by their own settings. */
const RESERVED = new Set([
  'authorization',
  'host',
  'content-encoding',
  'content-length',
  'content-type',
  'user-agent',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'accept-encoding',
  'x-prometheus-scrape-timeout-seconds',
]);

export function readHeaders(value: YamlValue | undefined): ScrapeJob['headers'] {
  if (value === undefined) return [];
  return entries(value).flatMap(([name, entry]) => {
    if (!HEADER_NAME.test(name)) throw fail(entry, 'not a header name');
    if (RESERVED.has(name.toLowerCase())) throw fail(entry, `setting header ${JSON.stringify(name)} is not allowed`);
    const keys = record(entry, ['values', 'secrets', 'files']);
    const given = [...texts(keys.get('values')), ...texts(keys.get('secrets'))];
    const files = texts(keys.get('files'));
    return [
      ...given.map((item) => [name, { kind: 'inline', value: new Secret(item) }] as const),
      ...files.map((path) => [name, { kind: 'file', path }] as const),
    ];
  });
}
