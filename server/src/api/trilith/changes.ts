import { randomUUID } from 'node:crypto';
import { type ApiError, type Change, type ChangesAnswer, changeRequest } from '@trilith/contract';
import * as v from 'valibot';
import { type HttpRequest, type HttpResponse, jsonResponse, type Route } from '../../base/http.ts';
import { JsonError, parseJson } from '../../base/json_input.ts';
import { IngestUnavailable } from '../../ingest/index.ts';
import { type Changes, StateUnavailable } from '../../state/index.ts';
import { StoreError } from '../../store/index.ts';
import { RequestError, timeRange } from './respond.ts';

const PATH = '/api/changes';
const MAX_BODY_BYTES = 16 * 1024;

/** `POST /api/changes`: any tool tells of a deploy or another change. */
export function changeWriteRoutes(changes: Changes, nowMs: () => number): Route[] {
  return [
    {
      method: 'POST',
      path: PATH,
      handler: (request) =>
        answered(request, async () => {
          const kept = requestedChange(request, nowMs());
          await changes.record(request.tenant, kept);
          return jsonResponse(201, kept);
        }),
    },
  ];
}

/** `GET /api/changes`. */
export function changeRoutes(changes: Changes): Route[] {
  return [
    {
      method: 'GET',
      path: PATH,
      handler: (request) =>
        answered(request, async () => {
          const service = request.query.get('service') || undefined;
          const found = await changes.within(request.tenant, { ...timeRange(request), service });
          return jsonResponse(200, { changes: found } satisfies ChangesAnswer);
        }),
    },
  ];
}

/** Throws RequestError for a body that is no change. */
function requestedChange({ body }: HttpRequest, nowMs: number): Change {
  if (body.length > MAX_BODY_BYTES)
    throw new RequestError(413, 'too_large', `a change of more than ${MAX_BODY_BYTES} bytes`);
  let value: unknown;
  try {
    value = parseJson(body, { depth: 4, elements: 200 });
  } catch (error) {
    if (error instanceof JsonError) throw new RequestError(400, 'bad_request', error.message, { cause: error });
    throw error;
  }
  const read = v.safeParse(changeRequest, value);
  if (!read.success) {
    const [issue] = read.issues;
    const place = (issue.path ?? []).map(({ key }) => String(key)).join('.');
    throw new RequestError(400, 'bad_request', `${place === '' ? 'a change' : place}: ${issue.message}`);
  }
  const { id = randomUUID(), timeMs = nowMs, ...rest } = read.output;
  if (rest.endMs !== null && rest.endMs < timeMs)
    throw new RequestError(400, 'bad_request', 'endMs must not be before timeMs');
  return { id, timeMs, ...rest };
}

/** Runs a handler of this thread: what it throws becomes our API's error. */
async function answered(request: HttpRequest, run: () => Promise<HttpResponse>): Promise<HttpResponse> {
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
