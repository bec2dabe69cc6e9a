import { isJsonObject, JsonError, parseJson } from '../../base/json_input.ts';
import { ElasticError } from './errors.ts';
import type { JsonObject } from './json_fields.ts';

/**
 * A scroll or a point in time: nothing is kept here between requests, the identifier says what to go on with. Both stand
 * for the moment they were opened: dates like `now` keep meaning it.
 */
export interface Cursor {
  readonly indices: string;
  readonly nowMs: number;
  /** The search's body; empty for a point in time. */
  readonly body: JsonObject;
  readonly after: readonly unknown[] | undefined;
}

const MAX_CHARACTERS = 256 * 1024;

export function encodeCursor({ indices, nowMs, body, after }: Cursor): string {
  return Buffer.from(JSON.stringify({ i: indices, t: nowMs, b: body, a: after })).toString('base64url');
}

/** Reads an identifier back. Throws ElasticError for one that is none of ours. */
export function decodeCursor(id: unknown): Cursor {
  const unknown = (options?: ErrorOptions): ElasticError =>
    new ElasticError(404, 'search_context_missing_exception', 'No search context found for this id', options);
  if (typeof id !== 'string' || id.length > MAX_CHARACTERS) throw unknown();
  let value: unknown;
  try {
    value = parseJson(Buffer.from(id, 'base64url'), { depth: 64, elements: 100_000 });
  } catch (error) {
    if (error instanceof JsonError) throw unknown({ cause: error });
    throw error;
  }
  if (!isJsonObject(value)) throw unknown();
  const { i: indices, t: nowMs, b: body, a: after } = value;
  if (typeof indices !== 'string' || typeof nowMs !== 'number' || !isJsonObject(body)) throw unknown();
  return { indices, nowMs, body, after: Array.isArray(after) ? after : undefined };
}
