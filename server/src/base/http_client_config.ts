import type { HttpAuth, HttpClientConfig, HttpTls, ProxySettings, SecretSource } from './http_settings.ts';
import { Secret } from './secret.ts';
import { entries, fail, flag, isNull, list, record, text, texts, type YamlValue } from './yaml_reader.ts';
import { boolean, type Fields, type Keys, oneOf, string, stringMap, strings, textOf, url } from './yaml_shape.ts';

/** The HTTP client part of many sections: who we are to the other side, and how it is trusted (common/config). */
const TLS_VERSIONS = ['TLS13', 'TLS12', 'TLS11', 'TLS10'];
const tlsVersion = oneOf(['', ...TLS_VERSIONS], (written) => `unknown TLS version: ${written}`);

const TLS: Fields = {
  ca: string,
  cert: string,
  key: string,
  ca_file: string,
  cert_file: string,
  key_file: string,
  ca_ref: string,
  cert_ref: string,
  key_ref: string,
  server_name: string,
  insecure_skip_verify: boolean,
  min_version: tlsVersion,
  max_version: tlsVersion,
};
const PROXY_FIELDS: Fields = {
  proxy_url: url,
  no_proxy: string,
  proxy_from_environment: boolean,
  proxy_connect_header: (value) => void headerValues(value),
};

/** Keys that `http_client.ts` reads, for the sections that carry them inline. */
export const HTTP_FIELDS: Fields = {
  ...PROXY_FIELDS,
  basic_auth: (value) => void readBasic(value),
  authorization: (value) => void readAuthorization(value),
  oauth2: (value) => void readOauth2(value),
  bearer_token: string,
  bearer_token_file: string,
  tls_config: (value) => void readTls(value),
  follow_redirects: boolean,
  enable_http2: boolean,
  http_headers: (value) => void readHeaders(value),
};

export const tls: (value: YamlValue) => void = (value) => void readTls(value);

const inline = (value: YamlValue): SecretSource => ({ kind: 'inline', value: new Secret(text(value)) });

/** How many of the keys hold something. */
const given = (keys: Keys, ...names: string[]): number => names.filter((name) => textOf(keys, name) !== '').length;

/** A secret under `name`, in the file under `name_file`, or (refused: there is no secret manager) under `name_ref`. */
function secret(keys: Keys, name: string, message: string, at: YamlValue): SecretSource | undefined {
  if (given(keys, name, `${name}_file`, `${name}_ref`) > 1) throw fail(at, message);
  const value = keys.get(name);
  if (value !== undefined && text(value) !== '') return inline(value);
  const file = textOf(keys, `${name}_file`);
  if (file !== '') return { kind: 'file', path: file };
  const reference = textOf(keys, `${name}_ref`);
  return reference === '' ? undefined : { kind: 'reference', name: reference };
}

function readBasic(value: YamlValue): HttpAuth {
  const names = ['username', 'username_file', 'username_ref', 'password', 'password_file', 'password_ref'];
  const keys = record(value, names);
  for (const entry of keys.values()) text(entry);
  const nothing: SecretSource = { kind: 'inline', value: new Secret('') };
  const rule = (what: string) => `at most one of basic_auth ${what}, ${what}_file & ${what}_ref must be configured`;
  return {
    kind: 'basic',
    username: secret(keys, 'username', rule('username'), value) ?? nothing,
    password: secret(keys, 'password', rule('password'), value) ?? nothing,
  };
}

function readAuthorization(value: YamlValue): HttpAuth {
  const keys = record(value, ['type', 'credentials', 'credentials_file', 'credentials_ref']);
  const message = 'at most one of authorization credentials & credentials_file must be configured';
  const credentials = secret(keys, 'credentials', message, value);
  const scheme = textOf(keys, 'type').trim() || 'Bearer';
  if (scheme.toLowerCase() === 'basic')
    throw fail(value, `authorization type cannot be set to "basic", use "basic_auth" instead`);
  return credentials === undefined ? { kind: 'none' } : { kind: 'header', scheme, credentials };
}

