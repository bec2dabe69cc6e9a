import type { Expr } from '@trilith/lang/promql';
import type { EvaluationContext } from './context.ts';

/** What a remark points at. */
type At = Pick<Expr, 'range'>;

/** What was being done when something had to be said (upstream's HistogramOperation). */
export type HistogramOperation = 'addition' | 'subtraction' | 'aggregation';

const quoted = (text: string): string => JSON.stringify(text);
const named = (metric: string): string => (metric === '' ? '' : ` for metric name ${quoted(metric)}`);

/** Upstream's warnings and infos about native histograms (util/annotations), word for word. */
export const histogramRemarks = {
  mixedWithFloats({ annotations }: EvaluationContext, metric: string, at: At): void {
    annotations.warn(`encountered a mix of histograms and floats for metric name ${quoted(metric)}`, at.range);
  },
  mixedInAggregation({ annotations }: EvaluationContext, at: At): void {
    annotations.warn('encountered a mix of histograms and floats for aggregation', at.range);
  },
  mixedWithClassic({ annotations, delayedNameRemoval }: EvaluationContext, metric: string, at: At): void {
    const suffix = delayedNameRemoval ? named(metric) : '';
    annotations.warn(`vector contains a mix of classic and native histograms${suffix}`, at.range);
  },
  mixedSchemas({ annotations }: EvaluationContext, metric: string, at: At): void {
    annotations.warn(
      `vector contains a mix of histograms with exponential and custom buckets schemas for metric name ${quoted(metric)}`,
      at.range,
    );
  },
  notCounter({ annotations }: EvaluationContext, metric: string, at: At): void {
    annotations.warn(`this native histogram metric is not a counter: ${quoted(metric)}`, at.range);
  },
  notGauge({ annotations }: EvaluationContext, metric: string, at: At): void {
    annotations.warn(`this native histogram metric is not a gauge: ${quoted(metric)}`, at.range);
  },
  collision({ annotations }: EvaluationContext, operation: HistogramOperation, at: At): void {
    annotations.warn(`conflicting counter resets during histogram ${operation}`, at.range);
  },
  reconciled({ annotations }: EvaluationContext, operation: HistogramOperation, at: At): void {
    annotations.info(`mismatched custom buckets were reconciled during ${operation}`, at.range);
  },
  ignoredInAggregation({ annotations }: EvaluationContext, operator: string, at: At): void {
    annotations.info(`ignored histogram in ${operator} aggregation`, at.range);
  },
  ignoredInRange({ annotations }: EvaluationContext, metric: string, at: At): void {
    annotations.info(
      `ignored histograms in a range containing both floats and histograms for metric name ${quoted(metric)}`,
      at.range,
    );
  },
  incompatibleTypes(
    { annotations }: EvaluationContext,
    [left, operator, right]: readonly [string, string, string],
    at: At,
  ): void {
    annotations.info(
      `incompatible sample types encountered for binary operator ${quoted(operator)}: ${left} ${operator} ${right}`,
      at.range,
    );
  },
  incompatibleBuckets({ annotations }: EvaluationContext, operator: string, at: At): void {
    annotations.warn(`incompatible bucket layout encountered for binary operator ${operator}`, at.range);
  },
  nanQuantile({ annotations }: EvaluationContext, metric: string, at: At): void {
    annotations.info(`input to histogram_quantile has NaN observations, result is NaN${named(metric)}`, at.range);
  },
  skewedQuantile({ annotations }: EvaluationContext, metric: string, at: At): void {
    annotations.info(
      `input to histogram_quantile has NaN observations, result is skewed higher${named(metric)}`,
      at.range,
    );
  },
  nanFraction({ annotations }: EvaluationContext, metric: string, at: At): void {
    annotations.info(
      `input to histogram_fraction has NaN observations, which are excluded from all fractions${named(metric)}`,
      at.range,
    );
  },
};
