/**
 * The shapes every endpoint is written in. A handler is a function from request to response, so the same endpoint runs
 * on the main thread (receivers) or inside a query worker (query APIs), and tests call it without a socket.
 */
export interface HttpRequest {
  readonly method: string;
  /** Decoded path, without the query string. */
  readonly path: string;
  /** Parameters of the route's pattern (`:name`). */
  readonly params: Readonly<Record<string, string>>;
  /** Query string, and for form posts the form's fields appended. */
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  /** The tenant of the caller's key; a ClickHouse database. */
  readonly tenant: string;
  /** Aborted when the client leaves. Pass it to everything that takes time. */
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse> | HttpResponse;

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Absolute path with `:parameters`, e.g. `/prometheus/api/v1/label/:name/values`. */
  readonly path: string;
  readonly handler: HttpHandler;
  /** Any valid key may ask, whatever its role: the answer holds no data and the request changes none. */
  readonly anyKey?: boolean;
}

/** A JSON answer. */
export function jsonResponse(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}
