import { type HttpResponse, jsonResponse } from '../../base/http.ts';
import { TraceqlEvaluationError } from '../../query/index.ts';
import { StoreError } from '../../store/index.ts';

/** A request that cannot be answered as it is; the message is for its sender. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly status: 400 | 404;

  constructor(status: 400 | 404, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Problem {
  readonly status: number;
  readonly message: string;
}

/** What went wrong, for the sender; errors that are none of the caller's doing are thrown on. */
export function problemOf(error: unknown): Problem {
  if (error instanceof RequestError) return { status: error.status, message: error.message };
  if (error instanceof TraceqlEvaluationError) return { status: 422, message: error.message };
  if (error instanceof StoreError) {
    if (error.kind === 'unavailable') return { status: 503, message: 'the store is not available, try again' };
    if (error.kind === 'cancelled') return { status: 499, message: 'context canceled' };
    if (error.kind === 'limit') return { status: 422, message: `the query was stopped at a limit: ${error.message}` };
  }
  throw error;
}

/** An answer of the API that the UI has used from the beginning (jaeger, internal/http_handler.go: structuredResponse). */
export function structured(data: unknown, total = 0, errors: readonly StructuredError[] | null = null): HttpResponse {
  return jsonResponse(200, { data, total, limit: 0, offset: 0, errors });
}

export interface StructuredError {
  readonly code?: number;
  readonly msg: string;
  readonly traceID?: string;
}

export function structuredProblem({ status, message }: Problem): HttpResponse {
  const errors: StructuredError[] = [{ code: status, msg: message }];
  return jsonResponse(status, { data: null, total: 0, limit: 0, offset: 0, errors }, retryAfter(status));
}

/** An error of the API v3, as its gateway writes it (jaeger-idl, api_v3: GRPCGatewayError). */
export function gatewayProblem({ status, message }: Problem): HttpResponse {
  return jsonResponse(status, { error: { httpCode: status, message } }, retryAfter(status));
}

function retryAfter(status: number): Record<string, string> {
  return status === 503 ? { 'retry-after': '2' } : {};
}
