/** Scraping: targets are read on a schedule, and their text becomes samples, exemplars and metadata. */
export { parsePrometheusConfig } from './config/prometheus_config.ts';
export { builtinJob, type ScrapeJob } from './config/types.ts';
export { createScrapeDecoder } from './decode.ts';
export { createScrapeManager } from './manager.ts';
