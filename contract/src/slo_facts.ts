import * as v from 'valibot';
import { epochMs } from './units.ts';

/** `GET /api/slo/NAME/facts?from=<ms>&to=<ms>[&format=csv]`: what was counted, by time; exclusions are not applied. */
export const sloFacts = v.object({
  objective: v.string(),
  fromMs: epochMs,
  toMs: epochMs,
  facts: v.array(
    v.object({
      /** Where the slot of five minutes ends. */
      slotMs: epochMs,
      /** Of the series that was counted; empty where the objective is counted as one. */
      labels: v.record(v.string(), v.string()),
      bad: v.number(),
      total: v.number(),
    }),
  ),
});
export type SloFacts = v.InferOutput<typeof sloFacts>;
