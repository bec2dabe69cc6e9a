import type { Telemetry } from '../base/telemetry/telemetry.ts';
import type { Submit } from '../model/ingest.ts';
import {
  builtinJob,
  configFingerprint,
  createScrapeManager,
  loadPrometheusConfig,
  type ScrapeJob,
} from '../receive/scrape/index.ts';
import { type AgentConfig, labelName } from './config.ts';

export interface AgentScraping {
  /** Labels of every series: the configuration's attributes and the external labels of the prometheus.yml. */
  externalLabels(): Readonly<Record<string, string>>;
  /** @param ownUrl where the agent itself can be asked; empty: it and its host are not scraped */
  start(submit: Submit, ownUrl: string): Promise<void>;
  stop(): Promise<void>;
}

/** A changed file is taken up by itself within this time, ms. */
const WATCH_MS = 30_000;

/** Scrapes what the configured prometheus.yml names, the host and the agent. Throws PrometheusConfigError at the start. */
export function agentScraping(config: AgentConfig, instance: string, telemetry: Telemetry): AgentScraping {
  const { log, metrics, tracer } = telemetry;
  const path = config.prometheus_config;
  const attributes = Object.fromEntries(
    Object.entries(config.attributes).map(([name, value]) => [labelName(name), value]),
  );
  let loaded = load(path);
  let external: Readonly<Record<string, string>> = { ...attributes, ...loaded.externalLabels };
  let manager: ReturnType<typeof createScrapeManager> | undefined;
  let watching: NodeJS.Timeout | undefined;
  let seen = path === undefined ? '' : configFingerprint(path);

  const ownJobs = (url: string): ScrapeJob[] => {
    if (url === '') return [];
    const job = (name: string, metricsPath: string): ScrapeJob => {
      const { host } = new URL(url);
      const made = builtinJob(name, config.scrape_interval_seconds * 1000, metricsPath, host);
      return { ...made, groups: [{ targets: [host], labels: { instance } }] };
    };
    return [job('trilith-agent', '/metrics'), ...(config.host_metrics ? [job('node', '/metrics/node')] : [])];
  };

  const takeUpChange = async (ownUrl: string): Promise<void> => {
    const found = path === undefined ? '' : configFingerprint(path);
    if (found === seen) return;
    seen = found;
    try {
      loaded = load(path);
      external = { ...attributes, ...loaded.externalLabels };
      await manager?.apply([...ownJobs(ownUrl), ...loaded.jobs]);
      log.info('scrape configuration read again', { path });
    } catch (error) {
      log.error('the scrape configuration cannot be used; the old one stays', { error });
    }
  };

  return {
    externalLabels: () => external,
    async start(submit, ownUrl) {
      manager = createScrapeManager({ tenant: '', submit, log, metrics, tracer });
      await manager.apply([...ownJobs(ownUrl), ...loaded.jobs]);
      watching = setInterval(() => void takeUpChange(ownUrl), WATCH_MS);
      watching.unref();
    },
    async stop() {
      clearInterval(watching);
      await manager?.[Symbol.asyncDispose]();
    },
  };
}

function load(path: string | undefined): Pick<ReturnType<typeof loadPrometheusConfig>, 'jobs' | 'externalLabels'> {
  return path === undefined ? { jobs: [], externalLabels: {} } : loadPrometheusConfig(path);
}
