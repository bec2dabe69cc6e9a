import { LogqlParseError } from '@trilith/lang/logql';
import type { HttpResponse } from '../../base/http.ts';
import { LogqlError } from '../../query/index.ts';
import { StoreError } from '../../store/index.ts';
import { ParameterError } from './parameters.ts';

/** An answer in plain text, as Loki says what is wrong. */
export function text(status: number, message: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: `${message}\n` };
}

/** An error in Loki's shape: plain text. Errors that are none of the caller's doing are thrown on. */
export function errorResponse(error: unknown): HttpResponse {
  if (error instanceof ParameterError || error instanceof LogqlParseError || error instanceof LogqlError) {
    return text(400, error.message);
  }
  if (error instanceof StoreError) {
    if (error.kind === 'unavailable') return text(503, 'the store is not available, try again', { 'retry-after': '2' });
    if (error.kind === 'cancelled') return text(499, 'The request was cancelled by the client.');
    if (error.kind === 'limit') return text(400, `the query was stopped at a limit: ${error.message}`);
  }
  throw error;
}
