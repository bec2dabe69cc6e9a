import type { FloatHistogram } from '../../../model/histogram.ts';
import { histogramVariance } from '../../../model/histogram_quantile.ts';
import { type EvaluationContext, resultLabels, settle } from '../context.ts';
import { emptySeries, hasPoints, histogramAt, type VectorValue } from '../values.ts';

/** The number a histogram has; counts and sums are as observed, mean and deviation estimates from the buckets. */
const STATISTICS: ReadonlyMap<string, (histogram: FloatHistogram) => number> = new Map([
  ['histogram_count', ({ count }) => count],
  ['histogram_sum', ({ sum }) => sum],
  ['histogram_avg', ({ sum, count }) => sum / count],
  ['histogram_stdvar', histogramVariance],
  ['histogram_stddev', (histogram) => Math.sqrt(histogramVariance(histogram))],
]);

/** histogram_count, histogram_sum and so on of native histograms; floats give nothing. */
export function histogramStatistic(context: EvaluationContext, name: string, input: VectorValue): VectorValue {
  const statistic = STATISTICS.get(name);
  if (statistic === undefined) throw new Error(`no histogram statistic ${name}`);
  const series = input.series.flatMap((one) => {
    if (one.histograms === undefined) return [];
    const count = one.present.length;
    context.hold(count);
    const out = emptySeries(resultLabels(context, one.labels), true, count);
    for (let step = 0; step < count; step++) {
      const histogram = histogramAt(one, step);
      if (histogram === undefined) continue;
      out.values[step] = statistic(histogram);
      out.present[step] = 1;
    }
    return hasPoints(out) ? [out] : [];
  });
  return { kind: 'vector', series: settle(context, series) };
}
