import type { ProofAnswer } from '@trilith/contract';
import { jsonResponse, type Route } from '../../base/http.ts';
import { type ProofPorts, proofOf } from '../../drills/index.ts';
import { answered } from './state_requests.ts';

export interface ProofSource {
  readonly portsOf: (tenant: string) => ProofPorts;
  readonly nowMs: () => number;
}

/** `GET /api/alerts/proof`. */
export function proofRoutes({ portsOf, nowMs }: ProofSource): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/alerts/proof',
      handler: (request) =>
        answered(request, async () => {
          const rules = await proofOf(portsOf(request.tenant), nowMs(), request.query.get('all') === '1');
          return jsonResponse(200, { rules } satisfies ProofAnswer);
        }),
    },
  ];
}