const OAUTH2: Fields = {
  ...PROXY_FIELDS,
  client_id: string,
  client_secret: string,
  client_secret_file: string,
  client_secret_ref: string,
  client_certificate_key_id: string,
  client_certificate_key: string,
  client_certificate_key_file: string,
  client_certificate_key_ref: string,
  grant_type: string,
  signature_algorithm: string,
  iss: string,
  audience: string,
  claims: (value) => void entries(value),
  scopes: strings,
  token_url: string,
  endpoint_params: stringMap,
  tls_config: (value) => void readTls(value),
};
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

function readOauth2(value: YamlValue): HttpAuth {
  const keys = record(value, Object.keys(OAUTH2));
  for (const [key, entry] of keys) OAUTH2[key]?.(entry);
  if (textOf(keys, 'client_id') === '') throw fail(value, 'oauth2 client_id must be configured');
  if (textOf(keys, 'token_url') === '') throw fail(value, 'oauth2 token_url must be configured');
  const jwt = textOf(keys, 'grant_type') === JWT_BEARER;
  if (jwt) {
    const algorithm = textOf(keys, 'signature_algorithm');
    if (algorithm !== '' && !['RS256', 'RS384', 'RS512'].includes(algorithm))
      throw fail(value, 'valid signature algorithms are RS256, RS384 and RS512');
  }
  const grant = jwt ? JWT_BEARER : 'client_credentials';
  const name = jwt ? 'client_certificate_key' : 'client_secret';
  const message = `at most one of oauth2 ${name}, ${name}_file & ${name}_ref must be configured using grant-type=${grant}`;
  const clientSecret = secret(keys, name, message, value);
  const params = keys.get('endpoint_params');
  return {
    kind: 'oauth2',
    grant: jwt ? 'jwt-bearer' : 'client_credentials',
    clientId: textOf(keys, 'client_id'),
    ...(clientSecret === undefined ? {} : { clientSecret }),
    tokenUrl: textOf(keys, 'token_url'),
    scopes: texts(keys.get('scopes')),
    endpointParams: params === undefined ? [] : entries(params).map(([key, entry]) => [key, text(entry)] as const),
    tls: readTls(keys.get('tls_config')),
    proxy: readProxy(keys, value),
  };
}

/** The TLS part of a client; without a section, the system's trust. */
export function readTls(value: YamlValue | undefined): HttpTls {
  if (value === undefined) return { insecureSkipVerify: false, serverName: '' };
  const keys = record(value, Object.keys(TLS));
  for (const [key, entry] of keys) TLS[key]?.(entry);
  const ca = secret(keys, 'ca', 'at most one of ca, ca_file & ca_ref must be configured', value);
  const cert = secret(keys, 'cert', 'at most one of cert, cert_file & cert_ref must be configured', value);
  const key = secret(keys, 'key', 'at most one of key and key_file must be configured', value);
  if (cert !== undefined && key === undefined)
    throw fail(value, 'exactly one of key or key_file must be configured when a client certificate is configured');
  if (key !== undefined && cert === undefined)
    throw fail(value, 'exactly one of cert or cert_file must be configured when a client key is configured');
  const version = (name: string): 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' | undefined => {
    const written = textOf(keys, name);
    return ({ TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const)[written];
  };
  const [minVersion, maxVersion] = [version('min_version'), version('max_version')];
  return {
    insecureSkipVerify: flag(keys.get('insecure_skip_verify'), false),
    serverName: textOf(keys, 'server_name'),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
  };
}

/** Header names with one or more secret values, as `proxy_connect_header` has them. */
function headerValues(value: YamlValue | undefined): (readonly [string, Secret])[] {
  if (value === undefined) return [];
  return entries(value).flatMap(([name, entry]) => list(entry).map((item) => [name, new Secret(text(item))] as const));
}

