import { randomUUID } from 'node:crypto';
import type { ApiError } from '@trilith/contract';
import * as v from 'valibot';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import { JsonError, parseJson } from '../../base/json_input.ts';
import { IngestUnavailable } from '../../ingest/index.ts';
import { StateUnavailable } from '../../state/index.ts';
import { StoreError } from '../../store/index.ts';
import { RequestError } from './respond.ts';

/** The JSON of a body of at most `maxBytes`, as `schema` has it; `what` names it in refusals. Throws RequestError. */
export function bodyOf<S extends v.GenericSchema>(
  { body }: HttpRequest,
  schema: S,
  what: string,
  maxBytes: number,
): v.InferOutput<S> {
  if (body.length > maxBytes) throw new RequestError(413, 'too_large', `${what} of more than ${maxBytes} bytes`);
  let value: unknown;
  try {
    value = parseJson(body, { depth: 4, elements: 200 });
  } catch (error) {
    if (error instanceof JsonError) throw new RequestError(400, 'bad_request', error.message, { cause: error });
    throw error;
  }
  const read = v.safeParse(schema, value);
  if (read.success) return read.output;
  const [issue] = read.issues;
  throw new RequestError(400, 'bad_request', `${v.getDotPath(issue) ?? what}: ${issue.message}`);
}

/** Runs a handler of the main thread: what it throws becomes our API's error. */
export async function answered(request: HttpRequest, run: () => Promise<HttpResponse>): Promise<HttpResponse> {
  const requestId = request.headers['x-request-id'] ?? randomUUID();
  const refuse = (status: number, code: string, message: string, retryAfter?: number): HttpResponse =>
    jsonResponse(
      status,
      { error: { code, message, setting: null, requestId, position: null } } satisfies ApiError,
      retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
    );
  try {
    return await run();
  } catch (error) {
    if (error instanceof RequestError) return refuse(error.status, error.code, error.message);
    if (error instanceof IngestUnavailable) return refuse(503, 'unavailable', error.message, error.retryAfterSeconds);
    if (error instanceof StateUnavailable) return refuse(503, 'unavailable', error.message, 1);
    if (error instanceof StoreError && error.kind === 'unavailable')
      return refuse(503, 'store_down', 'the store is not available, try again', 1);
    throw error;
  }
}
