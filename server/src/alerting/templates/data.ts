import type { Labels } from '../../model/labels.ts';
import { type Notification, type NotifiedAlert, statusOf } from '../notify/notifier.ts';
import type { Evidence } from './evidence_data.ts';

/** What notification templates and webhooks see (Alertmanager's template.Data), with our additions at the end. */
export interface TemplateData {
  /** The receiver's name with regular expression characters escaped, as upstream gives it. */
  readonly receiver: string;
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly TemplateAlert[];
  readonly notificationReason: string;
  readonly groupLabels: KeyValues;
  readonly commonLabels: KeyValues;
  readonly commonAnnotations: KeyValues;
  readonly externalUrl: string;
  /** Where somebody says "I have it"; empty when nobody can. */
  readonly acknowledgeUrl: string;
  /** What was found about the group in time. */
  readonly evidence: Evidence;
}

/** Names and values, sorted by name. */
export type KeyValues = ReadonlyMap<string, string>;

export interface TemplateAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: KeyValues;
  readonly annotations: KeyValues;
  readonly startsAtMs: number;
  /** 0 for one that is firing: Go's zero time in what is sent. */
  readonly endsAtMs: number;
  readonly generatorUrl: string;
  readonly fingerprint: string;
  /** It began and ended while the receiver could not be reached. */
  readonly missed: boolean;
}

/** What the data has besides the notification itself. */
export interface TemplateSurroundings {
  readonly externalUrl: string;
  readonly acknowledgeUrl: string;
  readonly evidence: Evidence;
}

export function templateData(notification: Notification, surroundings: TemplateSurroundings): TemplateData {
  const { alerts } = notification;
  return {
    receiver: quoteMeta(notification.receiver),
    status: statusOf(alerts),
    alerts: alerts.map(templateAlert),
    notificationReason: notification.reason,
    groupLabels: keyValues(notification.groupLabels),
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    ...surroundings,
  };
}

function templateAlert(alert: NotifiedAlert): TemplateAlert {
  return {
    status: alert.resolved ? 'resolved' : 'firing',
    labels: keyValues(alert.labels),
    annotations: keyValues(alert.annotations),
    startsAtMs: alert.startsAtMs,
    endsAtMs: alert.resolved ? alert.endsAtMs : 0,
    generatorUrl: alert.generatorUrl,
    fingerprint: alert.fingerprint,
    missed: alert.missed,
  };
}

/** Go's regexp.QuoteMeta. */
function quoteMeta(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

function keyValues(labels: Labels): KeyValues {
  const made = new Map<string, string>();
  for (let i = 0; i < labels.length; i += 2) made.set(labels[i] ?? '', labels[i + 1] ?? '');
  return made;
}

/** What all label sets have with the same value. */
function common(sets: readonly Labels[]): KeyValues {
  const [first, ...others] = sets.map(keyValues);
  const kept = new Map(first);
  for (const other of others) for (const [name, value] of kept) if (other.get(name) !== value) kept.delete(name);
  return kept;
}

const ZERO_TIME = '0001-01-01T00:00:00Z';

/** A moment as Go's JSON writes a time.Time in UTC: RFC 3339 without trailing zeros; the zero time for 0. */
export function goTimeText(ms: number): string {
  return ms === 0 ? ZERO_TIME : new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z');
}

/** The data as upstream's JSON has it: the body of webhooks, and what `toJson` gives. */
export function dataJson(data: TemplateData): Record<string, unknown> {
  return {
    receiver: data.receiver,
    status: data.status,
    alerts: data.alerts.map(alertJson),
    notification_reason: data.notificationReason,
    groupLabels: Object.fromEntries(data.groupLabels),
    commonLabels: Object.fromEntries(data.commonLabels),
    commonAnnotations: Object.fromEntries(data.commonAnnotations),
    externalURL: data.externalUrl,
  };
}

export function alertJson(alert: TemplateAlert): Record<string, unknown> {
  return {
    status: alert.status,
    labels: Object.fromEntries(alert.labels),
    annotations: Object.fromEntries(alert.annotations),
    startsAt: goTimeText(alert.startsAtMs),
    endsAt: goTimeText(alert.endsAtMs),
    generatorURL: alert.generatorUrl,
    fingerprint: alert.fingerprint,
  };
}
