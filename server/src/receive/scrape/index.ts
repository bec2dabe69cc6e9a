/** Scraping: targets are found and read on a schedule, and their text becomes samples, exemplars and metadata. */
export { configFingerprint, loadPrometheusConfig, PrometheusConfigError } from './config/load.ts';
export { type AlertingSection, type AlertmanagerTargets, builtinJob, type ScrapeJob } from './config/types.ts';
export { createScrapeDecoder, createScrapeReader } from './decode.ts';
export { discover } from './discovery/discover.ts';
export { type ApiAccess, apiAccess } from './discovery/kubernetes/api_client.ts';
export { listAt, mapAt, textAt } from './discovery/kubernetes/fields.ts';
export { type Collection, watchCollection } from './discovery/kubernetes/watch.ts';
export type { Discovery, TargetGroup } from './discovery/target_group.ts';
export { checkConfig } from './lint/check_config.ts';
export { checkExposition, looksLikeOpenMetrics } from './lint/check_exposition.ts';
export { createScrapeManager, type ScrapeManager } from './manager.ts';
export { compileRelabel, type RelabelStep } from './relabel.ts';
export type { ScrapeColumns } from './scrape_columns.ts';
