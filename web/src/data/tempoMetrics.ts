/** TraceQL metrics, from the Tempo API. */
import * as v from 'valibot';
import type { Range } from '../time/range.ts';
import { getJson } from './http.ts';
import type { MatrixAnswer } from './prometheus.ts';

const anyValue = v.looseObject({
  stringValue: v.optional(v.string()),
  intValue: v.optional(v.union([v.string(), v.number()])),
  doubleValue: v.optional(v.number()),
  boolValue: v.optional(v.boolean()),
});
const rangeAnswer = v.object({
  series: v.optional(
    v.array(
      v.object({
        labels: v.optional(v.array(v.object({ key: v.string(), value: v.optional(anyValue, {}) })), []),
        samples: v.optional(v.array(v.object({ timestampMs: v.string(), value: v.optional(v.number(), 0) })), []),
      }),
    ),
    [],
  ),
});

/** A TraceQL metrics query over a range; the ends should lie on the step's grid (ms). */
export async function querySpanRange(
  query: string,
  range: Range,
  stepMs: number,
  signal?: AbortSignal,
): Promise<MatrixAnswer> {
  const params = { q: query, start: range.fromMs / 1000, end: range.toMs / 1000, step: `${stepMs / 1000}s` };
  const { series } = await getJson('/tempo/api/metrics/query_range', params, rangeAnswer, signal);
  const result = series.map(({ labels, samples }) => ({
    metric: Object.fromEntries(labels.map(({ key, value }) => [key, textOf(value)])),
    values: samples.map(({ timestampMs, value }): [number, string] => [Number(timestampMs) / 1000, String(value)]),
    histograms: [],
  }));
  return { data: { resultType: 'matrix', result }, warnings: [], infos: [] };
}

function textOf({ stringValue, intValue, doubleValue, boolValue }: v.InferOutput<typeof anyValue>): string {
  return String(stringValue ?? intValue ?? doubleValue ?? boolValue ?? '');
}
