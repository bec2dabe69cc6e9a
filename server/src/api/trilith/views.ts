import { type SavedViewsAnswer, savedView } from '@trilith/contract';
import * as v from 'valibot';
import { type HttpRequest, type HttpResponse, jsonResponse, type Route } from '../../base/http.ts';
import type { Views } from '../../state/index.ts';
import { RequestError } from './respond.ts';
import { answered, bodyOf } from './state_requests.ts';

const PATH = '/api/views';
const MAX_BODY_BYTES = 64 * 1024;
/** Of one screen; a further one has to take another's place. */
const MOST_VIEWS = 500;

/** `GET`, `PUT` and `DELETE /api/views`: views of a screen under a name, kept for everyone. */
export function viewRoutes(views: Views): Route[] {
  const answer = async ({ tenant }: HttpRequest, screen: v.InferOutput<typeof savedView>['screen']) =>
    jsonResponse(200, { views: await views.of(tenant, screen) } satisfies SavedViewsAnswer);
  const route = (method: Route['method'], run: (request: HttpRequest) => Promise<HttpResponse>): Route => ({
    method,
    path: PATH,
    handler: (request) => answered(request, () => run(request)),
  });
  return [
    route('GET', (request) => answer(request, screenOf(request))),
    route('PUT', async (request) => {
      const view = bodyOf(request, savedView, 'a view', MAX_BODY_BYTES);
      const known = await views.of(request.tenant, view.screen);
      if (known.length >= MOST_VIEWS && !known.some(({ name }) => name === view.name))
        throw new RequestError(400, 'too_many', `there are ${MOST_VIEWS} views already: remove some first`);
      await views.keep(request.tenant, view);
      return answer(request, view.screen);
    }),
    route('DELETE', async (request) => {
      const screen = screenOf(request);
      await views.remove(request.tenant, screen, request.query.get('name') ?? '');
      return answer(request, screen);
    }),
  ];
}

/** Throws RequestError. */
function screenOf({ query }: HttpRequest): v.InferOutput<typeof savedView>['screen'] {
  const read = v.safeParse(savedView.entries.screen, query.get('screen'));
  if (!read.success) throw new RequestError(400, 'bad_request', 'screen must be logs or traces');
  return read.output;
}
