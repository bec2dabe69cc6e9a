/** Scraping: targets are read on a schedule, and their text becomes samples, exemplars and metadata. */
export { parsePrometheusConfig } from './config/prometheus_config.ts';
export { builtinJob, type ScrapeJob } from './config/types.ts';
export { createScrapeDecoder } from './decode.ts';
export { createScrapeManager, type ScrapeManager } from './manager.ts';
export type { RelabelRule, RelabelStep } from './relabel.ts';
export type { DroppedTarget, TargetStatus } from './target_status.ts';
export { relabelSteps } from './relabel.ts';
