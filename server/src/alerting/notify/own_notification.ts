import { createHash } from 'node:crypto';
import { labelsFrom } from '../../model/labels.ts';
import { fingerprintOf } from '../fingerprint.ts';
import type { Notification, NotifiedAlert } from './notifier.ts';

/** What a notification of our own is about: not a rule's alert, but the way to a receiver itself. */
export interface OwnSubject {
  readonly receiver: string;
  readonly alertname: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly resolved: boolean;
  readonly reason: string;
}

/** A notification of one alert that never was in a route. */
export function ownNotification(subject: OwnSubject, nowMs: number): Notification {
  const labels = labelsFrom([...Object.entries(subject.labels), ['alertname', subject.alertname]]);
  const alert: NotifiedAlert = {
    labels,
    annotations: labelsFrom([['summary', subject.summary]]),
    startsAtMs: subject.resolved ? nowMs - 60_000 : nowMs,
    endsAtMs: subject.resolved ? nowMs : 0,
    updatedAtMs: nowMs,
    generatorUrl: '',
    resolved: subject.resolved,
    fingerprint: fingerprintOf(labels),
    missed: false,
  };
  const groupKey = `{}:{alertname=${JSON.stringify(subject.alertname)}, receiver=${JSON.stringify(subject.receiver)}}`;
  return {
    receiver: subject.receiver,
    groupKey,
    groupLabels: ['alertname', subject.alertname],
    alerts: [alert],
    nowMs,
    reason: subject.reason,
    stored: new Map(),
    idempotencyKey: createHash('sha256').update(`${groupKey} ${nowMs}`).digest('hex'),
  };
}
