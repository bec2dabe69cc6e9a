import type { Clock } from '../base/clock.ts';
import { type Alert, DRILL_LABEL, type RestoredRules } from '../model/alert.ts';
import type { AttemptEvent } from '../model/alert_event.ts';
import { labelsKey, labelValue } from '../model/labels.ts';
import { type HeldAlert, heldAlert, isResolved } from './held_alert.ts';
import type { NotificationLog, UndeliveredEntry } from './notification_log.ts';

export interface RestoreOptions {
  readonly clock: Clock;
  readonly log: NotificationLog;
  /** How long an alert may take to be told again after the start, ms: `resolve_timeout`. */
  readonly graceMs: number;
  readonly isKnown: (fingerprint: string) => boolean;
  readonly take: (alert: HeldAlert) => void;
  /** A notification is made again of which nobody knows whether its receiver took it before the restart. */
  readonly onUnanswered: (event: AttemptEvent) => void;
}

/**
 * Takes alerts of before a restart that somebody still has to hear of. Those that were being told, or could not be, are
 * told now. Those that were told as firing and that nobody tells again have ended meanwhile: that is told after the grace.
 * What is returned calls the latter off.
 */
export function restoreAlerts(options: RestoreOptions): () => void {
  const { clock, log, graceMs } = options;
  const untilMs = clock.nowMs() + graceMs;
  const take = (alert: HeldAlert): void => {
    if (!options.isKnown(alert.fingerprint)) options.take(alert);
  };
  for (const entry of log.allUndelivered()) {
    for (const { heard: _, ...alert } of entry.alerts) {
      const held = heldAlert(alert, true);
      const wasOver = alert.endsAtMs <= Math.max(alert.updatedAtMs, entry.timeMs);
      take(wasOver ? held : { ...held, endsAtMs: Math.max(alert.endsAtMs, untilMs) });
    }
    if (entry.unanswered === true) options.onUnanswered(unansweredAttempt(entry));
  }
  for (const { alerts = [] } of log.all())
    for (const alert of alerts) if (alert.endsAtMs > untilMs) take(heldAlert(alert, false));
  return clock.at(untilMs, () => {
    const nowMs = clock.nowMs();
    for (const { alerts = [] } of log.all())
      for (const alert of alerts)
        take({ ...heldAlert(alert, false), endsAtMs: Math.min(alert.endsAtMs, nowMs), updatedAtMs: nowMs });
  });
}

function unansweredAttempt({ alerts, timeMs, groupKey, receiver, integration }: UndeliveredEntry): AttemptEvent {
  return {
    kind: 'attempt',
    timeMs,
    groupKey,
    receiver,
    integration,
    attempt: 1,
    outcome: 'retried',
    status: 0,
    providerId: '',
    latencyMs: 0,
    error: 'the program ended before the answer came: told again with the same Idempotency-Key',
    alerts: alerts.map(({ labels, endsAtMs }) => ({ labels, resolved: endsAtMs <= timeMs })),
  };
}

/** Alerts of rules of before a restart that are not active any more, as they end now; those that were told or are held. */
export function missingAlerts(
  { name, links, active }: RestoredRules,
  log: Pick<NotificationLog, 'all'>,
  held: ReadonlyMap<string, HeldAlert>,
  nowMs: number,
): HeldAlert[] {
  const isTheirs = ({ labels, generatorUrl }: Alert): boolean =>
    links.has(generatorUrl) &&
    labelValue(labels, 'alertname') === name &&
    // Drills end theirs themselves; those of before the restart last no longer than they were told to.
    labelValue(labels, DRILL_LABEL) === '';
  const candidates = new Map<string, HeldAlert>();
  for (const { alerts = [] } of log.all())
    for (const alert of alerts) {
      if (!isTheirs(alert)) continue;
      const told = heldAlert(alert, false);
      candidates.set(told.fingerprint, told);
    }
  for (const alert of held.values()) if (isTheirs(alert)) candidates.set(alert.fingerprint, alert);
  return [...candidates.values()]
    .filter((alert) => !active.has(labelsKey(alert.labels)))
    .filter((alert) => !(held.has(alert.fingerprint) && isResolved(alert, nowMs)))
    .map((alert) => ({ ...alert, timeout: false, endsAtMs: nowMs, updatedAtMs: nowMs }));
}
