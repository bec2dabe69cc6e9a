import type { MetricName } from './aggregation.ts';

/** A value and how many records have it. */
export interface Weighted {
  readonly text: string;
  readonly count: number;
}

/** The value of a metric as Elasticsearch answers it; values that are no numbers do not count, but for `cardinality` and `value_count`. */
export function metricValue(metric: MetricName, percents: readonly number[], values: readonly Weighted[]): object {
  const filled = values.filter(({ text }) => text !== '');
  if (metric === 'cardinality') return { value: new Set(filled.map(({ text }) => text)).size };
  if (metric === 'value_count') return { value: filled.reduce((sum, { count }) => sum + count, 0) };
  const numbers = filled
    .map(({ text, count }) => ({ number: Number(text), count }))
    .filter(({ number }) => Number.isFinite(number))
    .sort((a, b) => a.number - b.number);
  const count = numbers.reduce((sum, one) => sum + one.count, 0);
  const sum = numbers.reduce((total, one) => total + one.number * one.count, 0);
  const min = numbers[0]?.number ?? null;
  const max = numbers.at(-1)?.number ?? null;
  const avg = count === 0 ? null : sum / count;
  switch (metric) {
    case 'avg':
      return { value: avg };
    case 'min':
      return { value: min };
    case 'max':
      return { value: max };
    case 'sum':
      return { value: sum };
    case 'stats':
      return { count, min, max, avg, sum };
    case 'percentiles':
      return {
        values: Object.fromEntries(
          percents.map((percent) => [percentName(percent), percentile(numbers, count, percent)]),
        ),
      };
  }
}

function percentName(percent: number): string {
  return Number.isInteger(percent) ? `${percent}.0` : String(percent);
}

/** Between the two nearest ranks, exactly: every value is here, so nothing has to be estimated. */
function percentile(
  numbers: readonly { readonly number: number; readonly count: number }[],
  count: number,
  percent: number,
): number | null {
  if (count === 0) return null;
  const rank = (percent / 100) * (count - 1);
  const at = (position: number): number => {
    let seen = 0;
    for (const { number, count: weight } of numbers) {
      seen += weight;
      if (position < seen) return number;
    }
    return numbers.at(-1)?.number ?? 0;
  };
  const low = at(Math.floor(rank));
  return low + (at(Math.ceil(rank)) - low) * (rank - Math.floor(rank));
}
