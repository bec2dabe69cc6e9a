import { apiError } from '@trilith/contract';
import * as v from 'valibot';

/** Why a request failed, with everything a person needs to report it. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly status: number;
  readonly code: string;
  readonly setting: string | null;
  readonly requestId: string;
  readonly position: { readonly start: number; readonly end: number } | null;

  constructor(fields: Pick<ApiFailure, 'status' | 'code' | 'message' | 'setting' | 'requestId' | 'position'>) {
    super(fields.message);
    this.status = fields.status;
    this.code = fields.code;
    this.setting = fields.setting;
    this.requestId = fields.requestId;
    this.position = fields.position;
  }
}

export type Params = Readonly<Record<string, string | number | readonly string[] | null | undefined>>;

/** `?a=1&b=2` of the parameters that have a value; empty text counts as none. */
function queryString(params: Params): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === null || value === undefined || value === '') continue;
    if (typeof value === 'object') for (const item of value) search.append(name, item);
    else search.append(name, String(value));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

const prometheusError = v.object({
  status: v.literal('error'),
  errorType: v.optional(v.string(), ''),
  error: v.string(),
});

/** The setting of the bound that stopped a query: the server names it in its words. */
export function boundOf(message: string): string | null {
  return /\blimits\.[a-z_]+/.exec(message)?.[0] ?? null;
}

/** Reads the error body of any of our products: our own shape, Prometheus's, or Loki's plain text. */
function failureOf(status: number, body: string, requestId: string): ApiFailure {
  const plain = {
    status,
    code: `http_${status}`,
    message: body.trim().slice(0, 2000) || `HTTP ${status}`,
    setting: null,
    requestId,
    position: null,
  };
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    // Plain text is a legitimate error body (Loki, Tempo); it is shown as it is.
    return new ApiFailure(plain);
  }
  const own = v.safeParse(apiError, value);
  if (own.success) {
    const { code, message, setting, position } = own.output.error;
    return new ApiFailure({
      status,
      code,
      message,
      setting,
      position,
      requestId: own.output.error.requestId || requestId,
    });
  }
  const prometheus = v.safeParse(prometheusError, value);
  if (prometheus.success) {
    const { errorType, error } = prometheus.output;
    return new ApiFailure({ ...plain, code: errorType, message: error, setting: boundOf(error) });
  }
  return new ApiFailure(plain);
}

function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
}

/**
 * GETs JSON and checks its shape. Each request carries an `x-request-id`, which an error names when the server gives no other.
 * @throws ApiFailure when the server refuses, cannot be reached (status 0) or answers in another shape.
 */
export async function getJson<S extends v.GenericSchema>(
  path: string,
  params: Params,
  schema: S,
  signal?: AbortSignal,
): Promise<v.InferOutput<S>> {
  return (await getWithCost(path, params, schema, signal)).value;
}

/** Bytes read from the store, from the header that says so; null from a server that does not. */
export function bytesOf(header: string | null): number | null {
  const match = /(?:^|,)bytes=(\d{1,15})(?:,|$)/.exec(header ?? '');
  return match === null ? null : Number(match[1]);
}

/** As {@link getJson}, with the bytes that were read from the store for the answer. */
export async function getWithCost<S extends v.GenericSchema>(
  path: string,
  params: Params,
  schema: S,
  signal?: AbortSignal,
): Promise<{ readonly value: v.InferOutput<S>; readonly bytesRead: number | null }> {
  return exchange(path + queryString(params), signal === undefined ? {} : { signal }, schema);
}

/** Sends JSON (nothing when it is undefined) and checks the shape of the answer. @throws ApiFailure as {@link getJson} */
export async function sendJson<S extends v.GenericSchema>(
  method: 'PUT' | 'POST' | 'DELETE',
  path: string,
  params: Params,
  value: unknown,
  schema: S,
): Promise<v.InferOutput<S>> {
  const body = value === undefined ? {} : { body: JSON.stringify(value) };
  return (await exchange(path + queryString(params), { method, ...body }, schema)).value;
}

/** Sends a request whose answer has no body. @throws ApiFailure as {@link getJson} */
export async function sendEmpty(method: 'POST' | 'DELETE', path: string): Promise<void> {
  await send(path, { method });
}

async function exchange<S extends v.GenericSchema>(
  address: string,
  init: RequestInit,
  schema: S,
): Promise<{ readonly value: v.InferOutput<S>; readonly bytesRead: number | null }> {
  const { response, body, requestId } = await send(address, init);
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    throw badAnswer(response.status, String(error), requestId);
  }
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return { value: parsed.output, bytesRead: bytesOf(response.headers.get('x-trilith-cost')) };
  const issue = parsed.issues[0];
  throw badAnswer(response.status, `${v.getDotPath(issue) ?? ''}: ${issue.message}`, requestId);
}

function badAnswer(status: number, message: string, requestId: string): ApiFailure {
  return new ApiFailure({ status, code: 'bad_answer', message, setting: null, requestId, position: null });
}

/** A request and its answer's text. Throws ApiFailure for what is refused or cannot be reached. */
async function send(
  address: string,
  init: RequestInit,
): Promise<{ readonly response: Response; readonly body: string; readonly requestId: string }> {
  const sentId = randomHex(8);
  const headers = {
    accept: 'application/json',
    'x-request-id': sentId,
    ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  let response: Response;
  try {
    response = await fetch(address, { ...init, headers });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ApiFailure({
      status: 0,
      code: 'unreachable',
      message: String(error),
      setting: null,
      requestId: sentId,
      position: null,
    });
  }
  const requestId = response.headers.get('x-request-id') ?? sentId;
  const body = await response.text();
  if (!response.ok) throw failureOf(response.status, body, requestId);
  return { response, body, requestId };
}
