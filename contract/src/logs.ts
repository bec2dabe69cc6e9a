import * as v from 'valibot';
import { answerNotes, attributes, count, epochMs, epochNs, ratio } from './units.ts';

/** The levels of a histogram, most severe first; `unknown` is a record without one. */
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'unknown'] as const;
export const logLevel = v.picklist(logLevels);
export type LogLevel = v.InferOutput<typeof logLevel>;

/**
 * `GET /api/logs/histogram?query=<LogQL log query>&from=<ms>&to=<ms>&buckets=<n>`.
 * Bucket i covers [startMs + i*stepMs, startMs + (i+1)*stepMs). CRITICAL counts as `fatal`.
 */
export const logHistogramAnswer = v.object({
  startMs: epochMs,
  stepMs: count,
  /** Only the levels that occur; each array as long as the histogram has buckets. */
  levels: v.partial(v.object(v.entriesFromList(logLevels, v.array(count)))),
  /** All matching records of the range, whatever a line limit says. */
  total: count,
  notes: answerNotes,
});
export type LogHistogramAnswer = v.InferOutput<typeof logHistogramAnswer>;

/** `GET /api/logs/fields?query=<LogQL log query>&from=<ms>&to=<ms>`: what the matching records carry, from a sample of the newest. */
export const logFieldsAnswer = v.object({
  /** How many records were looked at. */
  sampled: count,
  fields: v.array(
    v.object({
      name: v.string(),
      /** Where it lives: an indexed stream label, structured metadata, or a field inside a JSON/logfmt line. */
      origin: v.picklist(['label', 'metadata', 'parsed']),
      type: v.picklist(['string', 'number', 'boolean']),
      /** Share of the sampled records that carry it. */
      coverage: ratio,
      /** Different values seen in the sample. */
      distinct: count,
      /** Up to ten, most frequent first. */
      top: v.array(v.object({ value: v.string(), count })),
    }),
  ),
  notes: answerNotes,
});
export type LogFieldsAnswer = v.InferOutput<typeof logFieldsAnswer>;
export type LogField = LogFieldsAnswer['fields'][number];

/** One log record, as the context endpoint and a trace carry it. */
export const logRecord = v.object({
  timeNs: epochNs,
  service: v.string(),
  /** Upper case as stored; empty when unknown. */
  level: v.string(),
  body: v.string(),
  traceId: v.nullable(v.string()),
  spanId: v.nullable(v.string()),
  labels: attributes,
  attributes,
});
export type LogRecord = v.InferOutput<typeof logRecord>;

/**
 * `GET /api/logs/context?labels=<LogQL stream selector>&time=<ns>&before=<n>&after=<n>`:
 * the records of the same stream around one moment. `before` oldest first and earlier than `time`;
 * `after` oldest first, at `time` or later (so it holds the anchor itself).
 */
export const logContextAnswer = v.object({
  before: v.array(logRecord),
  after: v.array(logRecord),
  notes: answerNotes,
});
export type LogContextAnswer = v.InferOutput<typeof logContextAnswer>;
