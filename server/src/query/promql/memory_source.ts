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
      return gather(chosen, selection, maxSamples);
    },
  };
}

function gather(
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
  const isWithin = (time: number): boolean => time >= fromMs && time <= toMs;
  for (const [i, one] of chosen.entries()) {
    one.times.forEach((time, at) => {
      if (!isWithin(time)) return;
      times.push(time);
      values.push(one.values[at] as number);
    });
    offsets[i + 1] = times.length;
    const native = one.histograms?.filter((_, at) => isWithin(one.times[at] as number));
    if (native?.some((histogram) => histogram !== undefined)) histograms.set(i, native);
    if (times.length > maxSamples) throw tooManySamples();
    const markers = one.stale.filter(isWithin);
    if (markers.length > 0) stale.set(i, Float64Array.from(markers));
    const within = one.starts?.filter((_, at) => isWithin(one.times[at] as number));
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
