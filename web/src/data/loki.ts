import * as v from 'valibot';
import type { Range } from '../time/range.ts';
import { getJson } from './http.ts';
import type { MatrixAnswer } from './prometheus.ts';

const matrixAnswer = v.object({
  data: v.object({
    resultType: v.literal('matrix'),
    result: v.array(
      v.object({ metric: v.record(v.string(), v.string()), values: v.array(v.tuple([v.number(), v.string()])) }),
    ),
  }),
});
const valuesAnswer = v.object({ data: v.optional(v.array(v.string()), []) });

function nsParams(range: Range): { readonly start: string; readonly end: string } {
  return { start: `${Math.floor(range.fromMs)}000000`, end: `${Math.ceil(range.toMs)}000000` };
}

export async function labelNames(range: Range, signal?: AbortSignal): Promise<readonly string[]> {
  return (await getJson('/loki/api/v1/labels', nsParams(range), valuesAnswer, signal)).data;
}

export async function labelValues(name: string, range: Range, signal?: AbortSignal): Promise<readonly string[]> {
  return (await getJson(`/loki/api/v1/label/${encodeURIComponent(name)}/values`, nsParams(range), valuesAnswer, signal))
    .data;
}

/** A LogQL metric query over a range; the ends should lie on the step's grid (ms). */
export async function queryLogRange(
  query: string,
  range: Range,
  stepMs: number,
  signal?: AbortSignal,
): Promise<MatrixAnswer> {
  const params = { query, ...nsParams(range), step: stepMs / 1000 };
  const { data } = await getJson('/loki/api/v1/query_range', params, matrixAnswer, signal);
  const result = data.result.map((row) => ({ ...row, histograms: [] }));
  return { data: { resultType: 'matrix', result }, warnings: [], infos: [] };
}
