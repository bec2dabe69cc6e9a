import type { HttpClientConfig } from '../../base/http_settings.ts';
import { fail, isNull, list, record, type YamlValue } from '../../base/yaml_reader.ts';
import type { Keys } from '../../base/yaml_shape.ts';
import { flagOf, httpOf, textOr } from './config_fields.ts';

/** What the entries of all `*_configs` have in common. */
export interface Entry {
  readonly keys: Keys;
  readonly at: YamlValue;
  readonly sendResolved: boolean;
  /** Its own `http_config`. */
  readonly ownHttp: HttpClientConfig | undefined;
}

/** Reads an entry whose keys are `names` besides the common ones. Throws ConfigFileError. */
export function readEntry(at: YamlValue, names: readonly string[], sendResolved: boolean): Entry {
  const keys = record(at, ['send_resolved', 'http_config', ...names]);
  return { keys, at, sendResolved: flagOf(keys, 'send_resolved', sendResolved), ownHttp: httpOf(keys) };
}

/** The texts under several keys, each with its default. */
export function textsOf<Name extends string>(
  keys: Keys,
  defaults: Readonly<Record<Name, string>>,
): Readonly<Record<Name, string>> {
  const found: Record<string, string> = {};
  for (const [name, otherwise] of Object.entries<string>(defaults)) found[name] = textOr(keys, name, otherwise);
  return found as Record<Name, string>;
}

/** The template upstream names `<channel>.default.<part>`. */
export function defaultTemplate(channel: string, part: string): string {
  return `{{ template "${channel}.default.${part}" . }}`;
}

/** A list of mappings with these keys. */
export function recordsOf(keys: Keys, key: string, names: readonly string[]): { keys: Keys; at: YamlValue }[] {
  return list(keys.get(key)).map((at) => {
    if (isNull(at)) throw fail(at, 'an entry is empty');
    return { keys: record(at, names), at };
  });
}

/** A field of a Slack-like attachment. */
export interface AttachmentField {
  readonly title: string;
  readonly value: string;
  /** Undefined: as the entry's `short_fields` says, or left out. */
  readonly short: boolean | undefined;
}

/** The `fields` of an attachment; `product` for the messages, undefined where upstream does not check. */
export function attachmentFields(keys: Keys, product: string | undefined): AttachmentField[] {
  return recordsOf(keys, 'fields', ['title', 'value', 'short']).map(({ keys: inner, at }) => {
    const [title, value] = [textOr(inner, 'title'), textOr(inner, 'value')];
    if (product !== undefined && title === '') throw fail(at, `missing title in ${product} field configuration`);
    if (product !== undefined && value === '') throw fail(at, `missing value in ${product} field configuration`);
    return { title, value, short: inner.has('short') ? flagOf(inner, 'short') : undefined };
  });
}

/** The object without its empty texts, empty lists and absent values, as Go's `omitempty` leaves them out. */
export function withoutEmpty<Value extends object>(value: Value): Partial<Value> {
  const kept = Object.entries(value).filter(
    ([, item]) => item !== '' && item !== undefined && item !== false && !(Array.isArray(item) && item.length === 0),
  );
  return Object.fromEntries(kept) as Partial<Value>;
}
