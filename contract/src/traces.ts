import * as v from 'valibot';
import { logRecord } from './logs.ts';
import { amount, answerNotes, attributes, count, epochNs, spanId, traceId } from './units.ts';

export const spanStatus = v.picklist(['unset', 'ok', 'error']);
export const spanKind = v.picklist(['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']);

/**
 * `GET /api/traces/search?from=<ms>&to=<ms>&limit=<n>` and any of `query` (TraceQL), `service`, `operation`, `minDuration` and
 * `maxDuration` (Go durations: `250ms`), `status` (`error` | `ok`), `attribute` (`key=value`, may repeat), `order` (`newest`, or
 * `slowest`: by the longest matching span), `spans` (matching spans given of each trace), `column` (a field as TraceQL writes
 * it, may repeat).
 */
export const traceSearchAnswer = v.object({
  traces: v.array(
    v.object({
      traceId,
      /** Milliseconds since 1970; may carry a fraction. */
      startMs: amount,
      durationMs: amount,
      /** Root span when it has arrived, else the earliest span. */
      rootService: v.string(),
      rootOperation: v.string(),
      rootArrived: v.boolean(),
      spans: count,
      errors: count,
      services: v.array(v.object({ name: v.string(), spans: count, errors: count })),
      /** How many of its spans match. */
      matched: count,
      /** The longest of them, longest first. */
      found: v.array(
        v.object({
          spanId,
          service: v.string(),
          operation: v.string(),
          kind: spanKind,
          status: spanStatus,
          startMs: amount,
          durationMs: amount,
          /** Of the columns asked for, in their order; empty where the span has none. */
          values: v.array(v.string()),
        }),
      ),
    }),
  ),
  /** True when more traces match than the limit let through. */
  more: v.boolean(),
  notes: answerNotes,
});
export type TraceSearchAnswer = v.InferOutput<typeof traceSearchAnswer>;
export type TraceSummary = TraceSearchAnswer['traces'][number];

/** `GET /api/traces/operations?service=<name>&from=<ms>&to=<ms>`: for the search form; services come from `/api/services`. */
export const traceOperationsAnswer = v.object({ operations: v.array(v.string()) });
export type TraceOperationsAnswer = v.InferOutput<typeof traceOperationsAnswer>;

export const traceSpan = v.object({
  spanId,
  /** Null for a root. May name a span that never arrived. */
  parentSpanId: v.nullable(spanId),
  service: v.string(),
  operation: v.string(),
  kind: spanKind,
  startNs: epochNs,
  durationNs: epochNs,
  status: spanStatus,
  statusMessage: v.string(),
  scope: v.string(),
  attributes,
  /** Index into `resources`. */
  resource: count,
  events: v.array(v.object({ timeNs: epochNs, name: v.string(), attributes })),
  links: v.array(v.object({ traceId: v.string(), spanId: v.string(), attributes })),
});
export type TraceSpan = v.InferOutput<typeof traceSpan>;

/** `GET /api/traces/<id>`: the whole trace, no time range needed. 404 with code `not_found` when no span has that id. */
export const traceAnswer = v.object({
  traceId,
  /** Any order. */
  spans: v.array(traceSpan),
  /** Distinct resources (attributes), shared by many spans. */
  resources: v.array(attributes),
  /** Log records that carry this trace id, oldest first, bounded. */
  logs: v.array(logRecord),
  logsMore: v.boolean(),
  notes: answerNotes,
});
export type TraceAnswer = v.InferOutput<typeof traceAnswer>;
