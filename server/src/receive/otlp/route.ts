import type { HttpHandler, HttpResponse, Route } from '../../base/http.ts';
import { ProtobufWriter } from '../../base/protobuf_writer.ts';
import type { ContentEncoding, DoorName, Outcome, Submit } from '../../model/ingest.ts';
import { exportResponse, partialSuccess, shortened } from './partial_success.ts';
import { DEFAULT_OTLP_SETTINGS, type OtlpSettings } from './settings.ts';

/** Signal by path: `/v1/*` as in the specification, and the places Grafana's stack has them. */
const PATHS: readonly (readonly [path: string, signal: Signal])[] = [
  ['/v1/logs', 'logs'],
  ['/v1/traces', 'traces'],
  ['/v1/metrics', 'metrics'],
  ['/otlp/v1/logs', 'logs'],
  ['/otlp/v1/traces', 'traces'],
  ['/otlp/v1/metrics', 'metrics'],
  ['/loki/otlp/v1/logs', 'logs'],
  ['/api/v1/otlp/v1/metrics', 'metrics'],
  ['/prometheus/api/v1/otlp/v1/metrics', 'metrics'],
];

type Signal = 'logs' | 'traces' | 'metrics';
type Format = 'protobuf' | 'json';

const DOORS: Readonly<Record<Signal, Readonly<Record<Format, DoorName>>>> = {
  logs: { protobuf: 'otlp-logs-protobuf', json: 'otlp-logs-json' },
  traces: { protobuf: 'otlp-traces-protobuf', json: 'otlp-traces-json' },
  metrics: { protobuf: 'otlp-metrics-protobuf', json: 'otlp-metrics-json' },
};

const REJECTED: Readonly<Record<Signal, string>> = {
  logs: 'rejectedLogRecords',
  traces: 'rejectedSpans',
  metrics: 'rejectedDataPoints',
};

const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** Codes of google.rpc.Code. */
const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;
const UNAVAILABLE = 14;

/**
 * OTLP over HTTP (opentelemetry.io/docs/specs/otlp, "OTLP/HTTP") for three signals, protobuf and JSON.
 * @param settings how metrics become series, as configured at the moment
 */
export function otlpRoutes(submit: Submit, settings: () => OtlpSettings = () => DEFAULT_OTLP_SETTINGS): Route[] {
  return PATHS.map(([path, signal]) => ({ method: 'POST', path, handler: signalHandler(submit, signal, settings) }));
}

function signalHandler(submit: Submit, signal: Signal, settings: () => OtlpSettings): HttpHandler {
  return async (request) => {
    const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
    const format = type === CONTENT_TYPES.json ? 'json' : 'protobuf';
    if (type !== CONTENT_TYPES[format] && type !== 'application/protobuf') {
      return failure(
        format,
        415,
        INVALID_ARGUMENT,
        `content type ${JSON.stringify(type)} is not supported; send ${CONTENT_TYPES.protobuf} or ${CONTENT_TYPES.json}`,
      );
    }
    const encoding = encodingOf(request.headers['content-encoding']);
    if (encoding === undefined) {
      return failure(
        format,
        415,
        INVALID_ARGUMENT,
        `content encoding ${JSON.stringify(request.headers['content-encoding'])} is not supported; send gzip, zstd, deflate or identity`,
      );
    }
    const door = DOORS[signal][format];
    const { tenant, body } = request;
    const meta = signal === 'metrics' ? { meta: settings() } : {};
    return answer(format, signal, await submit({ door, tenant, encoding, body, ...meta }));
  };
}

function encodingOf(header: string | undefined): ContentEncoding | undefined {
  const encoding = (header ?? '').trim().toLowerCase();
  switch (encoding) {
    case '':
      return 'identity';
    case 'identity':
    case 'gzip':
    case 'zstd':
    case 'deflate':
    case 'snappy':
      return encoding;
    default:
      return undefined;
  }
}

/** Only 429, 502, 503 and 504 make an OTLP client send again, so 500 is never an answer. */
function answer(format: Format, signal: Signal, outcome: Outcome): HttpResponse {
  switch (outcome.kind) {
    case 'stored':
      return stored(format, signal, outcome);
    case 'undecodable':
      return failure(format, 400, INVALID_ARGUMENT, outcome.message);
    case 'unsupported':
      return failure(format, 415, INVALID_ARGUMENT, outcome.message);
    case 'too-large':
      return failure(format, 413, RESOURCE_EXHAUSTED, outcome.message);
    case 'over-quota':
      return failure(format, 429, RESOURCE_EXHAUSTED, outcome.message, outcome.retryAfterSeconds);
    case 'unavailable':
      return failure(format, 503, UNAVAILABLE, outcome.message, outcome.retryAfterSeconds);
  }
}

function stored(format: Format, signal: Signal, outcome: Extract<Outcome, { kind: 'stored' }>): HttpResponse {
  const { rejected, message } = partialSuccess(outcome);
  if (format === 'protobuf') return response(format, 200, exportResponse({ rejected, message }));
  const part = { ...(rejected > 0 ? { [REJECTED[signal]]: String(rejected) } : {}), errorMessage: message };
  return response(format, 200, JSON.stringify(message === '' ? {} : { partialSuccess: part }));
}

/** google.rpc.Status: code = 1, message = 2. */
function failure(format: Format, status: number, code: number, text: string, retryAfterSeconds?: number): HttpResponse {
  const message = shortened(text);
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) };
  if (format === 'json') return response(format, status, JSON.stringify({ code, message }), headers);
  const writer = new ProtobufWriter();
  writer.uint32(1, code);
  writer.text(2, message);
  return response(format, status, Uint8Array.from(writer.finish()), headers);
}

function response(
  format: Format,
  status: number,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return { status, headers: { 'content-type': CONTENT_TYPES[format], ...headers }, body };
}
