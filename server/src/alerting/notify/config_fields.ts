import { HTTP_FIELDS, readHttpClient } from '../../base/http_client_config.ts';
import type { HttpClientConfig, SecretSource } from '../../base/http_settings.ts';
import { Secret } from '../../base/secret.ts';
import { fail, flag, isNull, record, text, type YamlValue } from '../../base/yaml_reader.ts';
import { type Keys, textOf, urlParts } from '../../base/yaml_shape.ts';
import type { Json } from './json.ts';

/** Reading the keys of receivers, with Alertmanager's rules and words. */

/** What `amtool` and the API show in the place of a secret; taken back as a value that is there. */
const SHOWN_SECRET = '<secret>';

/** The text under a key, or `otherwise` when the key is not in the file. */
export function textOr(keys: Keys, key: string, otherwise = ''): string {
  const value = keys.get(key);
  return value === undefined ? otherwise : text(value);
}

export function flagOf(keys: Keys, key: string, otherwise = false): boolean {
  return flag(keys.get(key), otherwise);
}

/** Whether a key is there and holds something other than null. */
export function isGiven(keys: Keys, key: string): boolean {
  const value = keys.get(key);
  return value !== undefined && !isNull(value);
}

/** Throws ConfigFileError for a URL that is neither http nor https. */
export function checkHttpUrl(written: string, at: YamlValue): void {
  const parts = urlParts(written);
  if (parts === undefined) throw fail(at, `${JSON.stringify(written)} is not a URL`);
  if (parts.scheme !== 'http' && parts.scheme !== 'https')
    throw fail(at, `unsupported scheme ${JSON.stringify(parts.scheme)} for URL`);
  if (parts.host === '') throw fail(at, 'missing host for URL');
}

/** An http or https URL, or `otherwise` when the key is not in the file. */
export function urlOr<Otherwise extends string | undefined>(
  keys: Keys,
  key: string,
  otherwise: Otherwise,
): string | Otherwise {
  const value = keys.get(key);
  if (value === undefined || isNull(value)) return otherwise;
  const written = text(value);
  checkHttpUrl(written, value);
  return written;
}

/** The secret under `key` or in the file under `key_file`; undefined when neither is there. */
export function secretOf(keys: Keys, key: string): SecretSource | undefined {
  const [value, file] = [keys.get(key), keys.get(`${key}_file`)];
  const [given, path] = [textOf(keys, key), textOf(keys, `${key}_file`)];
  if (value !== undefined && file !== undefined && given !== '' && path !== '')
    throw fail(value, `at most one of ${key} & ${key}_file must be configured`);
  if (given !== '') return { kind: 'inline', value: new Secret(given) };
  return path === '' ? undefined : { kind: 'file', path };
}

/** The same for an address that is a secret itself, as those of incoming webhooks are. */
export function secretUrlOf(keys: Keys, key: string): SecretSource | undefined {
  const value = keys.get(key);
  const written = textOf(keys, key);
  if (value !== undefined && written !== '' && written !== SHOWN_SECRET) checkHttpUrl(written, value);
  return secretOf(keys, key);
}

/** A URL that ends with a slash, so that a path can be put behind it. */
export function withSlash(url: string): string {
  const parsed = new URL(url);
  if (!parsed.pathname.endsWith('/')) parsed.pathname += '/';
  return parsed.href;
}

const HTTP_KEYS = Object.keys(HTTP_FIELDS);

/** The `http_config` of an entry; undefined when it has none. */
export function httpOf(keys: Keys): HttpClientConfig | undefined {
  const value = keys.get('http_config');
  if (value === undefined || isNull(value)) return undefined;
  const inner = record(value, HTTP_KEYS);
  for (const [key, entry] of inner) HTTP_FIELDS[key]?.(entry);
  return readHttpClient(inner, value);
}

const GO_UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** A duration as Go writes it (`1m30s`, `1.5h`), ms. Throws ConfigFileError. */
export function goDurationMs(keys: Keys, key: string, otherwise: number): number {
  const value = keys.get(key);
  if (value === undefined || isNull(value)) return otherwise;
  const written = text(value);
  if (written === '0') return 0;
  if (!/^(?:\d+(?:\.\d*)?(?:ns|us|µs|μs|ms|s|m|h))+$/.test(written))
    throw fail(value, `time: invalid duration ${JSON.stringify(written)}`);
  let ms = 0;
  for (const [, number, unit] of written.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|μs|ms|s|m|h)/g))
    ms += Number(number) * (GO_UNITS[unit ?? ''] ?? 0);
  return ms;
}

/** A value of the file as it stands there: for what is given to the provider as it is. Keys that are no texts are left out. */
export function jsonOf(value: YamlValue): Json {
  return toJson(value.node === null ? null : value.node.toJS(value.source.document, { mapAsMap: true }));
}

function toJson(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Map) {
    const made: Record<string, Json> = Object.create(null);
    for (const [key, item] of value) if (typeof key === 'string') made[key] = toJson(item);
    return made;
  }
  return String(value);
}
