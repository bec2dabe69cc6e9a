import * as v from 'valibot';
import { count, epochMs, traceId } from './units.ts';

/**
 * `GET /api/resolve?text=<anything pasted>`: where the palette should go. Understood: a trace id, a traceparent, a line
 * of JSON or text that holds one, the id of a request or user in log lines, a service name, a metric name. Best guess first; empty when nothing fits.
 */
export const resolveAnswer = v.object({
  places: v.array(
    v.variant('kind', [
      v.object({
        kind: v.literal('trace'),
        traceId,
        /** When the store knows it. */
        fromMs: v.nullable(epochMs),
        toMs: v.nullable(epochMs),
        spans: v.nullable(v.number()),
      }),
      /** Log lines of the last day that carry the text as the id of a request or a user, and when they were written. */
      v.object({
        kind: v.literal('request'),
        field: v.picklist(['request_id', 'user_id']),
        value: v.string(),
        /** At least so many: looking stops at a hundred. */
        lines: count,
        fromMs: epochMs,
        toMs: epochMs,
      }),
      v.object({ kind: v.literal('service'), name: v.string() }),
      v.object({ kind: v.literal('metric'), name: v.string(), help: v.string() }),
    ]),
  ),
});
export type ResolveAnswer = v.InferOutput<typeof resolveAnswer>;
