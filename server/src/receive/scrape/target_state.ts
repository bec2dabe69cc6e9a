import type { Labels } from '../../model/labels.ts';
import type { ScrapeMeta } from './meta.ts';
import { compileRelabel, type Relabel } from './relabel.ts';

/** What the decode worker remembers of a target between scrapes. */
export interface TargetState {
  variant: number;
  relabel: Relabel | undefined;
  /** References of the previous scrape's samples in their order, those with times of their own left out. */
  previous: Int32Array;
  /** Series whose staleness marker was sent last time, should that submission have been lost. */
  markedStale: Int32Array;
  /** Series whose last value was a native histogram: their staleness marker is one too. */
  readonly histograms: Set<number>;
  /** Raw bytes of series that relabelling drops, so that they are not parsed again. */
  readonly dropped: Set<string>;
  /** The exemplar last seen of a series, as its bytes: the same one is not stored again. */
  readonly exemplars: Map<number, string>;
  /** Hash of the metadata lines last handed on, and when that was, ms since the epoch. */
  metadataHash: number;
  metadataMs: number;
}

export const REPORT_NAMES = [
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
] as const;

/** Those of `extra_scrape_metrics`. */
export const EXTRA_REPORT_NAMES = ['scrape_timeout_seconds', 'scrape_sample_limit', 'scrape_body_size_bytes'] as const;

const NONE = new Int32Array(0);
const MAX_DROPPED = 100_000;

export function newTargetState(): TargetState {
  return {
    variant: -1,
    relabel: undefined,
    previous: NONE,
    markedStale: NONE,
    histograms: new Set(),
    dropped: new Set(),
    exemplars: new Map(),
    metadataHash: 0,
    metadataMs: 0,
  };
}

/** Takes over changed settings of the target: what was learnt from bytes under the old ones no longer holds. */
export function applySettings(state: TargetState, meta: ScrapeMeta): void {
  if (state.variant === meta.variant) return;
  state.variant = meta.variant;
  state.relabel = meta.metricRelabel.length === 0 ? undefined : compileRelabel(meta.metricRelabel);
  state.dropped.clear();
  state.metadataHash = 0;
}

export function rememberDropped(state: TargetState, raw: string): void {
  if (state.dropped.size >= MAX_DROPPED) state.dropped.clear();
  state.dropped.add(raw);
}

/** Labels of a report series: the target's, and the name. */
export function reportLabels(name: string, target: Labels): Labels {
  const labels: string[] = [];
  let placed = false;
  for (let i = 0; i < target.length; i += 2) {
    const label = target[i] ?? '';
    if (!placed && label > '__name__') {
      labels.push('__name__', name);
      placed = true;
    }
    labels.push(label, target[i + 1] ?? '');
  }
  if (!placed) labels.push('__name__', name);
  return labels;
}

export interface Turnover {
  /** Series of the previous scrape that are not in this one. */
  readonly vanished: Int32Array;
  /** Series of this one that were not in the previous. */
  readonly added: number;
}

/**
 * Whether a scrape has exactly the previous one's series in the same order: the usual case, decided without a set. The
 * previous one's are kept without duplicates, so an equal order has none either.
 */
export function sameOrder(state: TargetState, current: Int32Array): boolean {
  const { previous } = state;
  if (previous.length !== current.length) return false;
  for (let i = 0; i < current.length; i++) if (previous[i] !== current[i]) return false;
  return true;
}

/** Compares a scrape with the previous one by their sets. */
export function turnover(previous: Int32Array, current: Int32Array): Turnover {
  const now = new Set(current);
  const before = new Set(previous);
  const vanished = [...before].filter((reference) => !now.has(reference));
  let added = 0;
  for (const reference of now) if (!before.has(reference)) added++;
  return { vanished: Int32Array.from(vanished), added };
}
