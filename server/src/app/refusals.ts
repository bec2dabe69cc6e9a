import { randomUUID } from 'node:crypto';
import type { HttpResponse } from '../base/http.ts';
import { jsonResponse } from '../base/http.ts';

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

/**
 * An error outside any handler (no route, no key, body too large, no place for a query) in the shape the clients of that
 * path expect. OTLP never gets a 500: its clients may not retry that, and would lose data.
 */
export function refusal(path: string, status: number, message: string, retryAfterSeconds?: number): HttpResponse {
  const headers: Record<string, string> = {};
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds);
  if (status === 401) headers['www-authenticate'] = 'Basic realm="trilith"';
  if (/(^|\/)v1\/(traces|logs|metrics)$/.test(path)) {
    const retryable = status === 500 ? 503 : status;
    return jsonResponse(retryable, { code: RPC_CODE[retryable] ?? 2, message }, headers);
  }
  if (path.startsWith('/loki/') || path.startsWith('/tempo/') || path.endsWith('/write')) {
    return { status, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' }, body: `${message}\n` };
  }
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
