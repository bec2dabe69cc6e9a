import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ScrapeTargets } from '../api/prometheus/index.ts';
import type { TargetRow } from '../api/trilith/index.ts';
import type { Secret } from '../base/secret.ts';
import type { Telemetry } from '../base/telemetry/telemetry.ts';
import type { Submit } from '../model/ingest.ts';
import { builtinJob, createScrapeManager, parsePrometheusConfig, type ScrapeJob } from '../receive/scrape/index.ts';
import { type Config, ConfigError } from './config.ts';
import { scrapePools } from './scrape_pools.ts';

export interface Scraping {
  targets(): readonly TargetRow[];
  /** The same for Prometheus' API. */
  readonly pools: ScrapeTargets;
  /** The text of the file that was read last and could be used; empty without one. */
  configText(): string;
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
  let jobs: readonly ScrapeJob[] = [];
  let text = '';
  let lastReload = { ok: true, timeMs: Date.now() };
  const apply = async (): Promise<void> => {
    const path = config.prometheus_config;
    const source = path === undefined ? '' : readConfig(path);
    const next = [...builtinJobs(config, url, ownKey), ...(path === undefined ? [] : jobsOf(path, source, log))];
    await manager.apply(next, path === undefined ? '.' : dirname(resolve(path)));
    jobs = next;
    text = source;
    lastReload = { ok: true, timeMs: Date.now() };
  };
  await apply();
  return {
    pools: scrapePools(manager, () => jobs),
    configText: () => text,
    lastReload: () => lastReload,
    targets: () =>
      manager.targets().map((target) => ({
        job: target.job,
        url: target.url,
        health: target.health,
        labels: { ...target.labels },
        intervalMs: target.intervalMs,
        lastScrapeMs: target.lastScrapeMs === 0 ? null : target.lastScrapeMs,
        lastDurationMs: target.lastScrapeMs === 0 ? null : target.lastDurationSeconds * 1000,
        samples: target.lastScrapeMs === 0 ? null : target.samples,
        error: target.lastError === '' ? null : target.lastError,
      })),
    async reload() {
      try {
        await apply();
        log.info('scrape configuration read again', { path: config.prometheus_config ?? null });
      } catch (error) {
        lastReload = { ...lastReload, ok: false };
        log.error('the scrape configuration cannot be used; the old one stays', { error });
        throw error;
      }
    },
    stop: async () => manager[Symbol.asyncDispose](),
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

function readConfig(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`cannot read prometheus_config ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function jobsOf(path: string, source: string, log: Telemetry['log']): readonly ScrapeJob[] {
  try {
    const { jobs, notices } = parsePrometheusConfig(source);
    for (const notice of notices) log.warn(`${path}: ${notice.message}`, { line: notice.line });
    return jobs;
  } catch (error) {
    throw new ConfigError(`${path}: ${(error as Error).message}`, { cause: error });
  }
}
