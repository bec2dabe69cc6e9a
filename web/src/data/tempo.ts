/** Names of spans' fields and their values, from the Tempo API. */
import * as v from 'valibot';
import type { Range } from '../time/range.ts';
import { getJson } from './http.ts';

const tagsAnswer = v.object({
  scopes: v.optional(v.array(v.object({ name: v.string(), tags: v.optional(v.array(v.string()), []) })), []),
});
const valuesAnswer = v.object({
  tagValues: v.optional(v.array(v.object({ type: v.string(), value: v.string() })), []),
});

/** Unix seconds that hold the range. */
function seconds(range: Range): { readonly start: number; readonly end: number } {
  return { start: Math.floor(range.fromMs / 1000), end: Math.ceil(range.toMs / 1000) };
}

/** The fields in use as TraceQL writes them: intrinsics first, then `resource.…`, `span.…`. */
export async function spanFields(range: Range, signal?: AbortSignal): Promise<readonly string[]> {
  const { scopes } = await getJson('/tempo/api/v2/search/tags', seconds(range), tagsAnswer, signal);
  const order = ['intrinsic', 'resource', 'span'];
  return scopes
    .toSorted((a, b) => ((order.indexOf(a.name) + 4) % 4) - ((order.indexOf(b.name) + 4) % 4))
    .flatMap(({ name, tags }) => tags.map((tag) => (name === 'intrinsic' ? tag : `${name}.${quotedName(tag)}`)));
}

/** A name as it stands behind its scope: quoted where it holds what would end it. */
function quotedName(name: string): string {
  return /[\s{}()=~!<>&|^,"]/.test(name) ? JSON.stringify(name) : name;
}

export interface FieldChoice {
  readonly value: string;
  /** Whether it is text, which stands between quotes. */
  readonly quoted: boolean;
}

/** The values of a field that are in use. */
export async function spanFieldValues(
  field: string,
  range: Range,
  signal?: AbortSignal,
): Promise<readonly FieldChoice[]> {
  const path = `/tempo/api/v2/search/tag/${encodeURIComponent(field)}/values`;
  const { tagValues } = await getJson(path, seconds(range), valuesAnswer, signal);
  return tagValues.map(({ type, value }) => ({ value, quoted: type === 'string' }));
}
