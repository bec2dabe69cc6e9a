import type { Route } from '../base/http.ts';
import { createRouter } from '../base/router.ts';
import type { Queries } from './queries.ts';
import type { QueryAnswer, QueryCall } from './query_messages.ts';

/** Asks an endpoint of this program as a client with a key of the tenant would; null where there is none, or not yet. */
export type OwnAnswer = (call: QueryCall) => Promise<QueryAnswer>;

/** @param routes of the main thread that may be asked; everything else goes to the query worker */
export function ownAnswers(routes: readonly Route[], queries: () => Pick<Queries, 'call'> | undefined): OwnAnswer {
  const router = createRouter(routes);
  return async (call) => {
    const signal = new AbortController().signal;
    const match = router.match(call.method, call.path);
    if (match === null) return (await queries()?.call(call, signal)) ?? null;
    const request = { ...call, query: new URLSearchParams(call.query), params: match.params, signal };
    const { status, headers = {}, body = '' } = await match.route.handler(request);
    return { status, headers, body: typeof body === 'string' ? body : new Uint8Array(body) };
  };
}
