import type { HttpRequest } from '../../base/http.ts';
import { JsonError, parseJson } from '../../base/json_input.ts';
import { parsingError } from './errors.ts';
import { type JsonObject, object } from './json_fields.ts';

const BOUNDS = { depth: 64, elements: 100_000 } as const;

/** The body of a request, or its `source` parameter; an empty object when there is none. Throws ElasticError. */
export function readBody(request: HttpRequest): JsonObject {
  const source = request.query.get('source');
  const bytes = request.body.length > 0 || source === null ? request.body : Buffer.from(source);
  return bytes.length === 0 ? {} : parsed(bytes);
}

/** The objects of a body of lines. Throws ElasticError. */
export function readLines(request: HttpRequest): JsonObject[] {
  const objects: JsonObject[] = [];
  for (let at = 0; at < request.body.length; ) {
    const newline = request.body.indexOf(0x0a, at);
    const end = newline < 0 ? request.body.length : newline;
    // An empty line is a header that says nothing; the last one ends the request.
    if (end > at) objects.push(parsed(request.body.subarray(at, end)));
    else if (objects.length % 2 === 0 && end + 1 < request.body.length) objects.push({});
    at = end + 1;
  }
  return objects;
}

function parsed(bytes: Uint8Array): JsonObject {
  try {
    return object(parseJson(bytes, BOUNDS), 'body');
  } catch (error) {
    if (error instanceof JsonError) throw parsingError(error.message);
    throw error;
  }
}
