import type { PrometheusServerOptions } from '../api/prometheus/index.ts';
import type { MetricsRegistry } from '../base/telemetry/metrics.ts';
import type { IngestStatus } from '../ingest/index.ts';
import type { Config } from './config.ts';
import type { Queries } from './queries.ts';
import { toCall } from './query_messages.ts';
import type { Scraping } from './scraping.ts';
import type { SeriesDeletion } from './series_deletion.ts';

export interface PrometheusServerSources {
  readonly config: Config;
  readonly version: string;
  readonly startedAtMs: number;
  readonly metrics: MetricsRegistry;
  readonly ingest: () => IngestStatus;
  readonly scraping: () => Scraping | undefined;
  /** Takes up masking, noise and alerting rules anew; rejects when they cannot be used. */
  readonly reloadRules: () => Promise<void>;
  readonly queries: () => Queries | undefined;
  readonly deletion: () => SeriesDeletion | undefined;
}

/** What Prometheus' API tells of the program, from this program's parts. */
export function prometheusServer(sources: PrometheusServerSources): PrometheusServerOptions {
  const { config, scraping, reloadRules } = sources;
  return {
    status: {
      version: sources.version,
      startedAtMs: sources.startedAtMs,
      metricsRetentionDays: config.retention.metrics_days,
      scrapeConfig: () => scraping()?.configText() ?? '',
      lastReload: () => scraping()?.lastReload() ?? { ok: true, timeMs: sources.startedAtMs },
      flags: () => flagsOf(config),
      corruptions: () => sources.ingest().damage.corruptRanges,
      replay: () => {
        const { walSegments, replaying } = sources.ingest();
        return { min: 0, max: walSegments, current: replaying ? 0 : walSegments };
      },
    },
    targets: () => scraping()?.pools ?? NO_TARGETS,
    metrics: () => sources.metrics.render(),
    discovery: ['static', 'file', 'http', 'dns', 'kubernetes'],
    async reload() {
      await reloadRules();
      await scraping()?.reload();
    },
    deleter: sources.deletion,
    ask: () => {
      const queries = sources.queries();
      if (queries === undefined) return undefined;
      return async (path, query, request) => {
        const call = toCall({ ...request, method: 'GET', path, body: new Uint8Array(0) }, query.toString());
        return (await queries.call(call, request.signal)) ?? { status: 404 };
      };
    },
  };
}

const NO_TARGETS: ReturnType<PrometheusServerOptions['targets']> = {
  pools: () => [],
  active: () => [],
  dropped: () => [],
  droppedCounts: () => ({}),
  relabelSteps: () => undefined,
};

/** Upstream's command line, with the values that our settings amount to. */
function flagsOf(config: Config): Readonly<Record<string, string>> {
  return {
    'config.file': config.prometheus_config ?? '',
    'log.level': config.log_level,
    'query.lookback-delta': '5m',
    'query.max-concurrency': String(config.limits.queries_at_once),
    'query.timeout': `${config.limits.query_seconds}s`,
    'storage.tsdb.path': config.data,
    'storage.tsdb.retention.time': `${config.retention.metrics_days}d`,
    'web.enable-admin-api': 'true',
    'web.enable-lifecycle': 'true',
    'web.enable-otlp-receiver': 'true',
    'web.enable-remote-write-receiver': 'true',
    'web.listen-address': config.listen,
    'web.route-prefix': '/prometheus',
    'web.search.max-limit': '10000',
  };
}
