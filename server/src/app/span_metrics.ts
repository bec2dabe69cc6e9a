import type { SpanStatus } from '../api/trilith/index.ts';
import type { Logger } from '../base/telemetry/log.ts';
import type { MetricsRegistry } from '../base/telemetry/metrics.ts';
import type { Ingest, SpanMetricsReport, SpanMetricsRequest } from '../ingest/index.ts';
import type { DoorName, Submit } from '../model/ingest.ts';
import type { Section } from '../model/section.ts';
import { readHeldSpans, readSpanSums, type Store } from '../store/index.ts';
import type { Config } from './config.ts';
import type { HeldSpansReport, HeldSpansRequest } from './tenant_spans.ts';

export interface SpanMetricsOptions {
  readonly config: Pick<Config, 'span_metrics'>;
  readonly submit: Submit;
  readonly ingest: Pick<Ingest, 'flush'>;
  readonly store: () => Store | undefined;
  readonly metrics: MetricsRegistry;
  readonly log: Logger;
}

/** Has the decode worker write the series made from spans, and store what sampling held back. */
export interface SpanMetricsWriter {
  /** Told what is on disk: tenants that have spans have series. */
  take(tenant: string, sections: readonly Section[]): void;
  /** Begins; what earlier runs counted and held is read from the store. */
  start(): Promise<void>;
  /** What the worker told last of a tenant. */
  status(tenant: string): SpanStatus;
  /** Writes what is not written. */
  close(): Promise<void>;
}

const RELEASE_EVERY_MS = 1_000;
/** How long the last round may take. */
const CLOSE_MS = 3_000;
/** After the worker was lost, what it had decoded may still be on its way into the log. */
const SETTLE_MS = 2_000;

export function createSpanMetrics({
  config,
  submit,
  ingest,
  store,
  metrics,
  log,
}: SpanMetricsOptions): SpanMetricsWriter {
  const tenants = new Set<string>();
  const series = new Map<string, SpanMetricsReport>();
  const held = new Map<string, HeldSpansReport>();
  const timers: NodeJS.Timeout[] = [];
  let begun = false;
  let closed = false;
  let running: Promise<void> = Promise.resolve();

  const ask = async (door: DoorName, tenant: string, meta: SpanMetricsRequest | HeldSpansRequest): Promise<unknown> => {
    const body = new Uint8Array(0);
    const outcome = await submit({ door, tenant, encoding: 'identity', body, meta, neverRetried: true });
    return outcome.kind === 'stored' ? outcome.report : undefined;
  };
  const seriesOf = async (tenant: string): Promise<void> => {
    let report = (await ask('span-series', tenant, {})) as SpanMetricsReport | undefined;
    if (report?.needsEarlier !== undefined) {
      const opened = await settled();
      if (opened === undefined) return;
      const earlier = await readSpanSums(opened.writer, report.needsEarlier, { database: tenant });
      report = (await ask('span-series', tenant, { earlier })) as SpanMetricsReport | undefined;
    }
    if (report !== undefined) series.set(tenant, report);
  };
  const heldOf = async (tenant: string): Promise<void> => {
    let report = (await ask('held-spans', tenant, {})) as HeldSpansReport | undefined;
    if (report?.needsEarlier !== undefined) {
      const opened = await settled();
      if (opened === undefined) return;
      const earlier = await readHeldSpans(opened.writer, report.needsEarlier, { database: tenant });
      report = (await ask('held-spans', tenant, { earlier })) as HeldSpansReport | undefined;
    }
    if (report !== undefined) held.set(tenant, report);
  };
  /** The store, when everything acknowledged before is in it. */
  const settled = async (): Promise<Store | undefined> => {
    if (begun) await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    await ingest.flush();
    return store();
  };
  const forEach = async (what: string, run: (tenant: string) => Promise<void>): Promise<void> => {
    for (const tenant of tenants) {
      try {
        await run(tenant);
      } catch (error) {
        log.limited('WARN', what, 60, 'series made from spans could not be written; it is tried again', {
          tenant,
          error,
        });
      }
    }
  };
  /** One round after the other. */
  const queue = (run: () => Promise<void>): Promise<void> => {
    running = running.then(run);
    return running;
  };
  const writeSeries = (): Promise<void> => queue(() => forEach('span-series', seriesOf));
  const releaseHeld = (): Promise<void> => queue(() => forEach('held-spans', heldOf));

  const sum = <Report>(reports: ReadonlyMap<string, Report>, read: (report: Report) => number): number =>
    [...reports.values()].reduce((total, report) => total + read(report), 0);
  metrics.observed('gauge', 'trilith_span_metrics_keys', 'Operations and edges with series of their own.', () =>
    sum(series, ({ keys }) => keys),
  );
  metrics.observed(
    'counter',
    'trilith_span_metrics_overflow_total',
    'Spans and edges counted in the series of overflow, since the decode worker began.',
    () => sum(series, ({ overflowed }) => overflowed),
  );
  metrics.observed('gauge', 'trilith_held_spans_bytes', 'Requests held until their traces are decided.', () =>
    sum(held, ({ bytes }) => bytes),
  );

  return {
    take(tenant, sections) {
      if (!tenants.has(tenant) && sections.some(({ table }) => table === 'span_facts' || table === 'held_spans'))
        tenants.add(tenant);
    },
    async start() {
      for (const tenant of (await store()?.tenants()) ?? []) tenants.add(tenant);
      await Promise.all([writeSeries(), releaseHeld()]);
      begun = true;
      if (closed) return;
      timers.push(setInterval(() => void writeSeries(), config.span_metrics.interval_seconds * 1000));
      timers.push(setInterval(() => void releaseHeld(), RELEASE_EVERY_MS));
    },
    status: (tenant) => ({
      metricsEnabled: config.span_metrics.enabled,
      metrics: series.get(tenant),
      held: held.get(tenant),
    }),
    async close() {
      closed = true;
      for (const timer of timers) clearInterval(timer);
      // A round that waits for the store must not keep the program from ending: what it would write is in the log as facts.
      const last = running.then(() => (begun ? writeSeries() : undefined));
      await Promise.race([last, new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())]);
    },
  };
}
