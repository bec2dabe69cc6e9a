import { type Context, context as otelContext, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { Counter, Gauge } from 'prom-client';
import { field } from '../runtime/http.ts';
import type { RequestContext } from '../runtime/log.ts';
import type { ServiceCode, ServiceKit } from '../runtime/service.ts';

interface Job {
  readonly paymentId: string;
  readonly request: RequestContext;
  /** The trace it belongs to. */
  readonly parent: Context;
}

const TICK_MS = 200;
const MAX_QUEUE = 10_000;
/** Dead letters that other consumers of the broker add under the fault, per second. */
const OTHERS_PER_SECOND = 20;

/** Tells customers, out of a queue; what cannot be delivered goes to the dead letters. */
export function notifications(kit: ServiceKit): ServiceCode {
  const { log, random, faults, registry } = kit;
  const registers = [registry];
  const ready = new Gauge({
    name: 'rabbitmq_queue_messages_ready',
    help: 'Messages ready to be delivered',
    labelNames: ['queue'],
    registers,
  });
  const unacked = new Gauge({
    name: 'rabbitmq_queue_messages_unacked',
    help: 'Messages delivered and not acknowledged',
    labelNames: ['queue'],
    registers,
  });
  const sent = new Counter({
    name: 'notifications_sent_total',
    help: 'Notifications by channel',
    labelNames: ['channel'],
    registers,
  });
  const tracer = trace.getTracer('notifications');
  const queue: Job[] = [];
  let dead = 0;

  const deliver = ({ paymentId, request, parent }: Job): void =>
    tracer.startActiveSpan(
      'notify customer',
      { kind: SpanKind.CONSUMER, attributes: { 'payment.id': paymentId } },
      parent,
      (span) => {
        kit.inRequest(request, () => {
          if (faults.has('dead_letters') && random.chance(0.7)) {
            dead++;
            span.setStatus({ code: SpanStatusCode.ERROR, message: 'refused by the provider' });
            log.error(
              { payment_id: paymentId, queue: 'payments.dlq' },
              'notification refused by the provider, moved to payments.dlq',
            );
          } else {
            const channel = random.pick(['push', 'sms', 'email']);
            sent.labels(channel).inc();
            log.info({ payment_id: paymentId, channel }, 'notification sent');
          }
        });
        span.end();
      },
    );

  kit.every(TICK_MS, () => {
    const batch = queue.splice(0, 20);
    unacked.labels('payments').set(batch.length);
    for (const job of batch) deliver(job);
    if (faults.has('dead_letters')) dead += (OTHERS_PER_SECOND * TICK_MS) / 1000;
    ready.labels('payments').set(queue.length);
    ready.labels('payments.dlq').set(Math.floor(dead));
  });

  return {
    routes: {
      'POST /v1/notify': (body, request) => {
        if (queue.length >= MAX_QUEUE) return { status: 503, body: { error: 'queue_full' } };
        queue.push({ paymentId: field(body, 'paymentId'), request, parent: otelContext.active() });
        return { status: 202, body: { queued: queue.length } };
      },
    },
  };
}
