import { parseGoDuration } from '@trilith/lang/logql';
import { TraceqlError } from '@trilith/lang/traceql';
import type { HttpResponse } from '../../base/http.ts';
import { TraceqlEvaluationError } from '../../query/index.ts';
import { StoreError } from '../../store/index.ts';

/** A parameter that makes no sense; 400 with the message as text. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError';
}

/** A Go duration of a parameter, ns; undefined when it is not given. @throws ParameterError */
export function durationNs(query: URLSearchParams, name: string): number | undefined {
  const given = query.get(name);
  if (given === null || given === '') return undefined;
  try {
    return parseGoDuration(given);
  } catch (error) {
    throw new ParameterError(`invalid ${name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

export function text(status: number, message: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: message };
}

/** An error in Tempo's shape: plain text. Errors that are none of the caller's doing are thrown on. */
export function errorResponse(error: unknown): HttpResponse {
  if (error instanceof ParameterError) return text(400, error.message);
  if (error instanceof TraceqlError) return text(400, `invalid TraceQL query: ${error.message}`);
  if (error instanceof TraceqlEvaluationError) return text(400, error.message);
  if (error instanceof StoreError) {
    if (error.kind === 'unavailable') return text(503, 'the store is not available, try again', { 'retry-after': '2' });
    if (error.kind === 'cancelled') return text(499, 'context canceled');
    if (error.kind === 'limit') return text(422, `the query was stopped at a limit: ${error.message}`);
  }
  throw error;
}
