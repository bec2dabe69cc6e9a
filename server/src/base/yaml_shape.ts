import {
  decimal,
  durationMs,
  entries,
  fail,
  flag,
  integer,
  isNull,
  list,
  record,
  sizeBytes,
  text,
  whole,
  type YamlValue,
} from './yaml_reader.ts';

/**
 * What a part of a configuration file in Prometheus' manner must look like. A shape checks a value and throws ConfigFileError; parts that are acted
 * upon are read by functions of their own, all others are only held to their shape.
 */
export type Shape = (value: YamlValue) => void;
export type Fields = Readonly<Record<string, Shape>>;
export type Keys = ReadonlyMap<string, YamlValue>;

export const string: Shape = (value) => void text(value);
export const boolean: Shape = (value) => void flag(value, false);
export const int: Shape = (value) => void integer(value, 0);
export const unsigned: Shape = (value) => void whole(value, 0);
export const float: Shape = (value) => void decimal(value, 0);
export const duration: Shape = (value) => void durationMs(value, 0);
export const size: Shape = (value) => void sizeBytes(value, 0);

export function listOf(item: Shape): Shape {
  return (value) => {
    for (const entry of list(value)) item(entry);
  };
}

export const strings = listOf(string);

export const stringMap: Shape = (value) => {
  for (const [, entry] of entries(value)) text(entry);
};

/** A mapping with these keys only. `check` sees the keys that are there. */
export function object(fields: Fields, check?: (keys: Keys, value: YamlValue) => void): Shape {
  const names = new Set(Object.keys(fields));
  return (value) => {
    const keys = record(value, names);
    for (const [key, entry] of keys) fields[key]?.(entry);
    check?.(keys, value);
  };
}

/** One of these texts; `message` gets what stands there instead. */
export function oneOf(names: readonly string[], message: (written: string) => string): Shape {
  return (value) => {
    const written = text(value);
    if (!names.includes(written)) throw fail(value, message(written));
  };
}

/** The text under a key; empty when the key is missing or null. */
export function textOf(keys: Keys, key: string): string {
  const value = keys.get(key);
  return value === undefined ? '' : text(value);
}

/** A list of mappings in which no entry may be empty. */
export function listOfSome(item: Shape, empty: string): Shape {
  return (value) => {
    for (const entry of list(value)) {
      if (isNull(entry)) throw fail(entry, empty);
      item(entry);
    }
  };
}

/** The parts of a URL as Go's url.Parse splits it, undefined when it refuses the text. */
export function urlParts(written: string): { scheme: string; host: string } | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: url.Parse refuses exactly these
  if (/[\u0000-\u001f\u007f]/.test(written) || /^:/.test(written) || /%(?![0-9a-fA-F]{2})/.test(written))
    return undefined;
  const match = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?/.exec(written);
  return { scheme: (match?.[1] ?? '').toLowerCase(), host: match?.[2] ?? '' };
}

export const url: Shape = (value) => {
  const written = text(value);
  if (urlParts(written) === undefined) throw fail(value, `${JSON.stringify(written)} is not a URL`);
};

/** Valid under the name scheme: `legacy` is ASCII, `utf8` (the default) any text that is not empty. */
export type NameScheme = 'utf8' | 'legacy';
const LEGACY_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

export function isLabelName(name: string, scheme: NameScheme): boolean {
  return scheme === 'legacy' ? LEGACY_LABEL.test(name) : name !== '' && name.isWellFormed();
}

/** Label names with their values, checked as Prometheus' LabelSet is. */
export function labelRecord(value: YamlValue | undefined, scheme: NameScheme = 'utf8'): Record<string, string> {
  const labels: Record<string, string> = Object.create(null);
  if (value === undefined) return labels;
  for (const [name, entry] of entries(value)) {
    if (!isLabelName(name, scheme)) throw fail(entry, `${JSON.stringify(name)} is not a valid label name`);
    const written = text(entry);
    if (!written.isWellFormed()) throw fail(entry, `${JSON.stringify(written)} is not a valid label value`);
    labels[name] = written;
  }
  return labels;
}
