import type { FloatHistogram } from '../../model/histogram.ts';
import { type Labels, labelsKey, labelValue } from '../../model/labels.ts';
import { valuePredicate } from '../value_predicate.ts';
import { compareLabels } from './label_sets.ts';
import { gatherSeries, type MemorySeries } from './memory_source.ts';
import { withResetHints } from './reset_hints.ts';
import type { SampleSource } from './source.ts';

/** A sample on its way into memory; a stale marker whatever its value says. */
export interface MemorySample {
  readonly labels: Labels;
  /** ms since the epoch. */
  readonly timeMs: number;
  readonly value: number;
  readonly stale: boolean;
  readonly histogram?: FloatHistogram;
}

/** Samples in memory that grow while they are queried. */
export interface MemoryStore extends SampleSource {
  /** Throws Error for a sample that is older than the last of its series, or differs from it at its time. */
  append(sample: MemorySample): void;
}

/** A series that grows. `hinted`: its histograms with reset hints, as long as nothing was added. */
interface GrowingSeries {
  readonly labels: Labels;
  readonly times: number[];
  readonly values: number[];
  readonly stale: number[];
  histograms?: (FloatHistogram | undefined)[];
  hinted?: MemorySeries;
}

export function createMemoryStore(): MemoryStore {
  const byKey = new Map<string, GrowingSeries>();
  const byName = new Map<string, GrowingSeries[]>();
  const seriesOf = (labels: Labels): GrowingSeries => {
    const key = labelsKey(labels);
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const one = { labels, times: [], values: [], stale: [] };
    byKey.set(key, one);
    const name = labelValue(labels, '__name__');
    const named = byName.get(name);
    if (named === undefined) byName.set(name, [one]);
    else {
      named.push(one);
      named.sort((a, b) => compareLabels(a.labels, b.labels));
    }
    return one;
  };
  return {
    append: (sample) => appendTo(seriesOf(sample.labels), sample),
    async select(selection, maxSamples) {
      const name = selection.matchers.find((m) => m.name === '__name__' && m.operator === '=')?.value;
      const predicates = selection.matchers.map(valuePredicate);
      const matches = ({ labels }: GrowingSeries): boolean =>
        predicates.every((p) => p.matches(labelValue(labels, p.name)));
      const candidates =
        name === undefined || name === ''
          ? [...byKey.values()].sort((a, b) => compareLabels(a.labels, b.labels))
          : (byName.get(name) ?? []);
      return gatherSeries(candidates.filter(matches).map(asMemorySeries), selection, maxSamples);
    },
  };
}

function appendTo(series: GrowingSeries, { timeMs, value, stale, histogram }: MemorySample): void {
  const lastMs = Math.max(series.times.at(-1) ?? -Infinity, series.stale.at(-1) ?? -Infinity);
  if (timeMs < lastMs) throw new Error('out of order sample');
  if (timeMs === lastMs) {
    const isSame = !stale && series.times.at(-1) === timeMs && Object.is(series.values.at(-1), value);
    if (isSame && histogram === undefined) return;
    throw new Error('duplicate sample for timestamp');
  }
  if (stale) {
    series.stale.push(timeMs);
    return;
  }
  if (histogram !== undefined) series.histograms ??= series.times.map(() => undefined);
  series.histograms?.push(histogram);
  series.times.push(timeMs);
  series.values.push(histogram === undefined ? value : Number.NaN);
  delete series.hinted;
}

function asMemorySeries(series: GrowingSeries): MemorySeries {
  const { labels, times, values, stale, histograms } = series;
  if (histograms === undefined) return { labels, times, values, stale };
  series.hinted ??= { labels, times, values, stale, histograms: withResetHints(histograms, times, stale) };
  return series.hinted;
}
