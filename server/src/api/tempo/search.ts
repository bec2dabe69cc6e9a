import type { HttpRequest, HttpResponse } from '../../base/http.ts';
import {
  type FoundSpanset,
  type FoundTraceRow,
  parseSearch,
  searchTraces,
  type TraceSearch,
  type TraceStore,
} from '../../query/index.ts';
import { answer } from './answer.ts';
import { durationNs, ParameterError } from './errors.ts';
import { SEARCH_RESPONSE } from './messages.ts';
import { logfmtTags, rangeOf, wholeNumber } from './parameters.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1000;
const DEFAULT_SPANS_PER_SET = 3;
/** More than a trace can have found: all of them. */
const MOST_SPANS_PER_SET = 100_000;

/** `/api/search`: TraceQL by `q`, or tags and durations. */
export async function search(store: TraceStore, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const { query } = request;
  // No number of spans is all of them.
  const spansPerSet = wholeNumber(query, 'spss', DEFAULT_SPANS_PER_SET, MOST_SPANS_PER_SET, 0) || MOST_SPANS_PER_SET;
  const traceql = (query.get('q') ?? '').trim();
  const tags = logfmtTags(query.get('tags') ?? '');
  if (traceql !== '' && tags.length > 0)
    throw new ParameterError("invalid request: can't specify tags and q in the same query");
  const minTraceDurationNs = durationNs(query, 'minDuration');
  const maxTraceDurationNs = durationNs(query, 'maxDuration');
  if (minTraceDurationNs !== undefined && maxTraceDurationNs !== undefined && minTraceDurationNs > maxTraceDurationNs)
    throw new ParameterError('invalid maxDuration: must be greater than minDuration');
  const wanted: TraceSearch = {
    ...rangeOf(query, nowMs),
    ...tagConditions(tags),
    limit: wholeNumber(query, 'limit', DEFAULT_LIMIT, MAX_LIMIT),
    ...(minTraceDurationNs === undefined ? {} : { minTraceDurationNs }),
    ...(maxTraceDurationNs === undefined ? {} : { maxTraceDurationNs }),
    ...(traceql === '' ? {} : { traceql: parseSearch(traceql) }),
    outline: true,
    signal: request.signal,
  };
  const { traces, inspected } = await searchTraces(store, wanted);
  return answer(request, SEARCH_RESPONSE, {
    traces: traces.map((trace) => traceJson(trace, spansPerSet)),
    metrics: { inspectedTraces: inspected, completedJobs: 1, totalJobs: 1, totalBlocks: 1 },
  });
}

/** Tags that are looked for as a part of a field's text; all others are equal to an attribute (tempo, vparquet5/block_search.go). */
const PARTS: Readonly<Record<string, string>> = {
  'service.name': 'resource.service.name',
  name: 'name',
  'root.name': 'rootName',
  'root.service.name': 'rootServiceName',
};

function tagConditions(tags: readonly (readonly [key: string, value: string])[]): Partial<TraceSearch> {
  const attributes: (readonly [string, string])[] = [];
  const parts: string[] = [];
  let status: TraceSearch['status'];
  for (const [key, value] of tags) {
    const field = PARTS[key];
    if (field !== undefined) parts.push(`${field} =~ ${JSON.stringify(`.*${literal(value)}.*`)}`);
    else if (key === 'status' || key === 'status.code') {
      if (value !== 'error' && value !== 'ok' && value !== 'unset')
        throw new ParameterError(`invalid status: ${value}`);
      status = value;
    } else attributes.push([key, value]);
  }
  return {
    attributes,
    ...(status === undefined ? {} : { status }),
    ...(parts.length === 0 ? {} : { traceql: parseSearch(`{ ${parts.join(' && ')} }`) }),
  };
}

/** A regular expression of RE2 that matches this text. */
function literal(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

function traceJson(trace: FoundTraceRow, spansPerSet: number): Record<string, unknown> {
  const spanSets = trace.spansets.map((spanset) => spansetJson(spanset, spansPerSet));
  return {
    traceID: trace.traceId,
    rootServiceName: trace.rootArrived ? trace.rootServiceName : '<root span not yet received>',
    rootTraceName: trace.rootArrived ? trace.rootTraceName : '',
    startTimeUnixNano: String(trace.startNs),
    durationMs: Number(trace.durationNs / 1_000_000n),
    spanSet: spanSets[0],
    spanSets,
    serviceStats: Object.fromEntries(
      trace.services.map((s) => [s.name, { spanCount: s.spans, ...(s.errors === 0 ? {} : { errorCount: s.errors }) }]),
    ),
  };
}

function spansetJson({ spans, attributes }: FoundSpanset, most: number): Record<string, unknown> {
  const found = attributes.map(([key, value]) => ({
    key,
    value: value === undefined ? { stringValue: 'nil' } : fieldJson(value),
  }));
  return {
    spans: spans.slice(0, most).map((span) => ({
      spanID: span.spanId,
      name: span.name,
      startTimeUnixNano: String(span.startNs),
      durationNanos: String(span.durationNs),
      attributes: span.fields.map(({ name, value, type }) => ({ key: name, value: fieldJson(value, type) })),
    })),
    matched: spans.length,
    ...(found.length === 0 ? {} : { attributes: found }),
  };
}

type Scalar = string | number | boolean;

/** A value as OTLP/JSON writes it. @param type the letter of its type; whole numbers are integers without one */
function fieldJson(value: Scalar | readonly Scalar[], type?: string): Record<string, unknown> {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'number':
      return type === 'i' || (type !== 'd' && Number.isInteger(value))
        ? { intValue: String(value) }
        : { doubleValue: value };
    default:
      return { arrayValue: { values: value.map((item) => fieldJson(item)) } };
  }
}
