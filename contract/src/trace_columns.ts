import * as v from 'valibot';
import { logRecord } from './logs.ts';
import { spanKind, spanStatus, traceSpan } from './traces.ts';
import { amount, answerNotes, attributes, count, epochNs, traceId } from './units.ts';

/** A column of whole numbers, checked in one pass: a trace has up to 100,000 spans. */
const wholeNumbers = v.custom<readonly number[]>(areWholeNumbers, 'a list of whole numbers');

function areWholeNumbers(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  for (let at = 0; at < value.length; at += 1) if (!Number.isInteger(value[at])) return false;
  return true;
}

const texts = v.pipe(v.array(v.string()), v.readonly());
/** 16 hexadecimal digits for each row, one after the other. */
const spanIds = v.custom<string>(
  (value) => typeof value === 'string' && value.length % 16 === 0 && !/[^0-9a-f]/.test(value),
  'span ids of 16 hexadecimal digits',
);

/** In `parents`: the span is a root, or it names a parent that never arrived. */
export const noParent = -1;
export const parentNotArrived = -2;

/** Codes of the columns `kinds` and `statuses`: places in these lists. */
export const spanKinds = spanKind.options;
export const spanStatuses = spanStatus.options;

/**
 * `GET /api/traces/<id>/columns`: the shape of a trace, without attributes, as columns of one entry for each span, depth
 * first: a span, then what is below it, its children by start, the longer first. 404 with code `not_found` when no span has
 * that id.
 */
export const traceColumnsAnswer = v.object({
  traceId,
  /** The earliest start. */
  startNs: epochNs,
  /** Distinct names, which columns refer to by place. */
  services: texts,
  operations: texts,
  spans: v.object({
    ids: spanIds,
    /** Row of the parent, which stands before, or `noParent` or `parentNotArrived`. */
    parents: wholeNumbers,
    service: wholeNumbers,
    operation: wholeNumbers,
    kind: wholeNumbers,
    status: wholeNumbers,
    /** Start after `startNs`, and duration; ns. */
    start: wholeNumbers,
    duration: wholeNumbers,
  }),
  /** Rows of spans that link to other traces or spans, in order. */
  linked: wholeNumbers,
  /** Events of spans (exceptions among them), bounded: the row, ns after `startNs`, and the place in `names`. */
  events: v.object({ names: texts, row: wholeNumbers, at: wholeNumbers, name: wholeNumbers }),
  notes: answerNotes,
});
export type TraceColumnsAnswer = v.InferOutput<typeof traceColumnsAnswer>;

/**
 * `GET /api/traces/<id>/attributes`: what the spans say, each distinct pair once. Values are cut to 256 characters; the
 * whole ones come with the span. Rows are named by id and kind, because spans may have arrived since the columns came.
 */
export const traceAttributesAnswer = v.object({
  traceId,
  names: texts,
  /** Distinct pairs: the place of the name in `names`, and the value. */
  pairNames: wholeNumbers,
  pairValues: texts,
  ids: spanIds,
  kind: wholeNumbers,
  /** How many pairs each row has, and their places, row after row. */
  counts: wholeNumbers,
  pairs: wholeNumbers,
  notes: answerNotes,
});
export type TraceAttributesAnswer = v.InferOutput<typeof traceAttributesAnswer>;

/** `GET /api/traces/<id>/spans/<span id>[?kind=server]`: one span whole. 404 with code `not_found` when it has not arrived. */
export const spanAnswer = v.object({ traceId, span: traceSpan, resource: attributes, notes: answerNotes });
export type SpanAnswer = v.InferOutput<typeof spanAnswer>;

/** `GET /api/traces/<id>/logs?from=<ms>&to=<ms>`: log records that carry the trace id, oldest first, bounded; the range is the trace's. */
export const traceLogsAnswer = v.object({ logs: v.array(logRecord), more: v.boolean(), notes: answerNotes });
export type TraceLogsAnswer = v.InferOutput<typeof traceLogsAnswer>;

const usual = v.object({ spans: count, p50Ms: amount, p95Ms: amount, p99Ms: amount });
export type UsualDuration = v.InferOutput<typeof usual>;

/** `GET /api/traces/<id>/usual`: how long the trace's operations took before it. */
export const traceUsualAnswer = v.object({
  operations: v.array(
    v.object({
      service: v.string(),
      operation: v.string(),
      kind: spanKind,
      /** The 24 hours before the trace; null when no such span was in them. */
      lastDay: v.nullable(usual),
      /** The same hour of the seven days before. */
      sameHour: v.nullable(usual),
    }),
  ),
  /** True when only some five-minute stretches of the time were read, evenly spread. */
  sampled: v.boolean(),
  /** Operations of the trace beyond the bound, which were not looked up: those with the least time. */
  leftOut: count,
  notes: answerNotes,
});
export type TraceUsualAnswer = v.InferOutput<typeof traceUsualAnswer>;
