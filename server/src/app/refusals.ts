import { randomUUID } from 'node:crypto';
import { type HttpResponse, jsonResponse } from '../base/http.ts';
import { ProtobufWriter } from '../base/protobuf_writer.ts';

/** gRPC codes (google.rpc.Code) that OTLP/HTTP answers carry for an HTTP status. */
const RPC_CODE: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  405: 12,
  408: 4,
  413: 8,
  429: 8,
  503: 14,
};
const PROMETHEUS_TYPE: Readonly<Record<number, string>> = {
  400: 'bad_data',
  404: 'not_found',
  408: 'timeout',
  503: 'unavailable',
};

const ELASTIC_TYPE: Readonly<Record<number, string>> = {
  400: 'illegal_argument_exception',
  401: 'security_exception',
  403: 'security_exception',
  404: 'invalid_index_name_exception',
  413: 'content_too_long_exception',
  503: 'unavailable_shards_exception',
};

/** Remote write 2.0: every answer says how much was written. */
const NOTHING_WRITTEN: Readonly<Record<string, string>> = {
  'x-prometheus-remote-write-samples-written': '0',
  'x-prometheus-remote-write-histograms-written': '0',
  'x-prometheus-remote-write-exemplars-written': '0',
};

/**
 * An error outside any handler (no route, no key, body too large, no place for a query) in the shape the clients of that
 * path expect. OTLP never gets a 500: its clients may not retry that, and would lose data.
 */
export function refusal(
  path: string,
  status: number,
  message: string,
  retryAfterSeconds?: number,
  requestHeaders: Readonly<Record<string, string>> = {},
): HttpResponse {
  const headers: Record<string, string> = {};
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds);
  if (status === 401) headers['www-authenticate'] = 'Basic realm="trilith"';
  if (/(^|\/)v1\/(traces|logs|metrics)$/.test(path)) {
    const retryable = status === 500 ? 503 : status;
    return otlpStatus(retryable, message, headers, requestHeaders['content-type'] ?? '');
  }
  if (/(^|\/)api\/v1\/(write|push)$/.test(path) && !path.startsWith('/loki/')) Object.assign(headers, NOTHING_WRITTEN);
  if (path.startsWith('/loki/') || path.startsWith('/tempo/') || /\/(write|push)$/.test(path)) {
    return { status, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' }, body: `${message}\n` };
  }
  if (path.startsWith('/elasticsearch') || /\/_(bulk|doc|create)(\/|$)/.test(path)) {
    return elasticRefusal(status, message, headers);
  }
  if (path.startsWith('/jaeger/api/')) return jaegerRefusal(path, status, message, headers);
  if (path.startsWith('/prometheus/') || path.startsWith('/api/v1/')) {
    return jsonResponse(
      status,
      { status: 'error', errorType: PROMETHEUS_TYPE[status] ?? 'internal', error: message },
      headers,
    );
  }
  if (path.startsWith('/api/')) {
    return jsonResponse(
      status,
      { error: { code: apiCode(status), message, setting: null, requestId: randomUUID(), position: null } },
      headers,
    );
  }
  return { status, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' }, body: `${message}\n` };
}

/** The error of Jaeger's API, of v3 as its gateway writes it. */
function jaegerRefusal(
  path: string,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>>,
): HttpResponse {
  if (path.startsWith('/jaeger/api/v3/'))
    return jsonResponse(status, { error: { httpCode: status, message } }, headers);
  const errors = [{ code: status, msg: message }];
  return jsonResponse(status, { data: null, total: 0, limit: 0, offset: 0, errors }, headers);
}

/** Elasticsearch's error; without the product's name its clients say the server is none instead of what went wrong. */
function elasticRefusal(status: number, message: string, headers: Readonly<Record<string, string>>): HttpResponse {
  const type = ELASTIC_TYPE[status] ?? 'exception';
  const error = { root_cause: [{ type, reason: message }], type, reason: message };
  return jsonResponse(status, { error, status }, { ...headers, 'x-elastic-product': 'Elasticsearch' });
}

/** google.rpc.Status (code = 1, message = 2) in the format of the request, as OTLP/HTTP wants it. */
function otlpStatus(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>>,
  contentType: string,
): HttpResponse {
  const code = RPC_CODE[status] ?? 2;
  if (!/^application\/(x-)?protobuf\b/i.test(contentType)) return jsonResponse(status, { code, message }, headers);
  const writer = new ProtobufWriter();
  writer.uint32(1, code);
  writer.text(2, message);
  return {
    status,
    headers: { ...headers, 'content-type': 'application/x-protobuf' },
    body: Uint8Array.from(writer.finish()),
  };
}

function apiCode(status: number): string {
  const codes: Readonly<Record<number, string>> = {
    400: 'bad_request',
    401: 'unauthenticated',
    403: 'forbidden',
    404: 'not_found',
    413: 'too_large',
    503: 'unavailable',
  };
  return codes[status] ?? 'internal';
}
