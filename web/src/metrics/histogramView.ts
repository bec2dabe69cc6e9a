import { parseSample, seriesName } from '../chart/series.ts';
import type { HistogramSample, InstantAnswer } from '../data/prometheus.ts';
import { type Bucket, classicBuckets, nativeBuckets } from './histogram.ts';

/** One row of a table: a series with its value, or with its buckets. */
export interface TableRow {
  readonly name: string;
  readonly value: number | null;
  readonly exact: string;
  readonly histogram: { readonly buckets: readonly Bucket[]; readonly count: number; readonly sum: number } | null;
}

/** An instant answer as rows, largest value first; a range vector shows its newest sample. */
export function tableRows(answer: InstantAnswer): readonly TableRow[] {
  const { data } = answer;
  if (data.resultType === 'scalar' || data.resultType === 'string') {
    const text = data.result[1];
    const value = data.resultType === 'scalar' ? parseSample(text) : null;
    return [{ name: data.resultType, value, exact: text, histogram: null }];
  }
  const rows =
    data.resultType === 'vector'
      ? data.result.map((one) => row(seriesName(one.metric), one.value?.[1], one.histogram?.[1]))
      : data.result.map((one) => row(seriesName(one.metric), one.values.at(-1)?.[1], one.histograms.at(-1)?.[1]));
  return rows.sort((a, b) => (b.value ?? Number.NEGATIVE_INFINITY) - (a.value ?? Number.NEGATIVE_INFINITY));
}

function row(name: string, text: string | undefined, sample: HistogramSample | undefined): TableRow {
  const exact = text ?? sample?.count ?? '';
  const histogram =
    sample === undefined
      ? null
      : { buckets: nativeBuckets(sample), count: parseSample(sample.count), sum: parseSample(sample.sum) };
  return { name, value: exact === '' ? null : parseSample(exact), exact, histogram };
}

/** Classic histograms among the series of an instant answer, drawn as one: `le` series summed by bound. */
export function classicHistogram(answer: InstantAnswer): readonly Bucket[] {
  if (answer.data.resultType !== 'vector') return [];
  const sums = new Map<number, number>();
  for (const { metric, value } of answer.data.result) {
    if (metric.le === undefined || value === undefined) continue;
    const high = parseSample(metric.le);
    sums.set(high, (sums.get(high) ?? 0) + parseSample(value[1]));
  }
  return sums.size < 2 ? [] : classicBuckets([...sums]);
}
