import type { Telemetry } from '../base/telemetry/telemetry.ts';
import type { Submit } from '../model/ingest.ts';
import {
  builtinJob,
  configFingerprint,
  createScrapeManager,
  loadPrometheusConfig,
  PrometheusConfigError,
  type ScrapeJob,
} from '../receive/scrape/index.ts';
import { type AgentConfig, AgentConfigError, labelName } from './config.ts';

export interface AgentScraping {
  /** Labels of every series: the configuration's attributes and the external labels of the prometheus.yml. */
  externalLabels(): Readonly<Record<string, string>>;
  /** @param ownUrl where the agent itself can be asked; empty: it and its host are not scraped */
  start(submit: Submit, ownUrl: string): Promise<void>;
  stop(): Promise<void>;
}

/** A changed file is taken up by itself within this time, ms. */
const WATCH_MS = 30_000;

/** Scrapes what the configured prometheus.yml names, the host and the agent. Throws AgentConfigError at the start. */
export function agentScraping(config: AgentConfig, instance: string, telemetry: Telemetry): AgentScraping {
  const { log, metrics, tracer } = telemetry;
  const path = config.prometheus_config;
  const attributes = Object.fromEntries(
    Object.entries(config.attributes).map(([name, value]) => [labelName(name), value]),
  );
  let loaded = scrapeConfig(config);
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
      loaded = scrapeConfig(config);
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

/** The field of an object that names its node, by role. */
const NODE_FIELDS: ReadonlyMap<string, string> = new Map([
  ['pod', 'spec.nodeName'],
  ['node', 'metadata.name'],
]);

/**
 * A job as the agent of one node runs it: its Kubernetes discoveries of pods and nodes without a selector of their own
 * find those of this node, so that the agents of all nodes share the work.
 */
export function onNode(job: ScrapeJob, node: string): ScrapeJob {
  if (node === '') return job;
  const discovery = job.discovery.map((config) => {
    if (config.kind !== 'kubernetes') return config;
    const { role, selectors } = config;
    const field = NODE_FIELDS.get(role);
    if (field === undefined || selectors.some((selector) => selector.role === role)) return config;
    return { ...config, selectors: [...selectors, { role, label: '', field: `${field}=${node}` }] };
  });
  return { ...job, discovery };
}

/** What the configured prometheus.yml says, none without one. Throws AgentConfigError. */
export function scrapeConfig({
  prometheus_config: path,
  kubernetes: { node },
}: AgentConfig): Pick<ReturnType<typeof loadPrometheusConfig>, 'jobs' | 'externalLabels'> {
  if (path === undefined) return { jobs: [], externalLabels: {} };
  try {
    const { jobs, externalLabels } = loadPrometheusConfig(path);
    return { jobs: jobs.map((job) => onNode(job, node)), externalLabels };
  } catch (error) {
    if (!(error instanceof PrometheusConfigError)) throw error;
    throw new AgentConfigError(`prometheus_config: ${error.message}`, { cause: error });
  }
}
