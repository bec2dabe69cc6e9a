/** Scraping: targets are read on a schedule, and their text becomes samples, exemplars and metadata. */
export { parsePrometheusConfig } from './config.ts';
export { builtinJob, type ConfigNotice, type PrometheusConfig, type ScrapeJob } from './config_types.ts';
export { createScrapeDecoder } from './decode.ts';
export { createScrapeManager, type ScrapeManager, type ScrapeManagerOptions, type TargetStatus } from './manager.ts';
export type { ScrapeMeta, ScrapeReport } from './meta.ts';
export { compileRelabel, type Relabel, type RelabelRule } from './relabel.ts';
export type { BrokenTarget } from './targets.ts';
export { ConfigFileError } from './yaml_reader.ts';
