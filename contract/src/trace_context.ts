import * as v from 'valibot';
import { change } from './changes.ts';
import { logRecord } from './logs.ts';
import { amount, answerNotes, attributes, count, epochMs, epochNs, spanId, traceId } from './units.ts';

/**
 * By what a log line belongs to a trace, the surest first: it names one of its spans; it names the trace; it names the
 * request a span names; or it is only of the same service (and pod, where both say one) at the same time.
 */
export const logJoin = v.picklist(['span', 'trace', 'request', 'service']);
export type LogJoin = v.InferOutput<typeof logJoin>;

/** What part of an answer could not be had, and why; the other parts are there all the same. */
const failure = v.object({ code: v.string(), message: v.string() });

/** A part of the answer: its value, or null and the reason. */
function part<S extends v.GenericSchema>(value: S) {
  return v.object({ value: v.nullable(value), failure: v.nullable(failure) });
}

/** What a span ran on or spoke to. */
const subjectKind = v.picklist(['service', 'pod', 'process', 'host', 'database', 'queue']);
export type SubjectKind = v.InferOutput<typeof subjectKind>;

/** One graph, ready to draw: a PromQL query over `fromMs` to `toMs` of the answer. */
const metricPanel = v.object({
  /** Stable name of a known panel (`cpu`, `memory`, `connections` …), or the metric's name. */
  id: v.string(),
  /** In English; the UI shows its own words for the ids it knows. */
  title: v.string(),
  unit: v.picklist(['short', 'bytes', 'Bps', 's', 'ratio', 'rps']),
  query: v.string(),
});
export type MetricPanel = v.InferOutput<typeof metricPanel>;

export const traceSubject = v.object({
  kind: subjectKind,
  name: v.string(),
  /** A span is of this subject when its own or its resource's attributes hold all of these. */
  attributes,
  /** The matcher that found its metrics, as PromQL (`pod="api-1"`); empty when none did. */
  foundBy: v.string(),
  /** The matchers that were tried, in order. */
  tried: v.array(v.string()),
  panels: v.array(metricPanel),
});
export type TraceSubject = v.InferOutput<typeof traceSubject>;

/** What is missing so that one thing leads to another, and how to add it. */
export const missingKey = v.object({
  /** `logs`: a service wrote nothing; `trace_id`, `span_id`: its lines do not carry it; `metrics`: nothing names the subject; `exemplars`: no sample names the trace. */
  key: v.picklist(['logs', 'trace_id', 'span_id', 'place', 'metrics', 'exemplars']),
  /** Whom it concerns; empty for the trace as a whole. */
  service: v.string(),
  /** One English sentence; the UI shows its own for the keys it knows. */
  words: v.string(),
  /** What to write, ready to copy; empty when there is nothing to write. */
  snippet: v.string(),
  /** Where to read on, in this program's documentation. */
  document: v.string(),
});
export type MissingKey = v.InferOutput<typeof missingKey>;

/**
 * `GET /api/traces/<id>/everything[?span=<span id>]`: all that is known of a trace, or of one of its spans, without any
 * configuration. 404 with code `not_found` when no span has the id.
 */
export const traceContextAnswer = v.object({
  traceId,
  /** The span that was asked about; null for the trace. */
  spanId: v.nullable(spanId),
  /** The range that metrics, changes and alerts are of: the trace, and a quarter of an hour around it. */
  fromMs: epochMs,
  toMs: epochMs,
  /** Of the trace or span itself; ms with a fraction. */
  startMs: amount,
  durationMs: amount,
  rootService: v.string(),
  rootOperation: v.string(),
  spans: count,
  errors: count,
  services: v.array(v.object({ name: v.string(), spans: count, errors: count })),
  /** Oldest first, bounded. */
  logs: part(v.object({ lines: v.array(v.object({ ...logRecord.entries, join: logJoin })), more: v.boolean() })),
  /** Samples that name the trace, oldest first, bounded. */
  exemplars: part(
    v.array(v.object({ timeMs: epochMs, value: v.number(), spanId: v.nullable(v.string()), labels: attributes })),
  ),
  subjects: part(v.array(traceSubject)),
  /** Deploys and other changes of its services within the range, oldest first. */
  changes: part(v.array(change)),
  /** Exceptions its spans recorded, and failed spans without one, oldest first, bounded. */
  failures: v.array(
    v.object({
      timeNs: epochNs,
      spanId,
      service: v.string(),
      operation: v.string(),
      /** `exception.type`, else the span's `error.type`; may be empty. */
      type: v.string(),
      message: v.string(),
    }),
  ),
  /** Alerts that were firing then (the series ALERTS) and name one of its services or places, or none. */
  alerts: part(v.array(v.object({ name: v.string(), labels: attributes }))),
  missing: v.array(missingKey),
  notes: answerNotes,
});
export type TraceContextAnswer = v.InferOutput<typeof traceContextAnswer>;
