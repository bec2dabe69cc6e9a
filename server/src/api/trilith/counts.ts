import type { CountsAnswer } from '@trilith/contract';
import type { Route } from '../../base/http.ts';
import { countRecords } from '../../store/index.ts';
import type { QueryRouteOptions } from './engines.ts';
import { answering, timeRange } from './respond.ts';

/** `GET /api/counts`: whether what was sent is there. */
export function countRoutes({ enginesOf, costOf }: QueryRouteOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/counts',
      handler: answering(async (request, notes) => {
        const { fromMs, toMs } = timeRange(request);
        const { reader, query } = enginesOf(request.tenant).traces;
        const counts = await countRecords(reader, fromMs, toMs, { ...query, signal: request.signal });
        return { ...counts, notes: notes() } satisfies CountsAnswer;
      }, costOf),
    },
  ];
}
