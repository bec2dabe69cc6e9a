import { metrics as otel } from '@opentelemetry/api';
import { Counter } from 'prom-client';
import { field, type Reply, TimeoutError } from '../runtime/http.ts';
import type { ServiceCode, ServiceKit } from '../runtime/service.ts';

const PROVIDER_MS = 300;

/** Scores payments; asks a risk provider, which at times does not answer. */
export function antifraud(kit: ServiceKit): ServiceCode {
  const { log, random, faults, registry } = kit;
  const registers = [registry];
  const checks = new Counter({ name: 'antifraud_checks_total', help: 'Payments checked', registers });
  const rejections = new Counter({
    name: 'antifraud_rejections_total',
    help: 'Payments rejected',
    labelNames: ['rule'],
    registers,
  });
  const scores = otel.getMeter('antifraud').createHistogram('antifraud.score', { description: 'Risk score, 0 to 1' });

  const askProvider = async (): Promise<void> => {
    if (random.chance(faults.has('timeout_error') ? 0.35 : 0.004)) {
      await kit.work(PROVIDER_MS);
      throw new TimeoutError(`risk provider did not answer within ${PROVIDER_MS} ms`);
    }
    await kit.work(faults.has('slow_antifraud') ? random.between(250, 600) : random.latency(18));
  };

  const check = async (paymentId: string, amount: number): Promise<Reply> => {
    checks.inc();
    try {
      await askProvider();
    } catch (error) {
      log.error({ err: error, payment_id: paymentId }, `TimeoutError: ${(error as Error).message}`);
      return { status: 504, body: { error: 'provider_timeout' } };
    }
    const score = random.next() ** 3;
    scores.record(score);
    if (score < 0.94) {
      log.info({ payment_id: paymentId, score: Number(score.toFixed(3)) }, 'payment approved by antifraud');
      return { status: 200, body: { verdict: 'approve' } };
    }
    const rule = amount > 20_000 ? 'amount' : random.pick(['velocity', 'geo', 'device']);
    rejections.labels(rule).inc();
    log.warn({ payment_id: paymentId, rule, score: Number(score.toFixed(3)) }, 'payment rejected by antifraud');
    return { status: 200, body: { verdict: 'reject', rule } };
  };

  return { routes: { 'POST /v1/check': (body) => check(field(body, 'paymentId'), Number(field(body, 'amount'))) } };
}
