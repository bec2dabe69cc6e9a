import type { Labels } from '../../model/labels.ts';
import type { RelabelRule } from './relabel.ts';

/** How the body of a scrape is written. */
export type ScrapeFormat = 'text' | 'openmetrics' | 'protobuf';

/** What is done with histograms. */
export interface HistogramMeta {
  /** Native histograms are taken; else only the classic buckets beside them. */
  readonly native: boolean;
  readonly alwaysClassic: boolean;
  readonly toNhcb: boolean;
  /** 0: no limit. */
  readonly bucketLimit: number;
  readonly minFactor: number;
}

/** What the scheduler sends along with a body (structured-cloneable); the `meta` of the door `scrape`. */
export interface ScrapeMeta {
  readonly kind: 'scraped' | 'failed' | 'removed';
  /** The target, never used again for another one while the process lives. */
  readonly target: number;
  /** The interner's variant: changes with the target's settings, as they decide what labels the same bytes mean. */
  readonly variant: number;
  /** Labels of the target after relabelling, `job` and `instance` among them. */
  readonly labels: Labels;
  /** When the scrape began, ms since the epoch; the time of samples without one of their own. */
  readonly timeMs: number;
  readonly durationSeconds: number;
  readonly format: ScrapeFormat;
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  /** Series whose samples carry times of their own get staleness markers too. */
  readonly trackTimestamps: boolean;
  /** More samples after relabelling fail the scrape; 0: no limit. So the next three, per sample. */
  readonly sampleLimit: number;
  readonly labelLimit: number;
  readonly labelNameLengthLimit: number;
  readonly labelValueLengthLimit: number;
  /** Names are ASCII only; others fail the scrape. */
  readonly legacyNames: boolean;
  readonly metricRelabel: readonly RelabelRule[];
  readonly histograms: HistogramMeta;
  /** Report series on request (`extra_scrape_metrics`). */
  readonly extra: { readonly timeoutSeconds: number } | null;
  /** The target's previous submission did not reach the log: what it would have marked is marked now. */
  readonly previousLost: boolean;
}

/** What the decoder reports back to the scheduler. */
export interface ScrapeReport {
  readonly scraped: number;
  readonly stored: number;
  readonly added: number;
  /** Why the scrape counts as failed, or empty. */
  readonly error: string;
}

/** Variants of scrape targets begin here; smaller numbers belong to the other doors. */
export const FIRST_SCRAPE_VARIANT = 1_000;

export function isScrapeMeta(value: unknown): value is ScrapeMeta {
  return (
    typeof value === 'object' && value !== null && 'target' in value && 'variant' in value && 'metricRelabel' in value
  );
}
