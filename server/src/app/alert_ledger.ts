import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/telemetry/log.ts';
import type { MetricsRegistry } from '../base/telemetry/metrics.ts';
import type { Ingest } from '../ingest/index.ts';
import { createLedgerRecorder, type LedgerRecorder } from '../ledger/index.ts';

/** Keeps what happens to alerts, through the log like telemetry. */
export function startAlertLedger(
  ingest: Pick<Ingest, 'append'>,
  metrics: MetricsRegistry,
  log: Logger,
): LedgerRecorder {
  const dropped = metrics.counter(
    'trilith_alert_ledger_dropped_total',
    'Events of alerts that were given up because too many waited to be stored.',
  );
  const ledger = createLedgerRecorder({
    append: (tenant, sections) => ingest.append(tenant, sections),
    clock: systemClock,
    onError: (error) =>
      log.limited('ERROR', 'alert-ledger', 60, 'events of alerts could not be stored; it is tried again', { error }),
    onDropped: (events) => {
      dropped.inc(events);
      log.limited('ERROR', 'alert-ledger-dropped', 60, 'events of alerts were given up', { events });
    },
  });
  metrics.observed('gauge', 'trilith_alert_ledger_waiting', 'Events of alerts that wait to be stored.', () =>
    ledger.waiting(),
  );
  return ledger;
}
