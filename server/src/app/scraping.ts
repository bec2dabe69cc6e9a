import type { TargetsAnswer } from '@trilith/contract';
import type { ScrapeTargets } from '../api/prometheus/index.ts';
import type { TargetRow } from '../api/trilith/index.ts';
import type { Secret } from '../base/secret.ts';
import type { Telemetry } from '../base/telemetry/telemetry.ts';
import type { Submit } from '../model/ingest.ts';
import { labelsToRecord } from '../model/labels.ts';
import {
  builtinJob,
  configFingerprint,
  createScrapeManager,
  loadPrometheusConfig,
  PrometheusConfigError,
  type ScrapeJob,
} from '../receive/scrape/index.ts';
import { type Config, ConfigError } from './config.ts';
import { scrapePools } from './scrape_pools.ts';

export interface Scraping {
  targets(): readonly TargetRow[];
  /** Targets that are not scraped, and why. */
  notScraped(): Pick<TargetsAnswer, 'dropped' | 'broken'>;
  /** The same for Prometheus' API. */
  readonly pools: ScrapeTargets;
  /** The text of the file that was read last and could be used; empty without one. */
  configText(): string;
  /** Of the same file. */
  externalLabels(): Readonly<Record<string, string>>;
  lastReload(): { readonly ok: boolean; readonly timeMs: number };
  /** Reads the file again; a broken one changes nothing, is logged, and rejects. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

export interface ScrapingOptions {
  readonly config: Config;
  readonly submit: Submit;
  readonly telemetry: Telemetry;
  /** Our own address, for the built-in jobs. */
  readonly url: string;
  /** The key to scrape ourselves with, when one is asked for. */
  readonly ownKey: Secret | null;
}

/** A changed file is taken up by itself within this time (upstream: --config.auto-reload-interval). */
const WATCH_MS = 30_000;

/** Scrapes what `prometheus.yml` names, and ourselves and our host. Rejects with ConfigError for a file that cannot be used. */
export async function startScraping({ config, submit, telemetry, url, ownKey }: ScrapingOptions): Promise<Scraping> {
  const { log, metrics, tracer } = telemetry;
  const manager = createScrapeManager({
    tenant: 'trilith',
    submit,
    log: log.child({ part: 'scrape' }),
    metrics,
    tracer,
  });
  let text = '';
  let externalLabels: Readonly<Record<string, string>> = {};
  let lastReload = { ok: true, timeMs: Date.now() };
  const apply = async (): Promise<void> => {
    const path = config.prometheus_config;
    const loaded = path === undefined ? { jobs: [], source: '', externalLabels: {} } : load(path, log);
    const next = [...builtinJobs(config, url, ownKey), ...loaded.jobs];
    await manager.apply(next);
    text = loaded.source;
    externalLabels = loaded.externalLabels;
    lastReload = { ok: true, timeMs: Date.now() };
  };
  await apply();
  const reload = async (): Promise<void> => {
    try {
      await apply();
      log.info('scrape configuration read again', { path: config.prometheus_config ?? null });
    } catch (error) {
      lastReload = { ...lastReload, ok: false };
      log.error('the scrape configuration cannot be used; the old one stays', { error });
      throw error;
    }
  };
  const path = config.prometheus_config;
  let seen = path === undefined ? '' : configFingerprint(path);
  const watching = setInterval(() => {
    const now = path === undefined ? '' : configFingerprint(path);
    if (now === seen) return;
    seen = now;
    // What is wrong with the file is in the log; it is tried again when it changes again.
    reload().catch(() => undefined);
  }, WATCH_MS);
  watching.unref();
  return {
    pools: scrapePools(manager),
    configText: () => text,
    externalLabels: () => externalLabels,
    lastReload: () => lastReload,
    targets: () =>
      manager.targets().map((target) => ({
        job: target.job,
        url: target.url,
        health: target.health,
        labels: { ...target.labels },
        discovered: { ...target.discovered },
        intervalMs: target.intervalMs,
        lastScrapeMs: target.lastScrapeMs === 0 ? null : target.lastScrapeMs,
        lastDurationMs: target.lastScrapeMs === 0 ? null : target.lastDurationSeconds * 1000,
        samples: target.lastScrapeMs === 0 ? null : target.samples,
        error: target.lastError === '' ? null : target.lastError,
      })),
    notScraped: () => ({
      dropped: manager.droppedTargets().targets.map(({ job, discovered }) => ({ job, discovered: { ...discovered } })),
      broken: manager
        .brokenTargets()
        .map(({ job, reason, discovered }) => ({ job, reason, discovered: { ...labelsToRecord(discovered) } })),
    }),
    reload,
    async stop() {
      clearInterval(watching);
      await manager[Symbol.asyncDispose]();
    },
  };
}

function builtinJobs(config: Config, url: string, ownKey: Secret | null): ScrapeJob[] {
  if (!config.self_monitoring) return [];
  const host = new URL(url).host;
  const auth: ScrapeJob['auth'] =
    ownKey === null
      ? { kind: 'none' }
      : { kind: 'header', scheme: 'Bearer', credentials: { kind: 'inline', value: ownKey } };
  const intervalMs = config.self_interval_seconds * 1000;
  return [
    { ...builtinJob('trilith', intervalMs, '/metrics', host), auth },
    { ...builtinJob('node', intervalMs, '/metrics/node', host), auth },
  ];
}

function load(
  path: string,
  log: Telemetry['log'],
): Pick<ReturnType<typeof loadPrometheusConfig>, 'jobs' | 'source' | 'externalLabels'> {
  try {
    const { jobs, source, externalLabels, fileNotices } = loadPrometheusConfig(path);
    for (const notice of fileNotices) log.warn(`${notice.path}: ${notice.message}`, { line: notice.line });
    return { jobs, source, externalLabels };
  } catch (error) {
    if (!(error instanceof PrometheusConfigError)) throw error;
    throw new ConfigError(`prometheus_config: ${error.message}`, { cause: error });
  }
}
