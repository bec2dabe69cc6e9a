import { isJsonObject } from '../../base/json_input.ts';

/**
 * The scalars of a JSON document under dotted names, in order: `{"log":{"level":"info"}}` is `log.level`. Arrays are kept
 * as their JSON text, except that an array of one scalar is that scalar, as Elasticsearch's mappings take it. Nulls and
 * empty objects are left out, as they cannot be searched for.
 */
export function flattenDocument(
  document: Readonly<Record<string, unknown>>,
  note: (name: string, value: string) => void,
  prefix = '',
): void {
  for (const [key, value] of Object.entries(document)) {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    if (isJsonObject(value)) flattenDocument(value, note, name);
    else {
      const text = scalarText(value);
      if (text !== undefined) note(name, text);
    }
  }
}

function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const [only] = value;
  return value.length === 1 && !isJsonObject(only) && !Array.isArray(only) ? scalarText(only) : JSON.stringify(value);
}
