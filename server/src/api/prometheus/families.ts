import { CUSTOM_SCHEMA, type FloatHistogram, HINT_GAUGE } from '../../model/histogram.ts';
import { type Labels, labelValue } from '../../model/labels.ts';
import type { SeriesSet } from '../../query/index.ts';
import { attached } from './external_labels.ts';
import { samplesOf } from './remote_read.ts';

/** The last sample of a series. */
export interface LastSample {
  readonly labels: Labels;
  readonly timeMs: number;
  readonly value: number;
  readonly histogram: FloatHistogram | undefined;
}

/** Samples of one name and kind. */
export interface Family {
  readonly name: string;
  readonly type: 'untyped' | 'histogram' | 'gauge_histogram';
  readonly samples: readonly LastSample[];
}

/** The last sample of each series, external labels attached; none of those that end with a stale marker or have no name. */
export function lastSamples(set: SeriesSet, external: Labels): readonly LastSample[] {
  return [...set.labels.keys()].flatMap((series) => {
    const { times, histograms } = samplesOf(set, series);
    const last = times.length - 1;
    const at = (set.offsets[series + 1] as number) - 1;
    if (last < 0 || at < (set.offsets[series] as number) || times[last] !== set.times[at]) return [];
    const labels = withInstance(attached(set.labels[series] as Labels, external));
    if (labelValue(labels, '__name__') === '') return [];
    return [{ labels, timeMs: times[last] as number, value: set.values[at] as number, histogram: histograms?.[last] }];
  });
}

/** Without an instance of its own a series must not get that of the scrape. */
const withInstance = (labels: Labels): Labels =>
  labels.some((name, i) => i % 2 === 0 && name === 'instance') ? labels : [...labels, 'instance', ''];

/** Samples by name and kind, sorted by name. `native`: whether the format can carry native histograms. */
export function familiesOf(samples: readonly LastSample[], native: boolean): readonly Family[] {
  const byKey = new Map<string, { name: string; type: Family['type']; samples: LastSample[] }>();
  for (const sample of samples) {
    const { histogram } = sample;
    if (!native && histogram !== undefined && histogram.schema !== CUSTOM_SCHEMA) continue;
    const name = labelValue(sample.labels, '__name__');
    const type = histogram === undefined ? 'untyped' : histogram.hint === HINT_GAUGE ? 'gauge_histogram' : 'histogram';
    const key = `${name}\0${type}`;
    const family = byKey.get(key);
    if (family === undefined) byKey.set(key, { name, type, samples: [sample] });
    else family.samples.push(sample);
  }
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, family]) => family);
}

/** Cumulative counts by upper bound of a histogram with custom buckets, up to infinity. */
export function classicBuckets({
  customValues,
  positive,
  count,
}: FloatHistogram): readonly (readonly [number, number])[] {
  const buckets: [number, number][] = [];
  let cumulative = 0;
  let next = 0;
  customValues.forEach((bound, i) => {
    while (next < positive.indexes.length && (positive.indexes[next] as number) <= i)
      cumulative += positive.counts[next++] as number;
    buckets.push([bound, cumulative]);
  });
  buckets.push([Number.POSITIVE_INFINITY, count]);
  return buckets;
}
