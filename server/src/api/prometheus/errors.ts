import { PromqlParseError } from '@trilith/lang/promql';
import { type HttpResponse, jsonResponse } from '../../base/http.ts';
import { PromqlError } from '../../query/index.ts';
import { StoreError } from '../../store/index.ts';

/** A request that cannot be understood: 400, `bad_data`. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';
}

type ErrorType = 'bad_data' | 'execution' | 'timeout' | 'canceled' | 'unavailable' | 'internal' | 'not_found';

const STATUS: Readonly<Record<ErrorType, number>> = {
  bad_data: 400,
  execution: 422,
  timeout: 503,
  // What upstream answers to a client that has left; nobody reads it.
  canceled: 499,
  unavailable: 503,
  internal: 500,
  not_found: 404,
};

/** An error in the shape of Prometheus' API. Unknown errors are thrown on: the server logs them and answers 500. */
export function errorResponse(error: unknown): HttpResponse {
  if (error instanceof BadRequest) return failure('bad_data', error.message);
  if (error instanceof PromqlParseError) return failure('bad_data', `invalid parameter "query": ${error.message}`);
  if (error instanceof PromqlError) return failure(error.kind, error.message);
  if (error instanceof StoreError) {
    if (error.kind === 'unavailable') return failure('unavailable', 'the store is not available');
    if (error.kind === 'limit') return failure('execution', `query exceeds a limit of the store: ${error.message}`);
    if (error.kind === 'cancelled') return failure('canceled', 'query was canceled');
  }
  throw error;
}

/** The same in plain text, as upstream answers outside its JSON API (remote read, federation). */
export function plainErrorResponse(error: unknown): HttpResponse {
  const response = errorResponse(error);
  const { error: message } = JSON.parse(String(response.body)) as { readonly error: string };
  return {
    status: error instanceof BadRequest ? 400 : response.status === 422 ? 500 : response.status,
    headers: {
      ...response.headers,
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
    },
    body: `${message}\n`,
  };
}

/** 503: worth trying again. */
export const unavailable = (message: string): HttpResponse => failure('unavailable', message);

function failure(errorType: ErrorType, message: string): HttpResponse {
  const retry: Record<string, string> = errorType === 'unavailable' ? { 'retry-after': '5' } : {};
  return jsonResponse(STATUS[errorType], { status: 'error', errorType, error: message }, retry);
}
