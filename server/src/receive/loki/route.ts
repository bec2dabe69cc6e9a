import type { HttpHandler, HttpResponse, Route } from '../../base/http.ts';
import type { ContentEncoding, DoorName, Outcome, Rejection, Submit } from '../../model/ingest.ts';

const PATHS = ['/loki/api/v1/push', '/api/prom/push'];
/** An answer to a bad request is for a person; longer ones fill the sender's own log. */
const MESSAGE_BYTES = 1000;

/** Loki's push endpoints: JSON, or protobuf which is snappy-compressed unless a Content-Encoding says otherwise. */
export function lokiRoutes(submit: Submit): Route[] {
  const handler: HttpHandler = async (request) => {
    const type = mediaType(request.headers['content-type']);
    const door = doorOf(type);
    if (door === undefined)
      return text(
        400,
        `Content-Type ${JSON.stringify(type)} is not supported; send application/json or application/x-protobuf`,
      );
    const encoding = encodingOf(request.headers['content-encoding'], door);
    if (encoding === undefined) {
      return text(400, `Content-Encoding ${JSON.stringify(request.headers['content-encoding'])} not supported`);
    }
    return answer(await submit({ door, tenant: request.tenant, encoding, body: request.body }));
  };
  return PATHS.map((path) => ({ method: 'POST', path, handler }));
}

function mediaType(header: string | undefined): string {
  return (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** Loki takes a body without a type for protobuf. */
function doorOf(type: string): DoorName | undefined {
  if (type === 'application/json') return 'loki-json';
  return type === '' || type === 'application/x-protobuf' ? 'loki-protobuf' : undefined;
}

function encodingOf(header: string | undefined, door: DoorName): ContentEncoding | undefined {
  const encoding = (header ?? '').trim().toLowerCase();
  switch (encoding) {
    case '':
      return door === 'loki-protobuf' ? 'snappy' : 'identity';
    case 'identity':
    case 'gzip':
    case 'deflate':
    case 'zstd':
    case 'snappy':
      return encoding;
    default:
      return undefined;
  }
}

/** The status that makes a Loki client keep what it should keep: 429 and 5xx are sent again, other 4xx dropped. */
function answer(outcome: Outcome): HttpResponse {
  switch (outcome.kind) {
    case 'stored':
      return outcome.rejections.length === 0 ? { status: 204 } : text(400, refusals(outcome.rejections));
    case 'undecodable':
    case 'unsupported':
      return text(400, outcome.message);
    case 'too-large':
      return text(413, outcome.message);
    case 'over-quota':
      return text(429, outcome.message, outcome.retryAfterSeconds);
    case 'unavailable':
      return text(503, outcome.message, outcome.retryAfterSeconds);
  }
}

function refusals(rejections: readonly Rejection[]): string {
  return rejections
    .map(({ count, message }) => (count === 1 ? message : `${message} (and ${count - 1} more of this kind)`))
    .join('\n');
}

function text(status: number, message: string, retryAfterSeconds?: number): HttpResponse {
  const body = Buffer.from(message).subarray(0, MESSAGE_BYTES).toString('utf8');
  return {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) }),
    },
    body: `${body}\n`,
  };
}
