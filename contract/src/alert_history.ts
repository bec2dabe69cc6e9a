import * as v from 'valibot';
import { epochMs } from './units.ts';

const labels = v.record(v.string(), v.string());
const state = v.picklist(['inactive', 'pending', 'firing']);
/** JSON has no NaN: the value of a series that is gone is null. */
const value = v.nullable(v.number());
const rule = v.object({ file: v.string(), group: v.string(), rule: v.string() });

const attempt = v.object({
  timeMs: epochMs,
  groupKey: v.string(),
  receiver: v.string(),
  integration: v.string(),
  attempt: v.number(),
  outcome: v.picklist(['accepted', 'retried', 'failed']),
  status: v.number(),
  providerId: v.string(),
  latencyMs: v.number(),
  error: v.string(),
  firing: v.number(),
  resolved: v.number(),
  /** The receiver that did not take it, when this one was told instead. */
  fallbackFor: v.optional(v.string()),
});

/**
 * `GET /api/alerts/history?from=<ms>&to=<ms>&alert=<name>&label.<name>=<value>…`: what the ledger has of a rule's alerts.
 * Without `alert`, of every rule.
 */
export const alertHistoryAnswer = v.object({
  series: v.array(
    v.object({
      rule,
      labels,
      drill: v.string(),
      /** Stretches one after the other; the last goes on when `toMs` is null. Before the first nothing is known. */
      states: v.array(v.object({ state, fromMs: epochMs, toMs: v.nullable(epochMs), value })),
    }),
  ),
  /** When rules could not be evaluated; `toMs` is null while they still cannot. */
  blind: v.array(v.object({ rule, fromMs: epochMs, toMs: v.nullable(epochMs), error: v.string() })),
  routed: v.array(
    v.object({ timeMs: epochMs, labels, receiver: v.string(), groupKey: v.string(), route: v.array(v.number()) }),
  ),
  held: v.array(
    v.object({
      timeMs: epochMs,
      labels,
      receiver: v.string(),
      groupKey: v.string(),
      reason: v.string(),
      by: v.array(v.string()),
    }),
  ),
  attempts: v.array(attempt),
  responses: v.array(
    v.object({ timeMs: epochMs, groupKey: v.string(), action: v.string(), person: v.string(), note: v.string() }),
  ),
  /** More events than are read at once: the oldest of the range are left out. */
  truncated: v.boolean(),
});
export type AlertHistoryAnswer = v.InferOutput<typeof alertHistoryAnswer>;

/** `GET /api/alerts/noise?from=<ms>&to=<ms>`: which rules page, and whom. Drills are not in it. */
export const noiseReport = v.object({
  fromMs: epochMs,
  toMs: epochMs,
  pages: v.number(),
  rules: v.array(
    v.object({
      alert: v.string(),
      /** Notifications that told of it as firing, counted once however many integrations took them. */
      pages: v.number(),
      /** Of those, groups nobody acknowledged, assigned or commented until they were over. */
      neverActedOn: v.number(),
      /** Firings that ended within five minutes, and those that began again within an hour after their end. */
      flaps: v.number(),
      /**
       * By how much `for` would have to be longer so that none of its firings of less than five minutes had been told, ms; null
       * where fewer than three were that short.
       */
      raiseForMs: v.nullable(v.number()),
      nightPages: v.number(),
      firingMs: v.number(),
      /** Other alerts that were in at least nine of ten of its pages, of at least three. */
      alwaysWith: v.array(v.string()),
    }),
  ),
  people: v.array(
    v.object({
      person: v.string(),
      name: v.string(),
      pages: v.number(),
      /** Between 23:00 and 07:00 by the person's own clock. */
      nightPages: v.number(),
      acknowledged: v.number(),
      /** Half of the acknowledgements came within this, ms; null without any. */
      medianAcknowledgeMs: v.nullable(v.number()),
    }),
  ),
  truncated: v.boolean(),
});
export type NoiseReport = v.InferOutput<typeof noiseReport>;

/** Why an alert did or did not page. */
export const whyCause = v.picklist([
  'paged',
  'rule-not-loaded',
  'rule-broken',
  'evaluation-failing',
  'limit-exceeded',
  'metric-absent',
  'labels-mismatch',
  'target-down',
  'series-ended',
  'below-threshold',
  'condition-unmet',
  'for-not-reached',
  'flapped',
  'not-evaluated',
  'route-empty',
  'wrong-route',
  'silenced',
  'inhibited',
  'muted',
  'inactive',
  'acknowledged',
  'group-wait',
  'grouped',
  'nobody-on-call',
  'template-error',
  'receiver-refused',
  'receiver-failing',
  'receiver-unreachable',
  'receiver-timeout',
  'not-sent',
]);
export type WhyCause = v.InferOutput<typeof whyCause>;

/** One hop of the way from a sample to a person. */
export const whyHop = v.object({
  hop: v.picklist(['rule', 'series', 'threshold', 'for', 'route', 'held', 'group', 'receiver', 'response']),
  /** `stop` is where it ended; what was not reached is left out. */
  outcome: v.picklist(['passed', 'stop', 'note']),
  text: v.string(),
  /** When it happened; null for what holds at the time asked about. */
  atMs: v.nullable(epochMs),
});
export type WhyHop = v.InferOutput<typeof whyHop>;

/**
 * `GET /api/alerts/why?alert=<name>|groupKey=<key>[&at=<ms>][&since=<ms>][&receiver=<name>][&label.<name>=<value>…]`: the
 * way of an alert, hop by hop, with the reason it ended where it did.
 */
export const whyAnswer = v.object({
  alert: v.string(),
  labels,
  atMs: epochMs,
  paged: v.boolean(),
  cause: whyCause,
  /** One sentence. */
  verdict: v.string(),
  hops: v.array(whyHop),
});
export type WhyAnswer = v.InferOutput<typeof whyAnswer>;