function readProxy(keys: Keys, at: YamlValue): ProxySettings {
  const proxyUrl = textOf(keys, 'proxy_url');
  const noProxy = textOf(keys, 'no_proxy');
  const fromEnvironment = flag(keys.get('proxy_from_environment'), false);
  const connectHeaders = headerValues(keys.get('proxy_connect_header'));
  if (connectHeaders.length > 0 && !fromEnvironment && proxyUrl === '') {
    throw fail(
      at,
      'if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured',
    );
  }
  if (fromEnvironment && proxyUrl !== '')
    throw fail(at, 'if proxy_from_environment is configured, proxy_url must not be configured');
  if (fromEnvironment && noProxy !== '')
    throw fail(at, 'if proxy_from_environment is configured, no_proxy must not be configured');
  if (!keys.has('proxy_url') && noProxy !== '')
    throw fail(at, 'if no_proxy is configured, proxy_url must also be configured');
  if (fromEnvironment) return { kind: 'environment', connectHeaders };
  return proxyUrl === '' ? { kind: 'none' } : { kind: 'url', url: proxyUrl, noProxy, connectHeaders };
}

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Set by us or by their own settings (common/config ReservedHeaders). */
export const RESERVED_HEADERS: ReadonlySet<string> = new Set([
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
  'x-prometheus-remote-write-version',
  'x-prometheus-remote-read-version',
  'x-prometheus-scrape-timeout-seconds',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
]);

function readHeaders(value: YamlValue | undefined): HttpClientConfig['headers'] {
  if (value === undefined) return [];
  return entries(value).flatMap(([name, entry]) => {
    if (!HEADER_NAME.test(name)) throw fail(entry, 'not a header name');
    if (RESERVED_HEADERS.has(name.toLowerCase()))
      throw fail(entry, `setting header ${JSON.stringify(name)} is not allowed`);
    const keys = record(entry, ['values', 'secrets', 'files']);
    const inlined = [...texts(keys.get('values')), ...texts(keys.get('secrets'))];
    return [
      ...inlined.map((item) => [name, { kind: 'inline', value: new Secret(item) }] as const),
      ...texts(keys.get('files')).map((path) => [name, { kind: 'file', path }] as const),
    ];
  });
}

/** Reads the HTTP client keys of a section and refuses ways of authentication that exclude one another. */
export function readHttpClient(keys: Keys, at: YamlValue): HttpClientConfig {
  const has = (name: string): boolean => {
    const value = keys.get(name);
    return value !== undefined && !isNull(value);
  };
  const bearer = given(keys, 'bearer_token', 'bearer_token_file');
  if (bearer > 1) throw fail(at, 'at most one of bearer_token & bearer_token_file must be configured');
  const [basic, authorization, oauth2] = [has('basic_auth'), has('authorization'), has('oauth2')];
  if (bearer > 0 && (basic || oauth2))
    throw fail(at, 'at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured');
  if (bearer > 0 && authorization)
    throw fail(at, 'authorization is not compatible with bearer_token & bearer_token_file');
  if ([basic, authorization, oauth2].filter(Boolean).length > 1)
    throw fail(at, 'at most one of basic_auth, oauth2 & authorization must be configured');
  return {
    auth: readAuth(keys),
    tls: readTls(keys.get('tls_config')),
    headers: readHeaders(keys.get('http_headers')),
    followRedirects: flag(keys.get('follow_redirects'), true),
    proxy: readProxy(keys, at),
  };
}

function readAuth(keys: Keys): HttpAuth {
  for (const [name, read] of [
    ['basic_auth', readBasic],
    ['authorization', readAuthorization],
    ['oauth2', readOauth2],
  ] as const) {
    const value = keys.get(name);
    if (value !== undefined && !isNull(value)) return read(value);
  }
  const token = keys.get('bearer_token');
  if (token !== undefined && text(token) !== '')
    return { kind: 'header', scheme: 'Bearer', credentials: inline(token) };
  const file = textOf(keys, 'bearer_token_file');
  return file === ''
    ? { kind: 'none' }
    : { kind: 'header', scheme: 'Bearer', credentials: { kind: 'file', path: file } };
}
