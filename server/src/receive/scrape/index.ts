/** Scraping: targets are read on a schedule, and their text becomes samples, exemplars and metadata. */
export { createScrapeDecoder } from './decode.ts';
export { isScrapeMeta, type ScrapeMeta, type ScrapeReport } from './meta.ts';
