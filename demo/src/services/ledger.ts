import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { Counter, Gauge, Histogram } from 'prom-client';
import { field, type Reply } from '../runtime/http.ts';
import type { ServiceCode, ServiceKit } from '../runtime/service.ts';

/** PostgreSQL's error 40P01. */
class DeadlockError extends Error {
  override readonly name = 'DeadlockError';
  readonly code = '40P01';
}

const STATEMENT = 'UPDATE accounts SET balance = balance - $1 WHERE id = $2';

/** Books payments in a database, and exports what a postgres exporter would say about it. */
export function ledger(kit: ServiceKit): ServiceCode {
  const { log, random, faults, registry } = kit;
  const registers = [registry];
  const datname = 'ledger';
  const deadlocks = new Counter({
    name: 'pg_stat_database_deadlocks',
    help: 'Deadlocks detected in this database',
    labelNames: ['datname'],
    registers,
  });
  const backends = new Gauge({
    name: 'pg_stat_database_numbackends',
    help: 'Backends connected',
    labelNames: ['datname'],
    registers,
  });
  const locks = new Gauge({ name: 'pg_locks_count', help: 'Locks held', labelNames: ['datname', 'mode'], registers });
  const durations = new Histogram({
    name: 'db_transaction_duration_seconds',
    help: 'Transactions',
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1],
    registers,
  });
  const tracer = trace.getTracer('ledger');
  deadlocks.labels(datname).inc(0);
  let running = 0;

  kit.every(1_000, () => {
    backends.labels(datname).set(8 + running + random.between(0, 2));
    locks
      .labels(datname, 'rowexclusivelock')
      .set(running * 2 + (faults.has('deadlocks') ? random.between(5, 20) : random.between(0, 3)));
    // Other users of the database deadlock too: the rate of the counter does not depend on our load alone.
    if (faults.has('deadlocks') && random.chance(0.3)) deadlocks.labels(datname).inc();
  });

  const transaction = (paymentId: string): Promise<void> =>
    tracer.startActiveSpan(
      'UPDATE ledger.accounts',
      {
        kind: SpanKind.CLIENT,
        attributes: {
          'db.system.name': 'postgresql',
          'db.namespace': datname,
          'db.query.text': STATEMENT,
          'payment.id': paymentId,
        },
      },
      async (span) => {
        const started = performance.now();
        running++;
        try {
          await kit.work(random.latency(9, 0.5));
          if (random.chance(faults.has('deadlocks') ? 0.25 : 0)) {
            await kit.work(120);
            deadlocks.labels(datname).inc();
            throw new DeadlockError('deadlock detected: process waits for ShareLock on transaction');
          }
        } catch (error) {
          span.recordException(error as Error);
          span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message });
          throw error;
        } finally {
          running--;
          durations.observe((performance.now() - started) / 1000);
          span.end();
        }
      },
    );

  const book = async (paymentId: string): Promise<Reply> => {
    try {
      await transaction(paymentId);
    } catch (error) {
      log.error({ err: error, payment_id: paymentId }, `transaction failed: ${(error as Error).message}`);
      if (random.chance(0.2)) log.critical({ datname }, 'ledger cannot commit: deadlocks in the database');
      return { status: 500, body: { error: 'deadlock' } };
    }
    log.info({ payment_id: paymentId }, 'transaction booked');
    return { status: 201, body: { payment_id: paymentId } };
  };

  return { routes: { 'POST /v1/transactions': (body) => book(field(body, 'paymentId')) } };
}
