import * as v from 'valibot';
import type { Range } from '../time/range.ts';
import { getJson, getWithCost } from './http.ts';

export type Labels = Readonly<Record<string, string>>;

const labels = v.record(v.string(), v.string());
const point = v.tuple([v.number(), v.string()]);
/** `[rule, lower bound, upper bound, count]`; the rule says which bounds belong to the bucket. */
const bucket = v.tuple([v.number(), v.string(), v.string(), v.string()]);
const histogramSample = v.object({ count: v.string(), sum: v.string(), buckets: v.optional(v.array(bucket), []) });
const histogramPoint = v.tuple([v.number(), histogramSample]);
export type HistogramSample = v.InferOutput<typeof histogramSample>;
/** What a query cost, as upstream counts it. */
const statistics = v.object({
  timings: v.object({ execTotalTime: v.number() }),
  samples: v.optional(v.object({ totalQueryableSamples: v.number() })),
});
export type Statistics = v.InferOutput<typeof statistics>;
const answerTail = { warnings: v.optional(v.array(v.string()), []), infos: v.optional(v.array(v.string()), []) };

const matrix = v.object({
  resultType: v.literal('matrix'),
  stats: v.optional(statistics),
  result: v.array(
    v.object({
      metric: labels,
      values: v.optional(v.array(point), []),
      histograms: v.optional(v.array(histogramPoint), []),
    }),
  ),
});
const vector = v.object({
  resultType: v.literal('vector'),
  stats: v.optional(statistics),
  result: v.array(v.object({ metric: labels, value: v.optional(point), histogram: v.optional(histogramPoint) })),
});
const scalar = v.object({ resultType: v.literal('scalar'), stats: v.optional(statistics), result: point });
const text = v.object({ resultType: v.literal('string'), stats: v.optional(statistics), result: point });

const rangeAnswer = v.object({ data: matrix, ...answerTail });
const instantAnswer = v.object({ data: v.variant('resultType', [matrix, vector, scalar, text]), ...answerTail });

interface Read {
  /** Bytes read from the store for it: 0 where memory sufficed, null when the server does not say. */
  readonly bytesRead?: number | null;
}
export type MatrixAnswer = v.InferOutput<typeof rangeAnswer> & Read;
export type InstantAnswer = v.InferOutput<typeof instantAnswer> & Read;

/** A PromQL range query; the ends should lie on the step's grid (ms). */
export async function queryRange(
  query: string,
  range: Range,
  stepMs: number,
  signal?: AbortSignal,
): Promise<MatrixAnswer> {
  const params = { query, start: range.fromMs / 1000, end: range.toMs / 1000, step: stepMs / 1000, stats: 'true' };
  const { value, bytesRead } = await getWithCost('/prometheus/api/v1/query_range', params, rangeAnswer, signal);
  return { ...value, bytesRead };
}

const relabelAnswer = v.object({
  data: v.object({
    steps: v.array(
      v.object({
        rule: v.looseObject({ action: v.string(), regex: v.optional(v.string(), '') }),
        output: v.record(v.string(), v.string()),
        keep: v.boolean(),
      }),
    ),
  }),
});
export type RelabelStep = v.InferOutput<typeof relabelAnswer>['data']['steps'][number];

/** What each relabelling rule of a job makes of labels. */
export async function relabelSteps(job: string, labels: Labels, signal?: AbortSignal): Promise<readonly RelabelStep[]> {
  const params = { scrapePool: job, labels: JSON.stringify(labels) };
  return (await getJson('/prometheus/api/v1/targets/relabel_steps', params, relabelAnswer, signal)).data.steps;
}

export async function queryInstant(query: string, timeMs: number, signal?: AbortSignal): Promise<InstantAnswer> {
  const params = { query, time: timeMs / 1000, stats: 'true' };
  const { value, bytesRead } = await getWithCost('/prometheus/api/v1/query', params, instantAnswer, signal);
  return { ...value, bytesRead };
}

const namesAnswer = v.object({ data: v.array(v.string()) });

/** Metric names, optionally only those that series matching one of `match` carry. */
export async function metricNames(match: readonly string[], signal?: AbortSignal): Promise<readonly string[]> {
  return (await getJson('/prometheus/api/v1/label/__name__/values', { 'match[]': match }, namesAnswer, signal)).data;
}

const exemplarsAnswer = v.object({
  data: v.array(
    v.object({
      seriesLabels: labels,
      exemplars: v.array(v.object({ labels, value: v.string(), timestamp: v.number() })),
    }),
  ),
});
export type ExemplarSeries = v.InferOutput<typeof exemplarsAnswer>['data'][number];

/** Exemplars of the series a query selects. */
export async function queryExemplars(
  query: string,
  range: Range,
  signal?: AbortSignal,
): Promise<readonly ExemplarSeries[]> {
  const params = { query, start: range.fromMs / 1000, end: range.toMs / 1000 };
  return (await getJson('/prometheus/api/v1/query_exemplars', params, exemplarsAnswer, signal)).data;
}
