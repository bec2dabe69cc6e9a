import { type HttpHandler, type HttpResponse, jsonResponse, type Route } from '../../base/http.ts';
import type { ContentEncoding, DoorName, Outcome, Rejection, Submit } from '../../model/ingest.ts';
import type { FluentHttpMeta } from './decode_http.ts';

const PATHS = ['/fluent', '/fluent/:tag'];
const DOORS: Readonly<Record<string, DoorName>> = {
  'application/json': 'fluent-json',
  'application/x-ndjson': 'fluent-json',
  'application/msgpack': 'fluent-msgpack',
  'application/x-msgpack': 'fluent-msgpack',
};
const ENCODINGS: ReadonlySet<string> = new Set(['identity', 'gzip', 'deflate', 'zstd', 'snappy']);
/** An answer to a bad request is for a person; longer ones fill the sender's own log. */
const ANSWER_BYTES = 1024;
const MESSAGE_CHARACTERS = 900;
const SHORT_CHARACTERS = 150;
const TAG_CHARACTERS = 256;

/**
 * `POST /fluent`: Fluent Bit's `http` output in every format (json, json_lines, json_stream, msgpack), and Fluentd's. The
 * tag is in the path (`/fluent/app.access`) or in the header `Fluent-Tag` (Fluent Bit's `header_tag`).
 */
export function fluentHttpRoutes(submit: Submit): Route[] {
  const handler: HttpHandler = async (request) => {
    const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
    const door = DOORS[type];
    if (door === undefined)
      return failure(
        415,
        `Content-Type ${JSON.stringify(type)} is not supported; send ${Object.keys(DOORS).join(', ')}`,
      );
    const encoding = (request.headers['content-encoding'] ?? '').trim().toLowerCase() || 'identity';
    if (!ENCODINGS.has(encoding)) return failure(415, `Content-Encoding ${JSON.stringify(encoding)} is not supported`);
    const tag = (request.params.tag ?? request.headers['fluent-tag'] ?? '').slice(0, TAG_CHARACTERS);
    const { tenant, body } = request;
    const meta: FluentHttpMeta = { tag };
    return answer(await submit({ door, tenant, encoding: encoding as ContentEncoding, body, meta, place: tag }));
  };
  return PATHS.map((path) => ({ method: 'POST', path, handler }));
}

/** Fluent Bit sends again after 408, 429 and 5xx, and drops a chunk after any other failure (plugins/out_http). */
function answer(outcome: Outcome): HttpResponse {
  switch (outcome.kind) {
    case 'stored':
      return outcome.rejections.length === 0 ? { status: 204 } : failure(400, refusals(outcome.rejections));
    case 'undecodable':
      return failure(400, outcome.message);
    case 'unsupported':
      return failure(415, outcome.message);
    case 'too-large':
      return failure(413, outcome.message);
    case 'over-quota':
      return failure(429, outcome.message, outcome.retryAfterSeconds);
    case 'unavailable':
      return failure(503, outcome.message, outcome.retryAfterSeconds);
  }
}

/** What of a request was not stored, when the rest was. */
function refusals(rejections: readonly Rejection[]): string {
  return rejections.map(({ reason, count, message }) => `${count} records refused (${reason}): ${message}`).join('; ');
}

function failure(status: number, message: string, retryAfterSeconds?: number): HttpResponse {
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) };
  const response = jsonResponse(status, { error: message.slice(0, MESSAGE_CHARACTERS) }, headers);
  // In JSON a character may become six bytes.
  return Buffer.byteLength(response.body ?? '') <= ANSWER_BYTES
    ? response
    : jsonResponse(status, { error: message.slice(0, SHORT_CHARACTERS) }, headers);
}
