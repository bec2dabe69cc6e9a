import { type Labels, labelsToRecord } from '../../model/labels.ts';
import type { ScrapeRun } from './scrape_loop.ts';
import type { Target } from './targets.ts';

/** A target as the UI and the API show it. */
export interface TargetStatus {
  /** The scrape pool it belongs to: its job of the configuration. */
  readonly job: string;
  readonly url: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Labels before relabelling. */
  readonly discovered: Readonly<Record<string, string>>;
  readonly health: 'up' | 'down' | 'unknown';
  /** Empty when the last scrape went well. */
  readonly lastError: string;
  /** Ms since the epoch, 0 before the first scrape. */
  readonly lastScrapeMs: number;
  readonly lastDurationSeconds: number;
  readonly samples: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** A target that relabelling dropped. */
export interface DroppedTarget {
  readonly job: string;
  readonly discovered: Readonly<Record<string, string>>;
}

export const droppedTarget = (job: string, discovered: Labels): DroppedTarget => ({
  job,
  discovered: labelsToRecord(discovered),
});

export function statusOf(target: Target, run: ScrapeRun): TargetStatus {
  return {
    job: target.job.name,
    url: target.url,
    labels: labelsToRecord(target.labels),
    discovered: labelsToRecord(target.discovered),
    intervalMs: target.intervalMs,
    timeoutMs: target.timeoutMs,
    ...run,
  };
}
