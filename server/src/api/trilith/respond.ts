import { randomUUID } from 'node:crypto';
import type { AnswerNotes, ApiError } from '@trilith/contract';
import { LogqlParseError } from '@trilith/lang/logql';
import { PromqlParseError } from '@trilith/lang/promql';
import { type HttpHandler, type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import { LogqlError, PromqlError } from '../../query/index.ts';
import { StoreError } from '../../store/index.ts';

/** A request our own API refuses; `code` is stable, `position` points into the query text. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

/** What a query has read so far; filled by the reader the engines share (see `accounting.ts`). */
export interface Cost {
  rows: number;
  bytes: number;
}

const MAX_RANGE_MS = 400 * 86_400_000;

/** A range of two parameters of a request, ms since the epoch. Throws RequestError. */
export function timeRange(
  request: HttpRequest,
  from = 'from',
  to = 'to',
): { readonly fromMs: number; readonly toMs: number } {
  const fromMs = wholeNumber(request, from);
  const toMs = wholeNumber(request, to);
  if (fromMs >= toMs) throw new RequestError(400, 'bad_request', `${from} must be before ${to}`);
  if (toMs - fromMs > MAX_RANGE_MS) throw new RequestError(400, 'bad_request', 'the range is longer than 400 days');
  return { fromMs, toMs };
}

/** A whole number of the query string, zero or more. Throws RequestError when it is missing without a default, or malformed. */
export function wholeNumber(request: HttpRequest, name: string, fallback?: number): number {
  const text = request.query.get(name);
  if (text === null || text === '') {
    if (fallback !== undefined) return fallback;
    throw new RequestError(400, 'bad_request', `the parameter ${name} is missing`);
  }
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RequestError(
      400,
      'bad_request',
      `${name} must be a whole number, not ${JSON.stringify(text.slice(0, 40))}`,
    );
  return value;
}

/** A parameter that must be there. Throws RequestError. */
export function required(request: HttpRequest, name: string): string {
  const text = request.query.get(name);
  if (text === null || text === '') throw new RequestError(400, 'bad_request', `the parameter ${name} is missing`);
  return text;
}

/** Runs a handler: what it returns is the body, what it throws becomes our API's error. */
export function answering(
  run: (request: HttpRequest, notes: () => AnswerNotes) => Promise<object>,
  costOf: <T>(run: (cost: Cost) => T) => T,
): HttpHandler {
  return (request) =>
    costOf(async (cost) => {
      const started = performance.now();
      const notes = (): AnswerNotes => ({
        partial: false,
        warnings: [],
        elapsedMs: Math.round((performance.now() - started) * 100) / 100,
        scannedRows: cost.rows,
        scannedBytes: cost.bytes,
      });
      try {
        return jsonResponse(200, await run(request, notes));
      } catch (error) {
        return errorAnswer(error, request.headers['x-request-id'] ?? randomUUID());
      }
    });
}

const PROMQL_ANSWERS: Readonly<Record<PromqlError['kind'], readonly [status: number, code: string]>> = {
  bad_data: [400, 'bad_query'],
  execution: [422, 'query_failed'],
  timeout: [422, 'query_limit'],
  canceled: [499, 'cancelled'],
  unavailable: [503, 'store_down'],
};

function errorAnswer(error: unknown, requestId: string): HttpResponse {
  const refuse = (
    status: number,
    code: string,
    message: string,
    position: ApiError['error']['position'] = null,
    setting: string | null = null,
  ): HttpResponse =>
    jsonResponse(status, { error: { code, message, setting, requestId, position } } satisfies ApiError);
  if (error instanceof RequestError) return refuse(error.status, error.code, error.message);
  if (error instanceof LogqlParseError || error instanceof LogqlError)
    return refuse(400, 'bad_query', error.message, spanOf(error));
  if (error instanceof PromqlParseError) {
    const at = error.diagnostics[0]?.range;
    return refuse(400, 'bad_query', error.message, at === undefined ? null : { start: at.start, end: at.end });
  }
  if (error instanceof PromqlError) {
    // The evaluator's words name the bound that stopped a query.
    const setting = /\blimits\.[a-z_]+/.exec(error.message)?.[0] ?? null;
    return refuse(...PROMQL_ANSWERS[error.kind], error.message, null, setting);
  }
  if (error instanceof StoreError) {
    if (error.kind === 'unavailable') return refuse(503, 'store_down', 'the store is not available, try again');
    if (error.kind === 'cancelled') return refuse(499, 'cancelled', 'the query was cancelled');
    if (error.kind === 'limit')
      return refuse(
        422,
        'query_limit',
        `the query was stopped at a limit: ${error.message}`,
        null,
        'limits.query_seconds',
      );
  }
  throw error;
}

function spanOf(error: object): ApiError['error']['position'] {
  const { span = error } = error as { span?: object };
  const { start, end } = span as { start?: unknown; end?: unknown };
  return typeof start === 'number' && typeof end === 'number' ? { start, end } : null;
}
