import {
  type FoundTraceRow,
  searchTraces,
  spansOfTraces,
  type Trace,
  type TraceSearch,
  type TraceStore,
} from '../../query/index.ts';
import type { NsRange } from '../../store/index.ts';
import { RequestError } from './errors.ts';
import { duration, given, malformed, microseconds, moment, tagMap, whole } from './parameters.ts';

const HOUR = 3_600_000_000_000n;
/** As Jaeger's query service has them (defaultTraceQueryLookbackDuration, defaultQueryLimit). */
const DEFAULT_LOOKBACK = 48n * HOUR;
const DEFAULT_LIMIT = 100;
/** The most that Jaeger's UI lets one ask for. */
const MAX_LIMIT = 1_500;
/** Spans of whole traces in one answer; traces beyond it are left out, and that is said. */
const MOST_SPANS = 100_000;

/** What `/api/traces` searches for. @throws RequestError */
export function searchOf(query: URLSearchParams, nowMs: number): TraceSearch {
  const now = BigInt(nowMs) * 1_000_000n;
  const service = given(query, 'service');
  if (service === undefined) throw new RequestError(400, "parameter 'service' is required");
  const simple = query.getAll('tag').map((tag): [string, string] => {
    const colon = tag.indexOf(':');
    if (colon < 1)
      throw new RequestError(400, `malformed 'tag' parameter, expecting key:value, received: ${tag.slice(0, 200)}`);
    return [tag.slice(0, colon), tag.slice(colon + 1)];
  });
  const tags = [...simple, ...query.getAll('tags').flatMap((json) => (json === '' ? [] : tagMap(json, 'tags')))];
  return traceSearch({
    range: {
      startNs: microseconds(query, 'start') ?? now - DEFAULT_LOOKBACK,
      endNs: microseconds(query, 'end') ?? now,
    },
    service,
    operation: given(query, 'operation'),
    tags,
    minDurationNs: duration(query, 'minDuration'),
    maxDurationNs: duration(query, 'maxDuration'),
    limit: limitOf(whole(query, 'limit'), 'limit'),
  });
}

/** What `/api/v3/traces` and `/api/v3/trace-summaries` search for; the names with underscores are the older ones. @throws RequestError */
export function searchOfV3(query: URLSearchParams): TraceSearch {
  const [startNs, endNs] = [
    moment(query, 'query.startTimeMin', 'query.start_time_min'),
    moment(query, 'query.startTimeMax', 'query.start_time_max'),
  ];
  if (startNs === undefined || endNs === undefined)
    throw new RequestError(400, 'query.startTimeMin and query.startTimeMax are required');
  if (given(query, 'query.filter') !== undefined)
    throw new RequestError(400, 'query.filter is not supported: ask by query.attributes');
  const attributes = given(query, 'query.attributes');
  return traceSearch({
    range: { startNs, endNs },
    service: given(query, 'query.serviceName', 'query.service_name'),
    operation: given(query, 'query.operationName', 'query.operation_name', 'query.span_name'),
    tags: attributes === undefined ? [] : tagMap(attributes, 'query.attributes'),
    minDurationNs: duration(query, 'query.durationMin', 'query.duration_min'),
    maxDurationNs: duration(query, 'query.durationMax', 'query.duration_max'),
    limit: limitOf(
      whole(query, 'query.searchDepth', 'query.search_depth', 'query.num_traces', 'query.pagination.pageSize'),
      'query.searchDepth',
    ),
  });
}

function limitOf(asked: bigint | undefined, name: string): number {
  if (asked === undefined) return DEFAULT_LIMIT;
  if (asked <= 0n) throw malformed(name, 'must be a positive number');
  return asked > MAX_LIMIT ? MAX_LIMIT : Number(asked);
}

interface Wanted {
  readonly range: NsRange;
  readonly service: string | undefined;
  readonly operation: string | undefined;
  readonly tags: readonly (readonly [key: string, value: string])[];
  readonly minDurationNs: number | undefined;
  readonly maxDurationNs: number | undefined;
  readonly limit: number;
}

const KINDS = ['server', 'client', 'producer', 'consumer', 'internal'] as const;

/** Tags that are fields of a span here are asked for as such; all others are attributes of the span or its process. */
function traceSearch({ range, service, operation, tags, minDurationNs, maxDurationNs, limit }: Wanted): TraceSearch {
  if (range.endNs <= range.startNs) throw new RequestError(400, 'the end of the time range must be after its start');
  if (minDurationNs !== undefined && maxDurationNs !== undefined && maxDurationNs < minDurationNs)
    throw new RequestError(400, "'maxDuration' should be greater than 'minDuration'");
  const attributes: (readonly [string, string])[] = [];
  const fields: { status?: 'error' | 'ok' | 'unset'; kind?: (typeof KINDS)[number] } = {};
  for (const [key, value] of tags) {
    const lower = value.toLowerCase();
    const kind = KINDS.find((one) => one === lower);
    if (key === 'error' && lower === 'true') fields.status = 'error';
    else if (key === 'otel.status_code' && (lower === 'error' || lower === 'ok')) fields.status = lower;
    else if (key === 'span.kind' && kind !== undefined) fields.kind = kind;
    else attributes.push([key, value]);
  }
  return {
    ...range,
    ...(service === undefined ? {} : { service }),
    ...(operation === undefined ? {} : { operation }),
    ...(minDurationNs === undefined ? {} : { minDurationNs }),
    ...(maxDurationNs === undefined ? {} : { maxDurationNs }),
    ...fields,
    attributes,
    outline: true,
    limit,
  };
}

export interface FoundTraces {
  /** Newest first. */
  readonly traces: readonly Trace[];
  /** Traces that were found but are too many spans for one answer. */
  readonly leftOut: number;
}

/** Searches, and reads the traces found whole. Throws StoreError. */
export async function findWholeTraces(store: TraceStore, search: TraceSearch): Promise<FoundTraces> {
  const { traces: found } = await searchTraces(store, search);
  const kept: FoundTraceRow[] = [];
  let spans = 0;
  for (const trace of found) {
    spans += trace.spans;
    if (kept.length > 0 && spans > MOST_SPANS) break;
    kept.push(trace);
  }
  const ids = kept.map(({ traceId }) => traceId);
  const byId = await spansOfTraces(store, ids, search.signal);
  const traces = kept.flatMap(({ traceId, spans: count }): Trace[] => {
    const whole = byId.get(traceId);
    return whole === undefined ? [] : [{ traceId, spans: whole, truncated: whole.length < count }];
  });
  // Spans that were sent twice count twice for what is read at most: a trace may have been found and not been read.
  return { traces, leftOut: found.length - traces.length };
}

/** What is said of traces that were left out. */
export function leftOutWarning(leftOut: number): string {
  return `${leftOut} more traces were found and left out, they have too many spans for one answer`;
}

/** What is said of a trace of which spans were left out. */
export const CUT_WARNING = 'the trace is larger than what is shown';
