import * as v from 'valibot';
import type { Range } from '../time/range.ts';
import { getJson } from './http.ts';

export type Labels = Readonly<Record<string, string>>;

const labels = v.record(v.string(), v.string());
const point = v.tuple([v.number(), v.string()]);
const histogramPoint = v.tuple([v.number(), v.object({ count: v.string(), sum: v.string() })]);
const answerTail = { warnings: v.optional(v.array(v.string()), []), infos: v.optional(v.array(v.string()), []) };

const matrix = v.object({
  resultType: v.literal('matrix'),
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
  result: v.array(v.object({ metric: labels, value: v.optional(point), histogram: v.optional(histogramPoint) })),
});
const scalar = v.object({ resultType: v.literal('scalar'), result: point });
const text = v.object({ resultType: v.literal('string'), result: point });

const rangeAnswer = v.object({ data: matrix, ...answerTail });
const instantAnswer = v.object({ data: v.variant('resultType', [matrix, vector, scalar, text]), ...answerTail });
const namesAnswer = v.object({ data: v.array(v.string()) });
const metadataAnswer = v.object({
  data: v.record(
    v.string(),
    v.array(v.object({ type: v.string(), help: v.string(), unit: v.optional(v.string(), '') })),
  ),
});

export type MatrixAnswer = v.InferOutput<typeof rangeAnswer>;
export type InstantAnswer = v.InferOutput<typeof instantAnswer>;
export type MetricMetadata = v.InferOutput<typeof metadataAnswer>['data'];

/** A PromQL range query; the ends should lie on the step's grid (ms). */
export function queryRange(query: string, range: Range, stepMs: number, signal?: AbortSignal): Promise<MatrixAnswer> {
  const params = { query, start: range.fromMs / 1000, end: range.toMs / 1000, step: stepMs / 1000 };
  return getJson('/prometheus/api/v1/query_range', params, rangeAnswer, signal);
}

export function queryInstant(query: string, timeMs: number, signal?: AbortSignal): Promise<InstantAnswer> {
  return getJson('/prometheus/api/v1/query', { query, time: timeMs / 1000 }, instantAnswer, signal);
}

/** Metric names, optionally only those that series matching one of `match` carry. */
export async function metricNames(match: readonly string[], signal?: AbortSignal): Promise<readonly string[]> {
  return (await getJson('/prometheus/api/v1/label/__name__/values', { 'match[]': match }, namesAnswer, signal)).data;
}

export async function metricMetadata(signal?: AbortSignal): Promise<MetricMetadata> {
  return (await getJson('/prometheus/api/v1/metadata', {}, metadataAnswer, signal)).data;
}
