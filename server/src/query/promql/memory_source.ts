import type { Labels } from '../../model/labels.ts';
import { labelValue } from '../../model/labels.ts';
import { valuePredicate } from '../value_predicate.ts';
import { compareLabels } from './label_sets.ts';
import { tooManySamples } from './promql_error.ts';
import { withResetHints } from './reset_hints.ts';
import type { SampleSource, Selection, SeriesHistograms, SeriesSet } from './source.ts';

/** Samples of one series in memory, ascending in time. A stale marker is a time in `stale`, not a value. */
export interface MemorySeries {
  readonly labels: Labels;
  readonly times: readonly number[];
  readonly values: readonly number[];
  readonly stale: readonly number[];
  /** Native histograms among the samples, by sample. */
  readonly histograms?: SeriesHistograms;
  /** Start timestamp of each sample, ms, 0 is unknown. */
  readonly starts?: readonly number[];
}

/** Serves series held in memory: for tests, and wherever samples never reach the store. */
export function memorySamples(all: readonly MemorySeries[]): SampleSource {
  const sorted = all
    .map((one) =>
      one.histograms === undefined ? one : { ...one, histograms: withResetHints(one.histograms, one.times, one.stale) },
    )
    .sort((a, b) => compareLabels(a.labels, b.labels));
  return {
    async select(selection, maxSamples) {
      const predicates = selection.matchers.map(valuePredicate);
      const chosen = sorted.filter((one) => predicates.every((p) => p.matches(labelValue(one.labels, p.name))));
      return gatherSeries(chosen, selection, maxSamples);
    },
  };
}

/** The samples of some series within a selection. Throws PromqlError when they are too many. */
export function gatherSeries(
  chosen: readonly MemorySeries[],
  { fromMs, toMs, starts: wantsStarts }: Selection,
  maxSamples: number,
): SeriesSet {
  const offsets = new Uint32Array(chosen.length + 1);
  const times: number[] = [];
  const values: number[] = [];
  const stale = new Map<number, Float64Array>();
  const starts = new Map<number, Float64Array>();
  const histograms = new Map<number, SeriesHistograms>();
  for (const [i, one] of chosen.entries()) {
    const [from, to] = [firstNotBefore(one.times, fromMs), firstNotBefore(one.times, toMs + 1)];
    if (times.length + to - from > maxSamples) throw tooManySamples();
    for (let at = from; at < to; at++) {
      times.push(one.times[at] as number);
      values.push(one.values[at] as number);
    }
    offsets[i + 1] = times.length;
    const native = one.histograms?.slice(from, to);
    if (native?.some((histogram) => histogram !== undefined)) histograms.set(i, native);
    const markers = one.stale.slice(firstNotBefore(one.stale, fromMs), firstNotBefore(one.stale, toMs + 1));
    if (markers.length > 0) stale.set(i, Float64Array.from(markers));
    const within = one.starts?.slice(from, to);
    if (wantsStarts === true && within !== undefined) starts.set(i, Float64Array.from(within));
  }
  return {
    labels: chosen.map((one) => one.labels),
    offsets,
    times: Float64Array.from(times),
    values: Float64Array.from(values),
    stale,
    starts,
    ...(histograms.size === 0 ? {} : { histograms }),
  };
}

/** Where in ascending whole ms the first is that is not before a time. */
function firstNotBefore(times: readonly number[], timeMs: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
