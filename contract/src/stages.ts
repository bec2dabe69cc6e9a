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
