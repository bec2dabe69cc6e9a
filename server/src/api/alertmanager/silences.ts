import { type Alertmanager, type LabelMatcher, type Silence, silenceState } from '../../alerting/index.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import { readSilence } from './body.ts';
import { InvalidRequest } from './errors.ts';
import { matchers } from './parameters.ts';

const noStore = { 'cache-control': 'no-store' };
const ORDER = { active: 1, pending: 2, expired: 3 } as const;

/** `GET /silences`: active ones by their end, pending ones by their start, expired ones by the latest end. */
export function getSilences({ query }: HttpRequest, { silences }: Alertmanager, nowMs: number): HttpResponse {
  const filter = matchers(query, 'filter');
  const found = silences.all().filter((silence) => hasMatchers(silence, filter));
  const sorted = found.toSorted((a, b) => {
    const [state, other] = [silenceState(a, nowMs), silenceState(b, nowMs)];
    if (state !== other) return ORDER[state] - ORDER[other];
    if (state === 'pending') return a.startsAtMs - b.startsAtMs;
    return state === 'active' ? a.endsAtMs - b.endsAtMs : b.endsAtMs - a.endsAtMs;
  });
  return jsonResponse(
    200,
    sorted.map((silence) => gettable(silence, nowMs)),
    noStore,
  );
}

/** Whether a silence has every matcher of a filter itself. */
function hasMatchers(silence: Silence, filter: readonly LabelMatcher[]): boolean {
  return filter.every((wanted) =>
    silence.matchers.some(
      ({ name, operator, value }) => name === wanted.name && operator === wanted.operator && value === wanted.value,
    ),
  );
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function idOf({ params }: HttpRequest): string {
  const id = params.id ?? '';
  if (!UUID.test(id)) throw new InvalidRequest(422, `silenceID in path must be of type uuid: ${JSON.stringify(id)}`);
  return id.toLowerCase();
}

/** `GET /silence/ID`. */
export function getSilence(request: HttpRequest, { silences }: Alertmanager, nowMs: number): HttpResponse {
  const silence = silences.get(idOf(request));
  return silence === undefined ? { status: 404 } : jsonResponse(200, gettable(silence, nowMs), noStore);
}

/** `DELETE /silence/ID`: ends it; answered when that is on disk. */
export async function deleteSilence(
  request: HttpRequest,
  { silences }: Alertmanager,
  author: string,
): Promise<HttpResponse> {
  await silences.expire(idOf(request), author);
  return { status: 200 };
}

/** `POST /silences`: makes or changes one; answered when it is on disk. */
export async function postSilence(
  { body }: HttpRequest,
  { silences }: Alertmanager,
  author: string,
  nowMs: number,
): Promise<HttpResponse> {
  const silence = readSilence(body);
  if (silence.startsAtMs >= silence.endsAtMs)
    return jsonResponse(400, 'Failed to create silence: start time must be before end time');
  if (silence.endsAtMs < nowMs) return jsonResponse(400, "Failed to create silence: end time can't be in the past");
  return jsonResponse(200, { silenceID: await silences.set(silence, author) });
}

function gettable(silence: Silence, nowMs: number) {
  const { id, matchers: all, startsAtMs, endsAtMs, updatedAtMs, createdBy, comment, annotations } = silence;
  return {
    id,
    status: { state: silenceState(silence, nowMs) },
    updatedAt: new Date(updatedAtMs).toISOString(),
    ...(Object.keys(annotations ?? {}).length === 0 ? {} : { annotations }),
    comment,
    createdBy,
    endsAt: new Date(endsAtMs).toISOString(),
    matchers: all.map(({ name, operator, value }) => ({
      isEqual: operator === '=' || operator === '=~',
      isRegex: operator === '=~' || operator === '!~',
      name,
      value,
    })),
    startsAt: new Date(startsAtMs).toISOString(),
  };
}
