import { CUSTOM_SCHEMA, type FloatHistogram, NO_BUCKETS } from '../../../server/src/model/histogram.ts';
import { compact } from '../../../server/src/model/histogram_buckets.ts';
import { type LabelMap, numberOf, type SeriesLine } from '../../../server/src/rules/index.ts';

/** A native histogram series made of classic ones, by the number of the point. */
export interface ConvertedSeries {
  readonly labels: LabelMap;
  readonly points: ReadonlyMap<number, FloatHistogram>;
}

interface Classic {
  /** Cumulative counts by upper bound. */
  readonly buckets: Map<number, number>;
  count: number | undefined;
  sum: number;
}

/** What `load_with_nhcb` adds: histograms with custom buckets of `_bucket`, `_count` and `_sum` series. */
export function convertClassic(series: readonly SeriesLine[]): readonly ConvertedSeries[] {
  const found = new Map<string, { readonly labels: LabelMap; readonly points: Map<number, Classic> }>();
  for (const { labels, points } of series) {
    const [, base, suffix] = /^(.*)_(bucket|count|sum)$/.exec(labels.get('__name__') ?? '') ?? [];
    const bound = numberOf(labels.get('le') ?? 'NaN');
    if (base === undefined || (suffix === 'bucket' && Number.isNaN(bound))) continue;
    const whole = new Map(labels).set('__name__', base);
    whole.delete('le');
    const key = JSON.stringify([...whole].sort());
    const entry = found.get(key) ?? { labels: whole, points: new Map<number, Classic>() };
    found.set(key, entry);
    points.forEach((point, i) => {
      if (point.kind !== 'value') return;
      const classic = entry.points.get(i) ?? { buckets: new Map<number, number>(), count: undefined, sum: 0 };
      entry.points.set(i, classic);
      if (suffix === 'bucket') classic.buckets.set(bound, point.value);
      else if (suffix === 'count') classic.count = point.value;
      else classic.sum = point.value;
    });
  }
  return [...found.values()].map(({ labels, points }) => ({
    labels,
    points: new Map([...points].map(([i, classic]) => [i, histogramOf(classic)])),
  }));
}

function histogramOf({ buckets, count, sum }: Classic): FloatHistogram {
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const total = count ?? sorted.at(-1)?.[1] ?? 0;
  if (sorted.at(-1)?.[0] !== Number.POSITIVE_INFINITY) sorted.push([Number.POSITIVE_INFINITY, total]);
  let before = 0;
  const counts = Float64Array.from(sorted, ([, cumulative]) => {
    const own = cumulative - before;
    before = cumulative;
    return own;
  });
  return compact({
    schema: CUSTOM_SCHEMA,
    hint: 0,
    zeroThreshold: 0,
    zeroCount: 0,
    count: total,
    sum,
    positive: { indexes: Int32Array.from(counts.keys()), counts },
    negative: NO_BUCKETS,
    customValues: Float64Array.from(sorted.slice(0, -1), ([bound]) => bound),
  });
}
