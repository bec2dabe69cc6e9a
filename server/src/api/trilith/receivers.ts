import { type ReceiverTestAnswer, receiverTestRequest } from '@trilith/contract';
import { type Notification, ownNotification, type Told } from '../../alerting/index.ts';
import { type HttpRequest, type HttpResponse, jsonResponse, type Route } from '../../base/http.ts';
import { TEST_LABEL } from '../../model/alert.ts';
import { RequestError } from './respond.ts';
import { answered, bodyOf } from './state_requests.ts';

export interface ReceiverTests {
  /** The integrations of a receiver (`slack[0]`); undefined where there is no such receiver. */
  readonly integrationsOf: (tenant: string, receiver: string) => readonly string[] | undefined;
  /** One attempt at one integration. */
  readonly tell: (
    receiver: string,
    integration: string,
    notification: Notification,
    signal: AbortSignal,
  ) => Promise<Told>;
  readonly nowMs: () => number;
}

const MAX_BODY_BYTES = 64 * 1024;
const ATTEMPT_MS = 20_000;
const PATHS = ['/api/v2/receivers/test', '/alertmanager/api/v2/receivers/test'];

/** `POST /api/v2/receivers/test`: a notification marked as a test goes through a receiver, and the provider's answer comes back. */
export function receiverTestRoutes(tests: ReceiverTests): Route[] {
  return PATHS.map((path) => ({
    method: 'POST',
    path,
    handler: (request) => answered(request, () => testReceiver(request, tests)),
  }));
}

async function testReceiver(request: HttpRequest, tests: ReceiverTests): Promise<HttpResponse> {
  const asked = bodyOf(request, receiverTestRequest, 'a test of a receiver', MAX_BODY_BYTES);
  const { receiver } = asked;
  const known = tests.integrationsOf(request.tenant, receiver);
  if (known === undefined) throw new RequestError(404, 'not_found', `there is no receiver ${JSON.stringify(receiver)}`);
  const wanted = known.filter((name) => asked.integration === undefined || name === asked.integration);
  if (asked.integration !== undefined && wanted.length === 0)
    throw new RequestError(
      404,
      'not_found',
      `${receiver} has no integration ${JSON.stringify(asked.integration)}; it has ${known.join(', ') || 'none'}`,
    );
  const notification = ownNotification(
    {
      receiver,
      alertname: 'TrilithTest',
      labels: { severity: 'info', ...asked.labels, [TEST_LABEL]: 'true' },
      summary: 'This is a test of the way to you. Nothing is wrong, and nothing is to be done.',
      resolved: asked.resolved,
      reason: 'test',
    },
    tests.nowMs(),
  );
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(ATTEMPT_MS)]);
  const integrations = await Promise.all(
    wanted.map(async (integration) => {
      const startMs = tests.nowMs();
      const { outcome } = await tests.tell(receiver, integration, notification, signal);
      return {
        integration,
        accepted: outcome.error === undefined,
        status: outcome.status,
        providerId: outcome.providerId,
        error: outcome.error ?? outcome.warning ?? '',
        latencyMs: tests.nowMs() - startMs,
      };
    }),
  );
  const accepted = integrations.length > 0 && integrations.every((integration) => integration.accepted);
  return jsonResponse(200, { receiver, accepted, integrations } satisfies ReceiverTestAnswer);
}
