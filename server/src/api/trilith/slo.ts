import { newSloExclusion, type SloDetail, type SloList, type SloPreview, type SloSummary } from '@trilith/contract';
import { type HttpRequest, type HttpResponse, jsonResponse, type Route } from '../../base/http.ts';
import {
  type Exclusions,
  type FactKeeper,
  type LoadedObjective,
  type LoadedObjectives,
  sloDetailOf,
  sloPreviewOf,
  sloSummaryOf,
} from '../../slo/index.ts';
import { RequestError, timeRange } from './respond.ts';
import { type FactsReader, factsAnswer } from './slo_facts.ts';
import { answered, bodyOf } from './state_requests.ts';

export interface SloSource {
  readonly tenant: string;
  readonly loaded: () => LoadedObjectives;
  readonly keeper: Pick<FactKeeper, 'of'>;
  readonly exclusions: Exclusions;
  readonly history: FactsReader;
  readonly authorOf: (request: HttpRequest) => string;
  readonly nowMs: () => number;
}

const MAX_BODY_BYTES = 16 * 1024;

/**
 * `GET /api/slo`, `GET /api/slo/:name`, `GET /api/slo/:name/preview`, `GET /api/slo/:name/facts`, and `POST` and `DELETE
 * /api/slo/:name/exclusions`.
 */
export function sloRoutes(source: SloSource): Route[] {
  const route = (
    method: Route['method'],
    path: string,
    run: (request: HttpRequest) => Promise<SloList | SloDetail | SloPreview>,
  ): Route => ({
    method,
    path,
    handler: (request): Promise<HttpResponse> => answered(request, async () => jsonResponse(200, await run(request))),
  });
  return [
    route('GET', '/api/slo', (request) => listOf(request, source)),
    route('GET', '/api/slo/:name', (request) => detailOf(request, source)),
    route('GET', '/api/slo/:name/preview', (request) => previewOf(request, source)),
    {
      method: 'GET',
      path: '/api/slo/:name/facts',
      handler: (request) =>
        answered(request, async () => {
          const range = { objective: found(request, source).objective.id, ...timeRange(request) };
          return factsAnswer(range, request.query.get('format'), source.history);
        }),
    },
    route('POST', '/api/slo/:name/exclusions', async (request) => {
      const { objective } = found(request, source);
      const { everywhere, ...exclusion } = bodyOf(request, newSloExclusion, 'an exclusion', MAX_BODY_BYTES);
      const author = source.authorOf(request);
      await source.exclusions.add({ ...exclusion, objective: everywhere ? '*' : objective.id, author });
      return detailOf(request, source);
    }),
    route('DELETE', '/api/slo/:name/exclusions', async (request) => {
      const id = request.query.get('id') ?? '';
      if (!(await source.exclusions.remove(id, source.authorOf(request))))
        throw new RequestError(404, 'not_found', `there is no exclusion ${JSON.stringify(id)}`);
      return detailOf(request, source);
    }),
  ];
}

async function knownOf(loaded: LoadedObjective, { keeper, exclusions, nowMs }: SloSource) {
  const { id } = loaded.objective;
  return { loaded, counted: keeper.of(id), exclusions: await exclusions.of(id), nowMs: nowMs() };
}

async function listOf({ tenant }: HttpRequest, source: SloSource): Promise<SloList> {
  if (tenant !== source.tenant) return { objectives: [], broken: [] };
  const { objectives, broken } = source.loaded();
  const summaries = await Promise.all(objectives.map(async (one) => sloSummaryOf(await knownOf(one, source))));
  const left = ({ remaining }: SloSummary): number => remaining ?? Number.POSITIVE_INFINITY;
  return {
    objectives: summaries.sort((a, b) => (left(a) === left(b) ? (a.name < b.name ? -1 : 1) : left(a) - left(b))),
    broken: [...broken].map(([file, reason]) => ({ file, reason })),
  };
}

function found({ tenant, params }: HttpRequest, source: SloSource): LoadedObjective {
  const one = source.loaded().objectives.find(({ objective }) => objective.id === params.name);
  if (one === undefined || tenant !== source.tenant)
    throw new RequestError(404, 'not_found', `there is no objective ${JSON.stringify(params.name)}`);
  return one;
}

const detailOf = async (request: HttpRequest, source: SloSource): Promise<SloDetail> =>
  sloDetailOf(await knownOf(found(request, source), source));

/** What would be left with one more exclusion, or without one. */
async function previewOf(request: HttpRequest, source: SloSource): Promise<SloPreview> {
  const known = await knownOf(found(request, source), source);
  const without = request.query.get('without');
  if (without !== null)
    return sloPreviewOf(
      known,
      known.exclusions.filter(({ id }) => id !== without),
    );
  return sloPreviewOf(known, [...known.exclusions, timeRange(request)]);
}
