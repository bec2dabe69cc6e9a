import * as v from 'valibot';

/** A moment: whole milliseconds since 1970 UTC. */
export const epochMs = v.pipe(v.number(), v.integer(), v.minValue(0));
/** A moment in whole nanoseconds since 1970 UTC, as decimal digits, because it does not fit a double. */
export const epochNs = v.pipe(v.string(), v.regex(/^\d{1,20}$/));
/** A count of things or bytes: a whole number, zero or more. */
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** A measured number, zero or more. */
export const amount = v.pipe(v.number(), v.minValue(0));
/** A share between 0 and 1. */
export const ratio = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
/** 32 lower-case hexadecimal digits. */
export const traceId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
/** 16 lower-case hexadecimal digits. */
export const spanId = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/));
/** Attribute or label names to their values as text. */
export const attributes = v.record(v.string(), v.string());

/** What every answer says about itself: whether it is whole, what is missing and what it cost. */
export const answerNotes = v.object({
  /** True when limits, time or a missing shard left something out. */
  partial: v.boolean(),
  /** Sentences for people: which limit, which setting. Empty when there is nothing to say. */
  warnings: v.array(v.string()),
  elapsedMs: amount,
  scannedRows: count,
  scannedBytes: count,
});
export type AnswerNotes = v.InferOutput<typeof answerNotes>;

/** Every status >= 400 of `/api/*` carries this body. */
export const apiError = v.object({
  error: v.object({
    /** Stable code, e.g. `bad_query`, `store_down`, `query_limit`, `not_found`, `cancelled`. */
    code: v.string(),
    message: v.string(),
    /** Name of the setting that would change it, when there is one. */
    setting: v.nullable(v.string()),
    requestId: v.string(),
    /** Character offset in the query text, when the query is at fault. */
    position: v.nullable(v.object({ start: count, end: count })),
  }),
});
export type ApiError = v.InferOutput<typeof apiError>;
