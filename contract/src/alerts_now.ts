import * as v from 'valibot';
import { count, epochMs } from './units.ts';

const labels = v.record(v.string(), v.string());

const alertNow = v.object({
  fingerprint: v.string(),
  labels,
  annotations: labels,
  startsAtMs: epochMs,
  /** Where its expression can be looked at; may be empty. */
  generatorUrl: v.string(),
  /** Ids of silences. */
  silencedBy: v.array(v.string()),
  /** Fingerprints of alerts. */
  inhibitedBy: v.array(v.string()),
  /** Every integration of its receiver has been told that it fires. */
  told: v.boolean(),
});
export type AlertNow = v.InferOutput<typeof alertNow>;

const groupNow = v.object({
  /** As Alertmanager writes it; what people did is kept under it. */
  groupKey: v.string(),
  /** Positions of the child routes from the root. */
  route: v.array(v.number()),
  receiver: v.string(),
  /** `slack[0]`; empty when the receiver tells nobody. */
  integrations: v.array(v.string()),
  /** Names of those the receiver reaches; of an escalation, those it has asked or will ask first. */
  people: v.array(v.string()),
  /** Whom an escalation asks next when nobody acknowledges, and when; null where nobody further is asked. */
  escalation: v.nullable(v.object({ policy: v.string(), next: v.array(v.string()), nextAtMs: epochMs })),
  labels,
  /** Names of the time intervals that mute it now, or of those of which none is now. */
  mutedBy: v.array(v.string()),
  /** When it is looked at next: what is new is told then. Null when it is about to end. */
  nextMs: v.nullable(epochMs),
  /** When its receiver was told last; null when it was not. */
  toldMs: v.nullable(epochMs),
  /** When it is told again though nothing has changed; null before it was told. */
  repeatMs: v.nullable(epochMs),
  /** Alerts that fire; `alerts` holds the first of them. */
  count,
  alerts: v.array(alertNow),
});
export type AlertGroupNow = v.InferOutput<typeof groupNow>;

/**
 * `GET /api/alerts/now[?filter=<matcher>…][&text=<part of a label or annotation>]`: what fires, as it is told together; those that
 * are told first, then the newest.
 */
export const alertsNowAnswer = v.object({
  groups: v.array(groupNow),
  /** Groups with alerts that are asked for; `groups` holds the first of them. */
  count,
});
export type AlertsNowAnswer = v.InferOutput<typeof alertsNowAnswer>;

/**
 * `GET /api/alerts/silences/preview?filter=<matcher>…`: what a silence with these matchers would keep from being told, and
 * would have in the last seven days.
 */
export const silencePreview = v.object({
  now: v.object({ count, alerts: v.array(v.object({ labels, startsAtMs: epochMs, receivers: v.array(v.string()) })) }),
  week: v.object({
    /** How often an alert began to fire, and how many different ones. */
    firings: count,
    alerts: count,
    /** By name, the most frequent first. */
    names: v.array(v.object({ alert: v.string(), firings: count })),
    /** More events than are read at once: the oldest are left out. */
    truncated: v.boolean(),
  }),
});
export type SilencePreview = v.InferOutput<typeof silencePreview>;
