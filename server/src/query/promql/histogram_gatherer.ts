import type { FloatHistogram } from '../../model/histogram.ts';
import type { Labels } from '../../model/labels.ts';
import type { HistogramRows } from '../../store/index.ts';
import { tooManySamples } from './promql_error.ts';
import { withResetHints } from './reset_hints.ts';
import type { SeriesHistograms, SeriesSet } from './source.ts';

/** Bytes of a float sample, in which the limit of samples is thought. */
const SAMPLE_BYTES = 16;

/** The native histograms of one series, ascending in time. */
interface GatheredSeries {
  readonly times: number[];
  /** Undefined for stale markers. */
  readonly histograms: (FloatHistogram | undefined)[];
}

/** Collects rows: of equal times the last one counts. */
export interface HistogramGatherer {
  /**
   * Throws PromqlError above the limit.
   * @param referenceOf the series of a stored id, below 0 for none
   */
  add(rows: HistogramRows, referenceOf: (high: number, low: number, timeMs: number) => number): void;
  /** By series. */
  readonly series: ReadonlyMap<number, GatheredSeries>;
}

export function createHistogramGatherer(maxSamples: number): HistogramGatherer {
  const series = new Map<number, GatheredSeries>();
  let weight = 0;
  return {
    series,
    add({ rows, ids, times, histograms }, referenceOf) {
      for (let row = 0; row < rows; row++) {
        const time = times[row] as number;
        const reference = referenceOf(ids[row * 2 + 1] as number, ids[row * 2] as number, time);
        if (reference < 0) continue;
        let mine = series.get(reference);
        if (mine === undefined) {
          mine = { times: [], histograms: [] };
          series.set(reference, mine);
        }
        put(mine, time, histograms[row]);
        weight += weightOf(histograms[row]);
        if (weight > maxSamples) throw tooManySamples();
      }
    },
  };
}

/** Mostly at the end; stragglers go where they belong. */
function put(series: GatheredSeries, time: number, histogram: FloatHistogram | undefined): void {
  const { times, histograms } = series;
  const last = times.at(-1);
  if (last === undefined || last < time) {
    times.push(time);
    histograms.push(histogram);
    return;
  }
  let at = times.length;
  while (at > 0 && (times[at - 1] as number) > time) at--;
  const replaced = at > 0 && times[at - 1] === time ? 1 : 0;
  times.splice(at - replaced, replaced, time);
  histograms.splice(at - replaced, replaced, histogram);
}

function weightOf(histogram: FloatHistogram | undefined): number {
  if (histogram === undefined) return 1;
  const { positive, negative } = histogram;
  return 10 + ((positive.counts.length + negative.counts.length) * 12) / SAMPLE_BYTES;
}

/** A set and the series of the index its rows are. */
interface Gathered {
  readonly set: SeriesSet;
  readonly references: readonly number[];
}

/** Floats and native histograms of the same selection in one set. Where a time has both, the histogram counts. */
export function mergeHistograms(
  { set, references }: Gathered,
  found: ReadonlyMap<number, GatheredSeries>,
  labelsOf: (reference: number) => Labels,
): Gathered {
  if (found.size === 0) return { set, references };
  const placeOf = new Map(references.map((reference, i) => [reference, i]));
  const all = [...references, ...[...found.keys()].filter((reference) => !placeOf.has(reference))];
  const out = createMerged();
  for (const reference of all) {
    const place = placeOf.get(reference);
    const floats =
      place === undefined
        ? NO_FLOATS
        : {
            times: set.times.subarray(set.offsets[place], set.offsets[place + 1]),
            values: set.values.subarray(set.offsets[place], set.offsets[place + 1]),
            stale: set.stale.get(place) ?? new Float64Array(0),
          };
    out.series(labelsOf(reference), floats, found.get(reference));
  }
  return { set: out.finish(), references: all };
}

interface Floats {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly stale: Float64Array;
}

const NO_FLOATS: Floats = { times: new Float64Array(0), values: new Float64Array(0), stale: new Float64Array(0) };

function createMerged(): {
  series(labels: Labels, floats: Floats, found: GatheredSeries | undefined): void;
  finish(): SeriesSet;
} {
  const labels: Labels[] = [];
  const offsets = [0];
  const times: number[] = [];
  const values: number[] = [];
  const stale = new Map<number, Float64Array>();
  const histograms = new Map<number, SeriesHistograms>();
  return {
    series(own, floats, found) {
      const i = labels.push(own) - 1;
      const start = times.length;
      const native: (FloatHistogram | undefined)[] = [];
      const markers = [...floats.stale];
      const addFloat = (at: number): void => {
        times.push(floats.times[at] as number);
        values.push(floats.values[at] as number);
        native.push(undefined);
      };
      let next = 0;
      found?.times.forEach((time, row) => {
        while (next < floats.times.length && (floats.times[next] as number) < time) addFloat(next++);
        if (floats.times[next] === time) next++;
        const histogram = found.histograms[row];
        if (histogram === undefined) {
          markers.push(time);
          return;
        }
        times.push(time);
        values.push(Number.NaN);
        native.push(histogram);
      });
      while (next < floats.times.length) addFloat(next++);
      offsets.push(times.length);
      const sorted = Float64Array.from(markers).sort();
      if (sorted.length > 0) stale.set(i, sorted);
      if (native.some((one) => one !== undefined))
        histograms.set(i, withResetHints(native, times.slice(start), sorted));
    },
    finish: () => ({
      labels,
      offsets: Uint32Array.from(offsets),
      times: Float64Array.from(times),
      values: Float64Array.from(values),
      stale,
      ...(histograms.size === 0 ? {} : { histograms }),
    }),
  };
}
