import * as v from 'valibot';
import { count, epochMs } from './units.ts';

/** `GET /api/masking`: the rules that mask what comes in, and how often each did since `sinceMs`. */
export const maskingAnswer = v.object({
  enabled: v.boolean(),
  /** When counting began: the start of the program. */
  sinceMs: epochMs,
  rules: v.array(
    v.object({
      name: v.string(),
      builtIn: v.boolean(),
      enabled: v.boolean(),
      /** Places masked. */
      count,
      /** By service, the most first; an empty name stands for several at once. */
      services: v.array(v.object({ service: v.string(), count })),
    }),
  ),
});
export type MaskingAnswer = v.InferOutput<typeof maskingAnswer>;

/**
 * `POST /api/masking/test` with `{"text": "…"}` or `{"query": "<LogQL log query>", "limit": n}`, and optionally a rule of
 * one's own, `{"rule": {"pattern": "…", "replacement": "…", "contains": "…"}}`, which is tried besides those in force.
 */
export const maskingTestAnswer = v.object({
  lines: v.array(
    v.object({
      /** The line as it would be stored. */
      masked: v.string(),
      /** The rules that changed it; `test` is the one to be tried. Empty when it stays as it is. */
      rules: v.array(v.string()),
    }),
  ),
});
export type MaskingTestAnswer = v.InferOutput<typeof maskingTestAnswer>;

/** `GET /api/noise`: the rules of noise control in their order, and what each kept from being stored since `sinceMs`. */
export const noiseAnswer = v.object({
  sinceMs: epochMs,
  rules: v.array(
    v.object({
      name: v.string(),
      action: v.picklist(['drop', 'sample', 'rate_limit']),
      services: v.array(v.string()),
      levels: v.array(v.string()),
      contains: v.nullable(v.string()),
      pattern: v.nullable(v.string()),
      /** Of `sample`: the share that is kept. */
      keep: v.nullable(v.number()),
      linesPerSecond: v.nullable(v.number()),
      savedLines: count,
      savedBytes: count,
    }),
  ),
});
export type NoiseAnswer = v.InferOutput<typeof noiseAnswer>;

/**
 * `GET /api/sampling`: which traces are stored, what each rule made of spans since `sinceMs`, and the series made from spans.
 * The first rule is `head`, the share that is kept before all others.
 */
export const samplingAnswer = v.object({
  sinceMs: epochMs,
  /** Nothing is dropped; the counts say what would be. */
  trial: v.boolean(),
  waitSeconds: v.number(),
  rules: v.array(
    v.object({
      name: v.string(),
      /** The share that is kept. */
      keep: v.number(),
      services: v.array(v.string()),
      status: v.nullable(v.picklist(['error', 'ok', 'unset'])),
      slowerThanMs: v.nullable(v.number()),
      attributes: v.record(v.string(), v.string()),
      /** Spans it decided about, and those of them that are kept. */
      spans: count,
      keptSpans: count,
    }),
  ),
  /** Spans of traces that no rule matched: they are kept. */
  unmatchedSpans: count,
  /** What waits for a decision now. */
  heldRequests: count,
  heldBytes: count,
  /** Requests decided at once because too much was held. */
  decidedEarly: count,
  spanMetrics: v.object({
    enabled: v.boolean(),
    /** Operations and edges with series of their own, of at most `limit`. */
    keys: count,
    limit: count,
    /** Spans and edges counted in the series of overflow. */
    overflowed: count,
    /** Sides of requests that wait for the other, and that found none and named nobody. */
    waiting: count,
    alone: count,
    /** Samples left out because of the limit of active series. */
    refused: count,
  }),
});
export type SamplingAnswer = v.InferOutput<typeof samplingAnswer>;
