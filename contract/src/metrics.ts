import * as v from 'valibot';
import { amount, answerNotes, count, epochMs } from './units.ts';

/** One metric with what is known of it. */
export const metricRow = v.object({
  name: v.string(),
  /** Prometheus' metric type; `unknown` when no sender said. */
  type: v.string(),
  help: v.string(),
  unit: v.string(),
  /** Series in use in the range. */
  series: count,
  /** How often it was asked for since the start, by whomever: dashboards, rules, people. */
  uses: count,
});
export type MetricRow = v.InferOutput<typeof metricRow>;

/** `GET /api/metrics?from=<ms>&to=<ms>[&search=<words>][&service=<name>][&limit=<n>]`: best match first, then what more queries ask for. */
export const metricsAnswer = v.object({
  metrics: v.array(metricRow),
  /** How many match; more than `metrics` holds when the limit cut them. */
  total: count,
  notes: answerNotes,
});
export type MetricsAnswer = v.InferOutput<typeof metricsAnswer>;

const explainFields = {
  /** What sort of step: `select`, `window`, `subquery`, `aggregate`, `binary`, `call`, `negate` … */
  kind: v.string(),
  /** What the node computes, as PromQL. */
  text: v.string(),
  /** Its place in the query, characters; null when it has none of its own. */
  start: v.nullable(count),
  end: v.nullable(count),
  /** Series of its result. */
  series: count,
  /** Samples it read, or points of its result. */
  samples: count,
  /** With its operands; null where reading is shared with other nodes. */
  elapsedMs: v.nullable(amount),
  /** Labels of the result by number of values, most first. */
  labels: v.array(v.object({ name: v.string(), values: count })),
};
/** One step of the evaluation of a PromQL query. */
export interface ExplainNode extends v.InferOutput<v.ObjectSchema<typeof explainFields, undefined>> {
  children: ExplainNode[];
}
const explainNode: v.GenericSchema<ExplainNode> = v.object({
  ...explainFields,
  children: v.array(v.lazy(() => explainNode)),
});

/** `GET /api/explain?query=<PromQL>&from=<ms>&to=<ms>[&step=<ms>]`: how the query is evaluated; without a step at `to`. */
export const explainAnswer = v.object({
  root: explainNode,
  /** Samples read for the whole query; nodes may share them. */
  samplesRead: count,
  warnings: v.array(v.string()),
  infos: v.array(v.string()),
  notes: answerNotes,
});
export type ExplainAnswer = v.InferOutput<typeof explainAnswer>;

/**
 * `GET /api/cardinality?from=<ms>&to=<ms>[&metric=<name>][&label=<name>][&service=<name>][&limit=<n>]`: what makes the
 * number of series, largest first; `metric`, `label` and `service` look only at series that have them.
 */
export const cardinalityAnswer = v.object({
  /** Series in use in the range that are looked at. */
  series: count,
  /** All series in use in the range. */
  allSeries: count,
  metrics: v.array(v.object({ name: v.string(), series: count, created: count })),
  metricCount: count,
  labels: v.array(v.object({ name: v.string(), values: count, series: count })),
  labelCount: count,
  pairs: v.array(v.object({ name: v.string(), value: v.string(), series: count })),
  services: v.array(v.object({ name: v.string(), series: count })),
  /** Values of `label`, most series first; empty when none is asked for. */
  values: v.array(v.object({ value: v.string(), series: count })),
  valueCount: count,
  /** Series seen for the first time: step i covers [startMs + i·stepMs, startMs + (i+1)·stepMs). */
  churn: v.object({ startMs: epochMs, stepMs: count, created: v.array(count) }),
  /** Series created in the range. */
  created: count,
  notes: answerNotes,
});
export type CardinalityAnswer = v.InferOutput<typeof cardinalityAnswer>;

/** `GET /api/cardinality/services?to=<ms>`: what each service's metrics cost, measured over the minutes before `to`. */
export const serviceCostAnswer = v.object({
  /** The measured stretch. */
  fromMs: epochMs,
  toMs: epochMs,
  services: v.array(
    v.object({
      /** Empty for series that name no service. */
      name: v.string(),
      /** Series that received samples. */
      series: count,
      samplesPerSecond: amount,
      /** At this rate and the table's average size of a sample. */
      bytesPerDay: amount,
    }),
  ),
  /** Samples on disk and their size; null when the store cannot tell. */
  stored: v.nullable(v.object({ samples: count, bytes: count })),
  notes: answerNotes,
});
export type ServiceCostAnswer = v.InferOutput<typeof serviceCostAnswer>;
