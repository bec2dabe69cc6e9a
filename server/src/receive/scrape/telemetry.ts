import type { Logger } from '../../base/telemetry/log.ts';
import { LATENCY_BUCKETS, type MetricsRegistry } from '../../base/telemetry/metrics.ts';
import type { Tracer } from '../../base/telemetry/tracing.ts';

/** What scraping says about itself. */
export function scrapeTelemetry(log: Logger, metrics: MetricsRegistry, tracer: Tracer, targets: () => number) {
  metrics.observed('gauge', 'trilith_scrape_targets', 'Targets being scraped.', targets);
  return {
    log,
    tracer,
    scrapes: metrics.counters('trilith_scrapes_total', 'Scrapes by how they ended.', {
      result: ['ok', 'failed', 'lost'],
    }),
    seconds: metrics.histogram('trilith_scrape_seconds', 'Time until a target had answered.', LATENCY_BUCKETS),
    skipped: metrics.counter('trilith_scrapes_skipped_total', 'Turns missed because the last scrape still ran.'),
    discoveryFailures: metrics.counter(
      'trilith_discovery_failures_total',
      'Attempts to find targets that failed; the targets found before stay.',
    ),
  };
}

export type ScrapeTelemetry = ReturnType<typeof scrapeTelemetry>;
