import * as v from 'valibot';
import { epochMs } from './units.ts';

const share = v.nullable(v.number());
const MOST_TEXT = 1_000;

/** How fast the budget burns over a window; 1 spends it exactly within the period. */
const burn = v.object({ windowSeconds: v.number(), rate: share });

/** An objective and what is left of its budget. */
export const sloSummary = v.object({
  name: v.string(),
  service: v.string(),
  description: v.string(),
  /** `prometheus/v1`, `openslo/v1` …: the format of its file. */
  format: v.string(),
  targetPercent: v.number(),
  periodDays: v.number(),
  labels: v.record(v.string(), v.string()),
  /** Good events of all, 0 to 1; null where nothing was counted. */
  goodShare: share,
  /** Share of the budget that is left, 1 at most; below 0 when more is gone. */
  remaining: share,
  bad: v.number(),
  total: v.number(),
  /** Over the shortest windows first. */
  burn: v.array(burn),
  /** When nothing is left at the rate of the last hour. */
  exhaustedAtMs: v.nullable(epochMs),
  /** Share of the period's slots of five minutes that were counted. */
  coverage: v.number(),
  /** Whether there is enough to speak of. */
  reliable: v.boolean(),
  /** Alerts are silent while their long window had fewer events than this; 0: however few there are. */
  minEvents: v.number(),
  /** Slots are counted up to here. */
  countedUntilMs: v.nullable(epochMs),
  /** How much of what was missed has been counted, 0 to 1. */
  progress: v.number(),
  /** Why it is not counted; empty when it is. */
  problem: v.string(),
});
export type SloSummary = v.InferOutput<typeof sloSummary>;

/** `GET /api/slo`: the least budget first; those without one last. */
export const sloList = v.object({
  objectives: v.array(sloSummary),
  /** Files that cannot be used. */
  broken: v.array(v.object({ file: v.string(), reason: v.string() })),
});
export type SloList = v.InferOutput<typeof sloList>;

/** Time that does not count against budgets; `objective` `*` is all of them. */
export const sloExclusion = v.object({
  id: v.string(),
  objective: v.string(),
  fromMs: epochMs,
  toMs: epochMs,
  reason: v.string(),
  author: v.string(),
});
export type SloExclusion = v.InferOutput<typeof sloExclusion>;

/**
 * `GET /api/slo/NAME/preview?from=<ms>&to=<ms>` or `?without=<id>`: what would be left with this stretch excluded, or with
 * an exclusion taken back.
 */
export const sloPreview = v.object({
  remaining: share,
  goodShare: share,
  bad: v.number(),
  total: v.number(),
  coverage: v.number(),
});
export type SloPreview = v.InferOutput<typeof sloPreview>;

/** `POST /api/slo/NAME/exclusions`; answered with `sloDetail`, as `DELETE /api/slo/NAME/exclusions?id=` is. */
export const newSloExclusion = v.pipe(
  v.strictObject({
    fromMs: epochMs,
    toMs: epochMs,
    reason: v.pipe(v.string(), v.trim(), v.minLength(1, 'a reason is required'), v.maxLength(MOST_TEXT)),
    /** For every objective, not only this one. */
    everywhere: v.optional(v.boolean(), false),
  }),
  v.check(({ fromMs, toMs }) => toMs > fromMs, 'toMs must come after fromMs'),
);
export type NewSloExclusion = v.InferOutput<typeof newSloExclusion>;

/** One condition of the alerts: they fire while both windows burn faster than `threshold`. */
const burnAlert = v.object({
  severity: v.picklist(['page', 'ticket']),
  /** The rule it is a part of: name of the alert and of its group. */
  alert: v.string(),
  group: v.string(),
  shortSeconds: v.number(),
  longSeconds: v.number(),
  threshold: v.number(),
  shortRate: share,
  longRate: share,
  isBurning: v.boolean(),
});

/** `GET /api/slo/NAME`. */
export const sloDetail = v.object({
  ...sloSummary.entries,
  file: v.string(),
  /** What is counted, with the window left open; `bad` alone is the share of bad events. */
  expressions: v.object({ bad: v.string(), total: v.nullable(v.string()) }),
  /** What was left at the end of each step of the period. */
  burnDown: v.array(v.object({ timeMs: epochMs, remaining: share })),
  /** Events of each step, for the rate of events and the share of good ones. */
  steps: v.array(v.object({ timeMs: epochMs, bad: v.number(), total: v.number() })),
  alerts: v.array(burnAlert),
  /** Who spent it, the most first; empty where the objective is counted as one. */
  dimensions: v.array(
    v.object({ labels: v.record(v.string(), v.string()), bad: v.number(), total: v.number(), shareOfBad: v.number() }),
  ),
  exclusions: v.array(sloExclusion),
  /** Names of the rule groups that are evaluated for it. */
  groups: v.array(v.string()),
});
export type SloDetail = v.InferOutput<typeof sloDetail>;
