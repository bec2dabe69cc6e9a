import { MatcherError, SilenceError } from '../../alerting/index.ts';
import { type HttpResponse, jsonResponse } from '../../base/http.ts';
import { StateUnavailable } from '../../state/index.ts';

/** A parameter or body that is not as the specification says; upstream's framework answers 422, and 400 for what is no JSON. */
export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest';
  readonly status: 400 | 422;
  constructor(status: InvalidRequest['status'], message: string) {
    super(message);
    this.status = status;
  }
}

/** Codes of go-openapi's validation errors, for what cannot be read and for what is not there or wrong. */
const PARSE_ERROR = 400;
const VALIDATION_ERROR = 602;

/** The answer to an error of a handler; what is not of the client is thrown on. */
export function errorResponse(error: unknown): HttpResponse {
  if (error instanceof InvalidRequest)
    return jsonResponse(error.status, {
      code: error.status === 400 ? PARSE_ERROR : VALIDATION_ERROR,
      message: error.message,
    });
  if (error instanceof MatcherError) return jsonResponse(400, error.message);
  if (error instanceof SilenceError) return jsonResponse(error.kind === 'unknown' ? 404 : 400, error.message);
  if (error instanceof StateUnavailable) return jsonResponse(503, error.message, { 'retry-after': '1' });
  throw error;
}
