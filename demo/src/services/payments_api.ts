import { metrics as otel, SpanStatusCode, trace } from '@opentelemetry/api';
import { Counter } from 'prom-client';
import { field, type Reply, TimeoutError } from '../runtime/http.ts';
import type { RequestContext } from '../runtime/log.ts';
import type { ServiceCode, ServiceKit } from '../runtime/service.ts';

const ANTIFRAUD_MS = 900;
const LEDGER_MS = 1_500;
const TRIES = 2;

/** A payment that did not go through, with the answer its caller gets. */
class PaymentFailed extends Error {
  override readonly name = 'PaymentFailed';
  readonly status: number;
  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

interface Payment {
  readonly paymentId: string;
  readonly amount: number;
  readonly card: string;
}

/** The public API: a payment goes to antifraud, to the card network, to the ledger, and then out as events. */
export function paymentsApi(kit: ServiceKit): ServiceCode {
  const { log, random, faults, registry } = kit;
  const registers = [registry];
  const succeeded = new Counter({ name: 'payments_succeeded_total', help: 'Payments that went through', registers });
  const failed = new Counter({
    name: 'payments_failed_total',
    help: 'Payments that did not',
    labelNames: ['reason'],
    registers,
  });
  const retries = new Counter({
    name: 'payment_retries_total',
    help: 'Calls tried again',
    labelNames: ['dependency'],
    registers,
  });
  const amounts = otel
    .getMeter('payments')
    .createHistogram('payment.amount', { unit: 'RUB', description: 'Amounts asked for' });
  const tracer = trace.getTracer('payments');

  /** One call that may be tried again when its other side is slow or in trouble. */
  const tried = async (dependency: 'antifraud' | 'ledger', ask: () => Promise<Reply>): Promise<Reply> => {
    for (let attempt = 1; ; attempt++) {
      try {
        const reply = await ask();
        if (reply.status < 500 || attempt >= TRIES) return reply;
      } catch (error) {
        if (!(error instanceof TimeoutError) || attempt >= TRIES) throw error;
      }
      retries.labels(dependency).inc();
      log.warn({ dependency, attempt }, `${dependency} did not answer, trying again`);
    }
  };

  const checkFraud = async (payment: Payment, context: RequestContext): Promise<void> => {
    log.info({ payment_id: payment.paymentId }, 'request sent to antifraud');
    const reply = await tried('antifraud', () =>
      kit.post('antifraud-service', '/v1/check', payment, context, ANTIFRAUD_MS),
    );
    if (reply.status >= 500) throw new PaymentFailed(504, 'antifraud_timeout');
    if (field(reply.body, 'verdict') === 'reject') throw new PaymentFailed(403, 'antifraud_rejected');
  };

  const authorizeCard = (payment: Payment): Promise<void> =>
    tracer.startActiveSpan(
      'card.authorize',
      { attributes: { 'payment.id': payment.paymentId, 'card.network': 'mir' } },
      async (span) => {
        try {
          await kit.work(random.latency(22));
          if (random.chance(faults.has('card_declined') ? 0.33 : 0.03)) throw new PaymentFailed(402, 'card_declined');
        } catch (error) {
          span.recordException(error as Error);
          span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message });
          throw error;
        } finally {
          span.end();
        }
      },
    );

  const settle = async (payment: Payment, context: RequestContext): Promise<void> => {
    const reply = await tried('ledger', () => kit.post('ledger', '/v1/transactions', payment, context, LEDGER_MS));
    if (reply.status >= 500) throw new PaymentFailed(500, 'ledger_failed');
  };

  const publish = async (payment: Payment, context: RequestContext): Promise<void> => {
    const sent = await Promise.allSettled([
      kit.post('fraud-consumer', '/v1/events', payment, context, 500),
      kit.post('notifications', '/v1/notify', payment, context, 500),
    ]);
    for (const result of sent)
      if (result.status === 'rejected') log.warn({ err: result.reason }, 'event not published');
  };

  const pay = async (payment: Payment, context: RequestContext): Promise<Reply> => {
    const started = performance.now();
    log.info({ payment_id: payment.paymentId, amount: payment.amount }, 'session opened, payment requested');
    amounts.record(payment.amount, { currency: 'RUB' });
    try {
      await checkFraud(payment, context);
      await authorizeCard(payment);
      await settle(payment, context);
    } catch (error) {
      return refuse(payment, error);
    }
    await publish(payment, context);
    succeeded.inc();
    log.info(
      { payment_id: payment.paymentId, duration_ms: Math.round(performance.now() - started) },
      'payment succeeded',
    );
    return { status: 200, body: { payment_id: payment.paymentId, state: 'succeeded' } };
  };

  const refuse = (payment: Payment, error: unknown): Reply => {
    const known =
      error instanceof PaymentFailed
        ? error
        : new PaymentFailed(error instanceof TimeoutError ? 504 : 502, 'upstream_error');
    const reason = known.message;
    failed.labels(reason).inc();
    trace.getActiveSpan()?.recordException(error as Error);
    const fields = { payment_id: payment.paymentId, reason, status: known.status };
    if (reason === 'antifraud_rejected') log.warn(fields, 'payment refused: antifraud_rejected');
    else log.error({ ...fields, err: error }, `payment failed: ${reason}`);
    if (known.status >= 500 && random.chance(0.1)) {
      log.critical({ dependency: reason }, 'circuit breaker opened: payments are failing');
    }
    return { status: known.status, body: { payment_id: payment.paymentId, error: reason } };
  };

  return {
    routes: {
      'POST /v1/pay': (body, context) =>
        pay(
          { paymentId: field(body, 'payment_id'), amount: Number(field(body, 'amount')), card: field(body, 'card') },
          context,
        ),
      'GET /v1/status': async () => {
        await kit.work(random.latency(4));
        log.debug('status asked');
        return { status: 200, body: { state: 'ok' } };
      },
    },
  };
}
