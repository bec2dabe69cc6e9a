import { encodeLogs, encodeSpans } from '../base/telemetry/otlp.ts';
import type { Telemetry } from '../base/telemetry/telemetry.ts';
import type { DoorName, Submit } from '../model/ingest.ts';

/** Own telemetry goes in by the same doors as everyone's; a refused batch is counted and gone, it must never pile up. */
export interface SelfMonitoring {
  /** Sends what is left. */
  stop(): Promise<void>;
}

/** Rare, because every flush is a part in each table it touches; the first one comes early, so that the first screen is not empty. */
const INTERVAL_MS = 5_000;
const FIRST_MS = 1_000;
const TENANT = 'trilith';

/** Stores our own log lines and spans every few seconds. Storing them makes no spans of its own. */
export function startSelfMonitoring(telemetry: Telemetry, submit: Submit): SelfMonitoring {
  const { tracer, metrics } = telemetry;
  const refused = metrics.counters('trilith_self_records_refused_total', 'Own records the pipeline did not take.', {
    signal: ['logs', 'traces'],
  });
  const send = async (
    door: DoorName,
    signal: 'logs' | 'traces',
    body: Uint8Array<ArrayBuffer>,
    records: number,
  ): Promise<void> => {
    const outcome = await submit({ door, tenant: TENANT, encoding: 'identity', body });
    if (outcome.kind !== 'stored') refused.with({ signal }).inc(records);
  };
  const flush = async (): Promise<void> => {
    const records = telemetry.drainLogs();
    const spans = tracer.drainSpans();
    await tracer.suppress(async () => {
      if (records.length > 0)
        await send('otlp-logs-json', 'logs', encodeLogs(records, telemetry.resource), records.length);
      if (spans.length > 0)
        await send('otlp-traces-json', 'traces', encodeSpans(spans, telemetry.resource), spans.length);
    });
  };
  let running: Promise<void> = Promise.resolve();
  const next = (): void => {
    running = running.then(flush);
  };
  const first = setTimeout(next, FIRST_MS);
  const timer = setInterval(next, INTERVAL_MS);
  return {
    async stop() {
      clearTimeout(first);
      clearInterval(timer);
      await running;
      await flush();
    },
  };
}
