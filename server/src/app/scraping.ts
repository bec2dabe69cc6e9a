import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { TargetRow } from '../api/trilith/index.ts';
import type { Secret } from '../base/secret.ts';
import type { Telemetry } from '../base/telemetry/telemetry.ts';
import type { Submit } from '../model/ingest.ts';
import { builtinJob, createScrapeManager, parsePrometheusConfig, type ScrapeJob } from '../receive/scrape/index.ts';
import { type Config, ConfigError } from './config.ts';

export interface Scraping {
  targets(): readonly TargetRow[];
  /** Reads the file again; a broken one changes nothing and is reported. */
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
  const apply = async (): Promise<void> => {
    const path = config.prometheus_config;
    const jobs = [...builtinJobs(config, url, ownKey), ...(path === undefined ? [] : readJobs(path, log))];
    await manager.apply(jobs, path === undefined ? '.' : dirname(resolve(path)));
  };
  await apply();
  return {
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
        log.error('the scrape configuration cannot be used; the old one stays', { error });
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

function readJobs(path: string, log: Telemetry['log']): readonly ScrapeJob[] {
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`cannot read prometheus_config ${path}: ${(error as Error).message}`, { cause: error });
  }
  try {
    const { jobs, notices } = parsePrometheusConfig(source);
    for (const notice of notices) log.warn(`${path}: ${notice.message}`, { line: notice.line });
    return jobs;
  } catch (error) {
    throw new ConfigError(`${path}: ${(error as Error).message}`, { cause: error });
  }
}
