import type { HttpRequest, HttpResponse } from '../../base/http.ts';
import { defaultStepNs, type TraceSeries, type TraceStore, traceqlMetrics } from '../../query/index.ts';
import { answer } from './answer.ts';
import { durationNs, ParameterError } from './errors.ts';
import { QUERY_INSTANT_RESPONSE, QUERY_RANGE_RESPONSE } from './messages.ts';
import { entryJson, otlpAttributes } from './otlp_values.ts';
import { isFresh, metricsRangeOf, wholeNumber } from './parameters.ts';

const DEFAULT_EXEMPLARS = 100;
const MAX_EXEMPLARS = 100_000;
const SECOND = 1_000_000_000;

function queryText(query: URLSearchParams): string {
  const text = query.get('q') ?? query.get('query') ?? '';
  if (text.trim() === '') throw new ParameterError('missing q: a TraceQL metrics query is needed');
  return text;
}

/** Seconds as a number, or a Go duration. */
function stepOf(query: URLSearchParams): bigint | undefined {
  const text = query.get('step');
  if (text === null || text === '') return undefined;
  const ns = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * SECOND : durationNs(query, 'step');
  if (ns === undefined || !(ns >= 1)) throw new ParameterError('invalid step: must be a positive duration');
  return BigInt(Math.round(ns));
}

/** `/api/metrics/query_range`: series of a TraceQL metrics query over steps. */
export async function metricsQueryRange(store: TraceStore, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const { query, signal } = request;
  const range = metricsRangeOf(query, nowMs);
  const stepNs = stepOf(query) ?? defaultStepNs(range.startNs, range.endNs);
  const exemplars = wholeNumber(query, 'exemplars', DEFAULT_EXEMPLARS, MAX_EXEMPLARS, 0);
  const fresh = isFresh(request);
  const result = await traceqlMetrics(store, { ...range, stepNs, text: queryText(query), exemplars, fresh, signal });
  const series = result.series.flatMap((one) => {
    const samples = Array.from(one.values, (value, i) => ({ timestampMs: String(result.intervals.timeMs(i)), value }));
    const known = samples.filter(({ value }) => !Number.isNaN(value));
    return known.length === 0 ? [] : [{ ...identity(one), samples: known, exemplars: exemplarsJson(one) }];
  });
  return answer(request, QUERY_RANGE_RESPONSE, { series, metrics: progress(result.inspectedSpans) });
}

/** `/api/metrics/query`: one value for each series, over the whole range. */
export async function metricsQuery(store: TraceStore, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const { query, signal } = request;
  const range = metricsRangeOf(query, nowMs);
  const result = await traceqlMetrics(store, {
    ...range,
    stepNs: undefined,
    text: queryText(query),
    exemplars: 0,
    signal,
  });
  const series = result.series.flatMap((one) => {
    const [value] = one.values;
    return value === undefined || Number.isNaN(value) ? [] : [{ ...identity(one), value }];
  });
  return answer(request, QUERY_INSTANT_RESPONSE, { series, metrics: progress(result.inspectedSpans) });
}

function identity({ labels }: TraceSeries): Record<string, unknown> {
  return {
    labels: labels.map(([key, label]) => {
      if (label === undefined) return { key, value: { stringValue: 'nil' } };
      const letter = { string: 's', boolean: 'b', number: label.isInteger ? 'i' : 'd' }[
        typeof label.value as 'string' | 'boolean' | 'number'
      ];
      return otlpAttributes({ pairs: [key, String(label.value)], types: letter }).map(entryJson)[0];
    }),
  };
}

function exemplarsJson({ exemplars }: TraceSeries): Record<string, unknown>[] {
  return exemplars.map(({ traceId, spanId, timeMs, value }) => ({
    labels: [
      { key: 'trace:id', value: { stringValue: traceId } },
      { key: 'span:id', value: { stringValue: spanId } },
    ],
    value: Number.isNaN(value) ? 'NaN' : value,
    timestampMs: String(timeMs),
  }));
}

function progress(inspectedSpans: number): Record<string, unknown> {
  return { inspectedSpans: String(inspectedSpans), completedJobs: 1, totalJobs: 1, totalBlocks: 1 };
}
