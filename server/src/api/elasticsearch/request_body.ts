import { DecompressError, decompress, type Encoding } from '../../base/decompress.ts';
import type { HttpRequest } from '../../base/http.ts';
import { JsonError, parseJson } from '../../base/json_input.ts';
import { ElasticError, parsingError } from './errors.ts';
import { type JsonObject, object } from './json_fields.ts';

const BOUNDS = { depth: 64, elements: 100_000 } as const;
/** A search is text of a person or a program: more is a mistake. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_RATIO = 200;
const ENCODINGS: ReadonlySet<string> = new Set(['identity', 'gzip', 'deflate', 'zstd']);

function plainBody({ body, headers }: HttpRequest): Uint8Array {
  const encoding = (headers['content-encoding'] ?? '').trim().toLowerCase() || 'identity';
  if (!ENCODINGS.has(encoding)) throw parsingError(`Content-Encoding [${encoding.slice(0, 32)}] is not supported`);
  if (body.length === 0) return body;
  try {
    return decompress(encoding as Encoding, body, { maxBytes: MAX_BYTES, maxRatio: MAX_RATIO });
  } catch (error) {
    if (!(error instanceof DecompressError)) throw error;
    const isLarge = error.kind === 'too-large';
    throw new ElasticError(
      isLarge ? 413 : 400,
      isLarge ? 'content_too_long_exception' : 'parsing_exception',
      error.message,
    );
  }
}

/** The body of a request, or its `source` parameter; an empty object when there is none. Throws ElasticError. */
export function readBody(request: HttpRequest): JsonObject {
  const source = request.query.get('source');
  const body = plainBody(request);
  const bytes = body.length > 0 || source === null ? body : Buffer.from(source);
  return bytes.length === 0 ? {} : parsed(bytes);
}

/** The objects of a body of lines. Throws ElasticError. */
export function readLines(request: HttpRequest): JsonObject[] {
  const objects: JsonObject[] = [];
  const body = plainBody(request);
  for (let at = 0; at < body.length; ) {
    const newline = body.indexOf(0x0a, at);
    const end = newline < 0 ? body.length : newline;
    // An empty line is a header that says nothing; the last one ends the request.
    if (end > at) objects.push(parsed(body.subarray(at, end)));
    else if (objects.length % 2 === 0 && end + 1 < body.length) objects.push({});
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
