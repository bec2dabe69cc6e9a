import {
  type GroupResponse,
  type OnCallAnswer,
  type OverridesAnswer,
  overrideRequest,
  type ResponsesAnswer,
  responseRequest,
  type ShiftsAnswer,
} from '@trilith/contract';
import { type HttpRequest, type HttpResponse, jsonResponse, type Route } from '../../base/http.ts';
import { labelsToRecord } from '../../model/labels.ts';
import {
  type AlertGroup,
  type EscalationState,
  layerShifts,
  type OnCallConfig,
  OverrideRefused,
  type Overrides,
  onCallOverview,
  ResponseRefused,
  type Responses,
  renderICal,
  type Schedule,
  shifts,
} from '../../on_call/index.ts';
import { RequestError, wholeNumber } from './respond.ts';
import { answered, bodyOf } from './state_requests.ts';

/** On-call as its endpoints see it. It is one tenant's. */
export interface OnCallSource {
  readonly tenant: string;
  readonly config: () => OnCallConfig;
  /** Why the file cannot be used; empty when it can, or there is none. */
  readonly problem: () => string;
  readonly overrides: Overrides;
  readonly responses: Responses;
  readonly escalations: () => readonly EscalationState[];
  /** What fires in a group now. */
  readonly group: (groupKey: string) => AlertGroup | undefined;
  readonly nowMs: () => number;
  /** Whose key the request came with; empty where nobody is told apart. */
  readonly authorOf: (request: HttpRequest) => string;
}

const DAY_MS = 86_400_000;
const MAX_BODY_BYTES = 32 * 1024;
const MAX_SHIFTS_MS = 400 * DAY_MS;
/** What a calendar shows: a month back, half a year ahead. */
const CALENDAR = { backMs: 30 * DAY_MS, aheadMs: 180 * DAY_MS };
const MOST_RESPONSES = 500;

/** `/api/on-call/*` and `/api/alerts/responses`. */
export function onCallRoutes(source: OnCallSource): Route[] {
  const route = (
    method: Route['method'],
    path: string,
    run: (request: HttpRequest) => Promise<HttpResponse> | HttpResponse,
  ): Route => ({
    method,
    path,
    handler: (request) =>
      answered(request, async () => {
        if (request.tenant !== source.tenant)
          throw new RequestError(404, 'not_found', `on-call belongs to the tenant ${source.tenant}`);
        return refusing(() => run(request));
      }),
  });
  return [
    route('GET', '/api/on-call', () => jsonResponse(200, overview(source))),
    route('GET', '/api/on-call/shifts', (request) => jsonResponse(200, shiftsOf(request, source))),
    route('GET', '/api/on-call/overrides', () => jsonResponse(200, overridesOf(source))),
    route('POST', '/api/on-call/overrides', async (request) => {
      const asked = bodyOf(request, overrideRequest, 'an override', MAX_BODY_BYTES);
      const author = source.authorOf(request) || asked.author;
      return jsonResponse(201, await source.overrides.add({ ...asked, author }));
    }),
    route('DELETE', '/api/on-call/overrides', async (request) => {
      const id = request.query.get('id') ?? '';
      if (!(await source.overrides.remove(id, source.authorOf(request))))
        throw new RequestError(404, 'not_found', `no override has the id ${JSON.stringify(id)}`);
      return jsonResponse(200, overridesOf(source));
    }),
    route('GET', '/api/on-call/:calendar', (request) => calendar(request, source)),
    route('GET', '/api/alerts/responses', () => jsonResponse(200, responsesOf(source))),
    route('POST', '/api/alerts/responses', async (request) => {
      const asked = bodyOf(request, responseRequest, 'a response', MAX_BODY_BYTES);
      return jsonResponse(200, (await source.responses.respond(asked)) satisfies GroupResponse);
    }),
  ];
}

async function refusing(run: () => Promise<HttpResponse> | HttpResponse): Promise<HttpResponse> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ResponseRefused || error instanceof OverrideRefused)
      throw new RequestError(409, 'refused', error.message, { cause: error });
    throw error;
  }
}

function overview({ config, overrides, problem, nowMs }: OnCallSource): OnCallAnswer {
  return { problem: problem(), ...onCallOverview(config(), overrides.all(), nowMs()) };
}

function overridesOf({ overrides, nowMs }: OnCallSource): OverridesAnswer {
  return { overrides: overrides.all().filter(({ toMs }) => toMs > nowMs()) };
}

/** Throws RequestError. */
function scheduleOf(name: string, { config }: OnCallSource): Schedule {
  const schedule = config().schedules.get(name);
  if (schedule === undefined) throw new RequestError(404, 'not_found', `no schedule is named ${JSON.stringify(name)}`);
  return schedule;
}

function shiftsOf(request: HttpRequest, source: OnCallSource): ShiftsAnswer {
  const schedule = scheduleOf(request.query.get('schedule') ?? '', source);
  const fromMs = wholeNumber(request, 'from', source.nowMs());
  const toMs = wholeNumber(request, 'to', fromMs + 14 * DAY_MS);
  if (toMs <= fromMs || toMs - fromMs > MAX_SHIFTS_MS)
    throw new RequestError(400, 'bad_request', 'to is after from, by 400 days at most');
  const found = shifts(schedule, source.overrides.all(), { fromMs, toMs });
  return {
    schedule: schedule.name,
    zone: schedule.zone,
    shifts: found.map(({ people, by, ...range }) => ({ ...range, people: [...people], by })),
    layers: layerShifts(schedule, { fromMs, toMs }).map(({ name, shifts: own }) => ({
      name,
      shifts: own.map(({ people, fromMs: start, toMs: end }) => ({ fromMs: start, toMs: end, people: [...people] })),
    })),
  };
}

/** `/api/on-call/NAME.ics`. */
function calendar(request: HttpRequest, source: OnCallSource): HttpResponse {
  const [, name] = /^(.+)\.ics$/.exec(request.params.calendar ?? '') ?? [];
  if (name === undefined) throw new RequestError(404, 'not_found', `no such endpoint: GET ${request.path}`);
  const nowMs = source.nowMs();
  const found = shifts(scheduleOf(name, source), source.overrides.all(), {
    // By the day, so that the first shift is the same event all day.
    fromMs: Math.floor((nowMs - CALENDAR.backMs) / DAY_MS) * DAY_MS,
    toMs: nowMs + CALENDAR.aheadMs,
  });
  const body = renderICal(name, found, source.config().people, nowMs);
  return { status: 200, headers: { 'content-type': 'text/calendar; charset=utf-8' }, body };
}

function responsesOf({ responses, escalations, group }: OnCallSource): ResponsesAnswer {
  return {
    responses: responses
      .all()
      .slice(0, MOST_RESPONSES)
      .map((response) => {
        const firing = group(response.groupKey)?.firing ?? [];
        const holds = firing.length > 0 && responses.acknowledgedBy(response.groupKey, firing) !== undefined;
        return { ...response, firing: firing.length, holds };
      }),
    escalations: escalations()
      .filter(({ state }) => state === 'running' || state === 'exhausted')
      .map(({ told, ...state }) => {
        const now = group(state.groupKey);
        return {
          ...state,
          receivers: told,
          labels: labelsToRecord(now?.labels ?? []),
          firing: now?.firing.length ?? 0,
        };
      }),
  };
}
