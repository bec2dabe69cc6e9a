import { isJsonObject } from '../../base/json_input.ts';

/** Objects deeper than this are kept as JSON. */
const FLATTENED_DEPTH = 8;
const utf8 = new TextDecoder('utf-8');

/** The text of a value that is no object or array, else undefined. Bytes are read as UTF-8, null is empty. */
export function scalarText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      if (value instanceof Uint8Array) return utf8.decode(value);
      return value === null || value === undefined ? '' : undefined;
  }
}

/** A value as JSON: integers of any size exactly, bytes as text. The value's depth is bounded by whoever parsed it. */
export function jsonText(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return JSON.stringify(utf8.decode(value));
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (isJsonObject(value))
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}:${jsonText(item)}`)
      .join(',')}}`;
  return JSON.stringify(value) ?? 'null';
}

/** Appends a value under its name: objects by their members, names joined by dots; arrays as JSON; nothing for empty text. */
export function appendFlattened(into: [name: string, text: string][], name: string, value: unknown, depth = 0): void {
  const text = scalarText(value);
  if (text !== undefined) {
    if (text !== '') into.push([name, text]);
  } else if (isJsonObject(value) && depth < FLATTENED_DEPTH) {
    for (const [key, item] of Object.entries(value)) appendFlattened(into, `${name}.${key}`, item, depth + 1);
  } else into.push([name, jsonText(value)]);
}
