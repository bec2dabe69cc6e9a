import * as v from 'valibot';
import { epochMs, traceId } from './units.ts';

/**
 * `GET /api/resolve?text=<anything pasted>`: where the palette should go. Understood: a trace id, a traceparent, a line
 * of JSON or text that holds one, a service name, a metric name. Best guess first; empty when nothing fits.
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
      v.object({ kind: v.literal('service'), name: v.string() }),
      v.object({ kind: v.literal('metric'), name: v.string(), help: v.string() }),
    ]),
  ),
});
export type ResolveAnswer = v.InferOutput<typeof resolveAnswer>;
