import { context as otelContext, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { Counter, Gauge } from 'prom-client';
import { field } from '../runtime/http.ts';
import type { RequestContext } from '../runtime/log.ts';
import type { ServiceCode, ServiceKit } from '../runtime/service.ts';

interface Message {
  readonly paymentId: string;
  readonly request: RequestContext;
  /** Trace context, as a message's headers carry it. */
  readonly headers: Record<string, string>;
}

const TICK_MS = 250;
const MAX_QUEUE = 10_000;
/** Other producers of the topic, messages per second, and what the consumer manages. */
const PRODUCED = 3_000;
const CONSUMED = 4_500;
const CONSUMED_LAGGING = 150;

/**
 * The consumer of a topic. Messages of this system are kept and consumed one by one; those of "other producers" exist as
 * offsets only, so that a lag of 60,000 costs no memory.
 */
export function fraudConsumer(kit: ServiceKit): ServiceCode {
  const { log, random, faults, registry } = kit;
  const registers = [registry];
  const lag = new Gauge({
    name: 'kafka_consumergroup_lag',
    help: 'Messages the consumer group is behind',
    labelNames: ['group', 'topic', 'partition'],
    registers,
  });
  const rebalances = new Counter({
    name: 'kafka_consumergroup_rebalances_total',
    help: 'Rebalances of the group',
    labelNames: ['group'],
    registers,
  });
  const consumedTotal = new Counter({ name: 'fraud_events_consumed_total', help: 'Events consumed', registers });
  const tracer = trace.getTracer('fraud-consumer');
  const queue: Message[] = [];
  let behind = 40;
  let wasLagging = false;
  rebalances.labels('fraud-consumer').inc(0);

  const consume = (message: Message): void => {
    const parent = propagation.extract(ROOT_CONTEXT, message.headers);
    const attributes = {
      'messaging.system': 'kafka',
      'messaging.destination.name': 'payments',
      'payment.id': message.paymentId,
    };
    tracer.startActiveSpan('payments process', { kind: SpanKind.CONSUMER, attributes }, parent, (span) => {
      kit.inRequest(message.request, () => log.info({ payment_id: message.paymentId }, 'fraud event consumed'));
      if (faults.has('consumer_lag'))
        span.setStatus({ code: SpanStatusCode.ERROR, message: 'max.poll.interval.ms exceeded' });
      span.end();
    });
    consumedTotal.inc();
  };

  kit.every(TICK_MS, () => {
    const lagging = faults.has('consumer_lag');
    if (lagging !== wasLagging) {
      wasLagging = lagging;
      rebalances.labels('fraud-consumer').inc();
      log.warn({ group: 'fraud-consumer' }, 'consumer group rebalanced');
    }
    const share = TICK_MS / 1000;
    const consumed = (lagging ? CONSUMED_LAGGING : CONSUMED) * share;
    behind = Math.max(random.between(5, 60), Math.round(behind + PRODUCED * share - consumed));
    lag.labels('fraud-consumer', 'payments', '0').set(behind + queue.length);
    if (behind > 60_000 && random.chance(0.05))
      log.error({ group: 'fraud-consumer', lag: behind }, 'consumer lag is critical');
    const batch = lagging ? 1 : queue.length;
    for (const message of queue.splice(0, batch)) consume(message);
  });

  return {
    routes: {
      'POST /v1/events': (body, request) => {
        const headers: Record<string, string> = {};
        propagation.inject(otelContext.active(), headers);
        if (queue.length >= MAX_QUEUE) return { status: 503, body: { error: 'queue_full' } };
        queue.push({ paymentId: field(body, 'paymentId'), request, headers });
        return { status: 202, body: { queued: queue.length } };
      },
    },
  };
}
