import type { FloatHistogram } from '../../model/histogram.ts';
import type { Labels, Matcher } from '../../model/labels.ts';

/**
 * Samples of some series in columns shared by all: those of series i are `times` and `values` from `offsets[i]` to
 * `offsets[i + 1]`, ascending in time. Stale markers are not among them: their times are kept apart.
 */
export interface SeriesSet {
  readonly labels: readonly Labels[];
  readonly offsets: Uint32Array;
  /** ms since the epoch. */
  readonly times: Float64Array;
  readonly values: Float64Array;
  /**
   * Samples that are native histograms, only of series that have any: one entry for each sample of the series, undefined
   * where it is a float. The sample's place in `values` is NaN then.
   */
  readonly histograms?: ReadonlyMap<number, SeriesHistograms>;
  /**
   * Start timestamps (ms, 0 is unknown), one for each sample of the series; only of series that have any, and only when
   * the selection asked for them.
   */
  readonly starts?: ReadonlyMap<number, Float64Array>;
  /** Times of stale markers, ascending; only of series that have any. */
  readonly stale: ReadonlyMap<number, Float64Array>;
  /** Set on series whose name is to be dropped at the end (results of subqueries). */
  readonly dropName?: readonly boolean[];
  /**
   * Where the selection asked for it and memory has everything: the other columns are empty, and the samples of a series
   * are read when they are needed. A result is overwritten by the call after next.
   */
  readonly read?: (series: number) => { readonly times: Float64Array; readonly values: Float64Array };
  /** How many samples were read that way so far. */
  readonly samplesRead?: () => number;
}

/** Of one series, by sample: entry j belongs to the time at `offsets[i] + j`. */
export type SeriesHistograms = readonly (FloatHistogram | undefined)[];

/** The stretches (endMs - (k + 1) * stepMs, endMs - k * stepMs], ms, of each of which one sample is looked at. */
export interface Newest {
  readonly endMs: number;
  readonly stepMs: number;
}

export interface Selection {
  readonly matchers: readonly Matcher[];
  /** ms since the epoch, both ends included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** False where it is known that there are no native histograms. */
  readonly histograms?: false;
  /** Whether start timestamps are wanted. */
  readonly starts?: boolean;
  /** Set where the newest sample of each step is enough; a source may give more. */
  readonly newest?: Newest;
  /** The samples may be read series by series. */
  readonly lazy?: boolean;
}

/** Where samples come from. */
export interface SampleSource {
  /** What `select` would answer when that needs nothing but memory; undefined when it has to be asked. */
  selectNow?(selection: Selection, maxSamples: number): SeriesSet | undefined;
  /** Throws PromqlError when more than `maxSamples` would have to be held. */
  select(selection: Selection, maxSamples: number, signal: AbortSignal | undefined): Promise<SeriesSet>;
}
