import * as v from 'valibot';
import type { Range } from '../time/range.ts';
import { getJson } from './http.ts';

const labels = v.record(v.string(), v.string());
const entry = v.union([v.tuple([v.string(), v.string()]), v.tuple([v.string(), v.string(), v.unknown()])]);

const streamsAnswer = v.object({
  data: v.variant('resultType', [
    v.object({
      resultType: v.literal('streams'),
      result: v.array(v.object({ stream: labels, values: v.array(entry) })),
    }),
    v.object({
      resultType: v.literal('matrix'),
      result: v.array(v.object({ metric: labels, values: v.array(v.tuple([v.number(), v.string()])) })),
    }),
  ]),
  warnings: v.optional(v.array(v.string()), []),
});
export type StreamsAnswer = v.InferOutput<typeof streamsAnswer>;

export interface LogQuery {
  readonly query: string;
  readonly startNs: string;
  readonly endNs: string;
  readonly direction: 'forward' | 'backward';
  readonly limit: number;
}

/** One page of log lines. `start` is inside the range, `end` is not. */
export function queryLogs(request: LogQuery, signal?: AbortSignal): Promise<StreamsAnswer> {
  const { query, startNs, endNs, direction, limit } = request;
  return getJson(
    '/loki/api/v1/query_range',
    { query, start: startNs, end: endNs, direction, limit },
    streamsAnswer,
    signal,
  );
}

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
