import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { Counter } from 'prom-client';
import type { RequestContext } from '../runtime/log.ts';
import type { ServiceCode, ServiceKit } from '../runtime/service.ts';

const TICK_MS = 50;
const USERS = 400;
/** More than this waiting for answers: the next ones are not sent, so that a slow machine is not overrun. */
const MAX_IN_FLIGHT = 50;
const CLIENT_MS = 4_000;

/** Customers: a steady, seeded stream of payments, now and then a look at the status. */
export function loadGenerator(kit: ServiceKit): ServiceCode {
  const { log, random, registry, settings } = kit;
  const skipped = new Counter({
    name: 'load_requests_skipped_total',
    help: 'Requests not sent: too many wait for an answer',
    registers: [registry],
  });
  const tracer = trace.getTracer('load-generator');
  let inFlight = 0;
  let owed = 0;

  const one = async (context: RequestContext, payment: object | undefined): Promise<void> => {
    inFlight++;
    const attributes = { user_id: context.userId, request_id: context.requestId };
    await tracer.startActiveSpan(
      payment === undefined ? 'look at status' : 'checkout',
      { kind: SpanKind.INTERNAL, attributes },
      async (span) => {
        try {
          const reply =
            payment === undefined
              ? await kit.get('payments-api', '/v1/status', context, CLIENT_MS)
              : await kit.post('payments-api', '/v1/pay', payment, context, CLIENT_MS);
          if (reply.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR, message: `HTTP ${reply.status}` });
        } catch (error) {
          span.recordException(error as Error);
          span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message });
          kit.inRequest(context, () => log.error({ err: error }, 'payments-api cannot be reached'));
        } finally {
          span.end();
          inFlight--;
        }
      },
    );
  };

  kit.every(TICK_MS, () => {
    owed += (settings.rps * TICK_MS) / 1000 + (random.next() - 0.5) * 0.2;
    for (; owed >= 1; owed--) {
      const context = {
        requestId: `req-${random.hex(16)}`,
        userId: `user-${String(random.between(1, USERS)).padStart(4, '0')}`,
      };
      const payment = random.chance(0.15)
        ? undefined
        : {
            payment_id: `pay-${random.hex(12)}`,
            amount: Math.round(random.latency(2_400, 0.9)),
            card: `tok-${random.hex(8)}`,
          };
      if (inFlight >= MAX_IN_FLIGHT) skipped.inc();
      else void one(context, payment);
    }
  });

  return { routes: {} };
}
