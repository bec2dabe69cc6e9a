import type { DecodeContext } from '../../model/ingest.ts';
import type { NativeHistogram } from '../../store/index.ts';
import type { StagedExemplar } from './exemplar.ts';
import { DROPPED, learnSeries, ScrapeLimitError } from './learn_series.ts';
import type { ScrapeMeta } from './meta.ts';
import type { Rejections } from './rejections.ts';
import type { LabelPairs } from './series_labels.ts';
import type { StagedSamples } from './staged_samples.ts';
import type { TargetState } from './target_state.ts';

export interface StagedHistogram {
  readonly reference: number;
  readonly timeMs: number;
  /** It came with a time of its own and gets no staleness marker. */
  readonly timed: boolean;
  readonly histogram: NativeHistogram;
}

/** Takes in what a body holds, before the scrape is known to be whole. */
export class ScrapeSink {
  readonly context: DecodeContext;
  readonly meta: ScrapeMeta;
  readonly state: TargetState;
  readonly rejections: Rejections;
  readonly staged: StagedSamples;
  readonly histograms: StagedHistogram[] = [];
  readonly exemplars: StagedExemplar[] = [];
  /** Start timestamps: reference, time of the sample, start, all in turn. */
  readonly starts: number[] = [];
  /** Samples in the body, and those of them that relabelling left. */
  scraped = 0;
  kept = 0;

  constructor(
    context: DecodeContext,
    meta: ScrapeMeta,
    state: TargetState,
    rejections: Rejections,
    staged: StagedSamples,
  ) {
    this.context = context;
    this.meta = meta;
    this.state = state;
    this.rejections = rejections;
    this.staged = staged;
  }

  /** Counts a sample of the body. Throws ScrapeLimitError. */
  count(): void {
    const most = this.context.limits.recordsPerRequest;
    if (++this.scraped > most) throw new ScrapeLimitError(`more than ${most} samples`);
  }

  /**
   * The series of a sample by the bytes that stand for it; made known when they are new.
   * @returns its reference; negative when the sample is not wanted or refused
   */
  series(bytes: Uint8Array<ArrayBuffer>, start: number, end: number, pairs: () => LabelPairs): number {
    let reference = this.context.series.find(bytes, start, end, this.meta.variant);
    if (reference < 0) reference = learnSeries(bytes, start, end, pairs, this);
    if (reference !== DROPPED) this.kept++;
    return reference;
  }

  /**
   * The time a sample is stored under.
   * @param ownMs its own, NaN when it has none
   * @returns NaN when it is too old or too new
   */
  time(ownMs: number): number {
    if (Number.isNaN(ownMs) || !this.meta.honorTimestamps) return this.meta.timeMs;
    return this.#accepted(ownMs) ? ownMs : Number.NaN;
  }

  /** Whether a sample with that time of its own is left out of staleness. */
  timed(ownMs: number): boolean {
    return this.meta.honorTimestamps && !this.meta.trackTimestamps && !Number.isNaN(ownMs);
  }

  sample(reference: number, value: number, timeMs: number, timed: boolean, startMs = 0): void {
    this.staged.push(reference, value, timeMs, timed);
    if (startMs > 0) this.starts.push(reference, timeMs, startMs);
  }

  histogram(reference: number, histogram: NativeHistogram, timeMs: number, timed: boolean, startMs = 0): void {
    this.histograms.push({ reference, timeMs, timed, histogram });
    if (startMs > 0) this.starts.push(reference, timeMs, startMs);
  }

  /** Throws ScrapeLimitError when the scrape holds more than its job allows. */
  finish(): void {
    const { sampleLimit } = this.meta;
    if (sampleLimit > 0 && this.kept > sampleLimit)
      throw new ScrapeLimitError(`sample limit exceeded: ${this.kept} samples, limit ${sampleLimit}`);
  }

  #accepted(timeMs: number): boolean {
    const { nowMs, limits } = this.context;
    if (timeMs < nowMs - limits.oldestSampleMs) {
      const message = () => `a sample of ${timeMs} ms is more than ${limits.oldestSampleMs} ms old`;
      this.rejections.add('too_old', 1, message);
      return false;
    }
    if (timeMs > nowMs + limits.newestMs) {
      const message = () => `a sample of ${timeMs} ms is more than ${limits.newestMs} ms ahead`;
      this.rejections.add('too_new', 1, message);
      return false;
    }
    return true;
  }
}
