import { entries, text, type YamlValue } from '../base/yaml_reader.ts';

/** Keys of a mapping by name; ones that nobody asks for are passed over, as the programs do whose formats these are. */
export type Keys = ReadonlyMap<string, YamlValue>;

/** Throws ConfigFileError for what is no mapping. */
export const keysOf = (value: YamlValue | undefined): Keys => new Map(value === undefined ? [] : entries(value));

export const textOf = (value: YamlValue | undefined): string => (value === undefined ? '' : text(value));

export const labelsOf = (value: YamlValue | undefined): [string, string][] =>
  value === undefined ? [] : entries(value).map(([name, entry]) => [name, text(entry)]);

/** A part of the file as plain data, for who checks it with a schema. */
export function plain(value: YamlValue | undefined): unknown {
  return value?.node == null ? undefined : value.node.toJS(value.source.document);
}
