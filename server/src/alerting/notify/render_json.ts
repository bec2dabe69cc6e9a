import { isCollection, parseDocument } from 'yaml';
import type { Json } from './json.ts';

/**
 * A value of the configuration with every text in it rendered (Alertmanager's DeepCopyWithTemplate): what a text comes out
 * as is read as YAML, so that `{{ .Alerts | len }}` gives a number and `{{ .Alerts | toJson }}` a list. Unlike upstream's,
 * texts inside such a list are not rendered a second time: they are labels of alerts, not templates.
 */
export function renderJson(value: Json, text: (template: string) => string): Json {
  if (typeof value === 'string') return typed(text(value));
  if (Array.isArray(value)) return value.map((item: Json) => renderJson(item, text));
  if (value === null || typeof value !== 'object') return value;
  const made: Record<string, Json> = Object.create(null);
  for (const [key, item] of Object.entries(value)) made[text(key)] = renderJson(item, text);
  return made;
}

function typed(rendered: string): Json {
  const document = parseDocument(rendered, {
    version: '1.1',
    uniqueKeys: false,
    prettyErrors: false,
    schema: 'yaml-1.1',
  });
  if (document.errors.length > 0 || document.contents === null) return document.errors.length > 0 ? rendered : null;
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  if (!isCollection(document.contents) && typeof value !== 'number' && typeof value !== 'boolean' && value !== null)
    return rendered;
  return withoutDates(value);
}

/** Moments stay the text they were in: upstream's YAML does not know them. */
function withoutDates(value: unknown): Json {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(withoutDates);
  if (typeof value === 'object' && value !== null) {
    const made: Record<string, Json> = Object.create(null);
    for (const [key, item] of Object.entries(value)) made[key] = withoutDates(item);
    return made;
  }
  return value as Json;
}
