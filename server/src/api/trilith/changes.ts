import { randomUUID } from 'node:crypto';
import { type Change, type ChangesAnswer, changeRequest } from '@trilith/contract';
import { type HttpRequest, jsonResponse, type Route } from '../../base/http.ts';
import type { Changes } from '../../state/index.ts';
import { RequestError, timeRange } from './respond.ts';
import { answered, bodyOf } from './state_requests.ts';

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
function requestedChange(request: HttpRequest, nowMs: number): Change {
  const asked = bodyOf(request, changeRequest, 'a change', MAX_BODY_BYTES);
  const { id = randomUUID(), timeMs = nowMs, ...rest } = asked;
  if (rest.endMs !== null && rest.endMs < timeMs)
    throw new RequestError(400, 'bad_request', 'endMs must not be before timeMs');
  return { id, timeMs, ...rest };
}
