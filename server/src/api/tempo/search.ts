import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import {
  type FoundSpanset,
  type FoundTraceRow,
  parseSearch,
  searchTraces,
  type TraceSearch,
  type TraceStore,
} from '../../query/index.ts';
import type { NsRange } from '../../store/index.ts';
import { durationNs, ParameterError } from './errors.ts';
import { entryJson, otlpAttributes } from './otlp_values.ts';

const SECOND = 1_000_000_000n;
const DEFAULT_RANGE = 6n * 3600n * SECOND;
const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1000;
const DEFAULT_SPANS_PER_SET = 3;

/** start and end in Unix seconds; the last six hours by default. */
export function rangeOf(query: URLSearchParams, nowMs: number): NsRange {
  const read = (name: string): bigint | undefined => {
    const value = query.get(name);
    if (value === null || value === '') return undefined;
    if (!/^\d{1,19}$/.test(value))
      throw new ParameterError(`invalid ${name}: strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
    return value.length > 11 ? BigInt(value) : BigInt(value) * SECOND;
  };
  const endNs = read('end') ?? BigInt(nowMs) * 1_000_000n + SECOND;
  const startNs = read('start') ?? endNs - DEFAULT_RANGE;
  if (endNs <= startNs) throw new ParameterError('http parameter start must be before end');
  return { startNs, endNs };
}

/** A positive number of a parameter, at most `max`. @throws ParameterError */
export function wholeNumber(query: URLSearchParams, name: string, fallback: number, max: number): number {
  const text = query.get(name);
  if (text === null || text === '') return fallback;
  if (!/^\d+$/.test(text) || Number(text) === 0) throw new ParameterError(`invalid ${name}: must be a positive number`);
  return Math.min(Number(text), max);
}

/** The tags of a search: `key=value key="quoted value"`. */
function parseTags(text: string): [string, string][] {
  const tags: [string, string][] = [];
  for (const match of text.matchAll(/\s*([^\s="]+)(?:=("(?:[^"\\]|\\.)*"|[^\s"]*))?/gy)) {
    const value = match[2] ?? '';
    tags.push([match[1] ?? '', value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value]);
  }
  return tags;
}

/** `/api/search`: TraceQL by `q`, or tags and durations. */
export async function search(store: TraceStore, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const { query } = request;
  const started = performance.now();
  const spansPerSet = wholeNumber(query, 'spss', DEFAULT_SPANS_PER_SET, 100);
  const traceql = query.get('q') ?? '';
  const minTraceDurationNs = durationNs(query, 'minDuration');
  const maxTraceDurationNs = durationNs(query, 'maxDuration');
  const wanted: TraceSearch = {
    ...rangeOf(query, nowMs),
    ...tagConditions(query.get('tags') ?? ''),
    limit: wholeNumber(query, 'limit', DEFAULT_LIMIT, MAX_LIMIT),
    ...(minTraceDurationNs === undefined ? {} : { minTraceDurationNs }),
    ...(maxTraceDurationNs === undefined ? {} : { maxTraceDurationNs }),
    ...(traceql.trim() === '' ? {} : { traceql: parseSearch(traceql) }),
    signal: request.signal,
  };
  const { traces, inspected } = await searchTraces(store, wanted);
  return jsonResponse(200, {
    traces: traces.map((trace) => traceJson(trace, spansPerSet)),
    metrics: {
      inspectedTraces: inspected,
      inspectedBytes: '0',
      completedJobs: 1,
      totalJobs: 1,
      totalBlocks: 1,
      elapsedMs: Math.round(performance.now() - started),
    },
  });
}

function tagConditions(text: string): Partial<TraceSearch> {
  const conditions: {
    service?: string;
    operation?: string;
    status?: 'error' | 'ok' | 'unset';
    rootOnly?: boolean;
    attributes: [string, string][];
  } = { attributes: [] };
  for (const [key, value] of parseTags(text)) {
    if (key === 'service.name') conditions.service = value;
    else if (key === 'name') conditions.operation = value;
    else if (key === 'root.name') {
      conditions.operation = value;
      conditions.rootOnly = true;
    } else if (key === 'root.service.name') {
      conditions.service = value;
      conditions.rootOnly = true;
    } else if (key === 'status' || key === 'status.code') {
      if (value !== 'error' && value !== 'ok' && value !== 'unset')
        throw new ParameterError(`invalid status: ${value}`);
      conditions.status = value;
    } else conditions.attributes.push([key, value]);
  }
  return conditions;
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
  const found = attributes.flatMap(([name, value]) => [
    name,
    Array.isArray(value) ? JSON.stringify(value) : String(value ?? 'nil'),
  ]);
  const types = attributes.map(([, value]) =>
    typeof value === 'number' ? (Number.isInteger(value) ? 'i' : 'd') : 's',
  );
  return {
    spans: spans.slice(0, most).map((span) => ({
      spanID: span.spanId,
      name: span.name,
      startTimeUnixNano: String(span.startNs),
      durationNanos: String(span.durationNs),
      attributes: otlpAttributes({ pairs: ['service.name', span.service], types: 's' }).map(entryJson),
    })),
    matched: spans.length,
    ...(found.length === 0
      ? {}
      : { attributes: otlpAttributes({ pairs: found, types: types.join('') }).map(entryJson) }),
  };
}
