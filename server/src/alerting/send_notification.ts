import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { crashPoint } from '../base/fault.ts';
import type { Alert } from '../model/alert.ts';
import { labelsKey, labelValue } from '../model/labels.ts';
import type { NotifyReason } from './dedup.ts';
import type { Urgency } from './delivery_turns.ts';
import type { NotificationEntry, NotificationLog, NotificationTarget, UndeliveredAlert } from './notification_log.ts';
import type { Notification } from './notify/notifier.ts';
import { type DeliveryResult, deliver } from './retry.ts';
import type { FlushedAlert, FlushPorts, Telling } from './telling.ts';

/** A flush has at least this long, ms (notify.MinTimeout). */
const MIN_TIMEOUT_MS = 10_000;
/** How long a notification waits for its decision to be on disk, ms: a page is not held up by a disk that hangs. */
const DECISION_MS = 2_000;

/** A notification that was decided: what is told to one integration, and why. */
export interface Sending extends Telling {
  readonly target: NotificationTarget;
  readonly entry: NotificationEntry | undefined;
  readonly reason: NotifyReason;
  readonly stored: Map<string, string>;
  /** Fingerprints of alerts that fire anew, which the integration has not heard of although it was told of them before. */
  readonly again: ReadonlySet<string>;
}

/**
 * Tells an integration until it takes it, refuses it or the time of the flush is over. What is being told is on disk before
 * the first attempt: after a kill -9 in between, the same is told with the same idempotency key.
 */
export async function sendNotification(sending: Sending, ports: FlushPorts): Promise<DeliveryResult> {
  const { group, integration, alerts, nowMs, target, entry, reason, stored, fallbackFor } = sending;
  const startedMs = ports.clock.nowMs();
  const deadlineMs = nowMs + Math.max(group.route.groupIntervalMs, MIN_TIMEOUT_MS);
  const until = { timeMs: deadlineMs, signal: sending.signal };
  await atMost(DECISION_MS, rememberUndelivered(sending, ports.log, true), ports.clock);
  crashPoint('alerting.decided');
  const notification: Notification = {
    receiver: target.receiver,
    groupKey: group.key,
    groupLabels: group.labels,
    alerts,
    nowMs,
    reason,
    stored,
    idempotencyKey: idempotencyKey(target, entry, alerts),
  };
  const wentElsewhere = (): boolean => integration.wentElsewhere?.(notification) ?? false;
  const result = await deliver(
    {
      notification,
      notifier: integration.notifier,
      integration: integration.name,
      timeoutMs: integration.timeoutMs,
      deadlineMs,
      signal: sending.signal,
      fallbackFor,
    },
    {
      clock: ports.clock,
      random: ports.random,
      onAttempt(event) {
        if (!wentElsewhere())
          ports.health.attempted(target, event.outcome === 'accepted', event.timeMs - event.latencyMs);
        ports.note([event]);
      },
      onFirstFailure: () => void rememberUndelivered(sending, ports.log, false),
      turn: () => ports.turns.take(`${target.receiver}/${target.integration}`, urgencyOf(alerts), until),
    },
  );
  const seconds = (ports.clock.nowMs() - startedMs) / 1000;
  ports.onDelivered(target, integration.channel, { ...result, elsewhere: wentElsewhere() }, seconds);
  return result;
}

/** What is kept of an alert in records. */
export const plainAlert = ({
  labels,
  annotations,
  startsAtMs,
  endsAtMs,
  updatedAtMs,
  generatorUrl,
}: FlushedAlert): Alert => ({ labels, annotations, startsAtMs, endsAtMs, updatedAtMs, generatorUrl });

/** Values of `severity` that people use, the most urgent first; all others come after them. */
const SEVERITIES = ['page', 'critical', 'error', 'warning'];

function urgencyOf(alerts: readonly FlushedAlert[]): Urgency {
  const ranks = alerts.map(({ labels, resolved }) => {
    const found = SEVERITIES.indexOf(labelValue(labels, 'severity').toLowerCase());
    return resolved || found === -1 ? SEVERITIES.length : found;
  });
  return { rank: Math.min(...ranks), sinceMs: Math.min(...alerts.map(({ startsAtMs }) => startsAtMs)) };
}

/** Alerts this integration is being told of, and those it has not heard of yet; so that it hears of them even when they end before it can. */
function rememberUndelivered(
  { alerts, target, entry, nowMs, again }: Sending,
  log: NotificationLog,
  unanswered: boolean,
): Promise<void> {
  const known = new Set(entry?.firing ?? []);
  const byLabels = new Map<string, UndeliveredAlert>(
    log.undelivered(target).map((alert) => [labelsKey(alert.labels), alert]),
  );
  for (const alert of alerts) {
    const { fingerprint } = alert;
    const isUnheard = alert.missed || (!alert.resolved && (again.has(fingerprint) || !known.has(fingerprint)));
    const kept = plainAlert(alert);
    byLabels.set(labelsKey(alert.labels), isUnheard ? kept : { ...kept, heard: true });
  }
  // Of too many, those it has not heard of are kept.
  const all = [...byLabels.values()].sort((a, b) => Number(a.heard ?? false) - Number(b.heard ?? false));
  return log.setUndelivered({ ...target, alerts: all, timeMs: nowMs, unanswered });
}

/** The same for the same decision, also after a restart in between. */
function idempotencyKey(
  { groupKey, receiver, integration }: NotificationTarget,
  entry: NotificationEntry | undefined,
  alerts: readonly FlushedAlert[],
): string {
  const told = alerts.map(({ fingerprint, resolved, startsAtMs }) => [fingerprint, resolved, startsAtMs]);
  return createHash('sha256')
    .update(JSON.stringify([receiver, integration, groupKey, entry?.timeMs ?? 0, told]))
    .digest('hex')
    .slice(0, 32);
}

/** Resolves when the work has, which never rejects, or when it takes too long. */
function atMost(ms: number, work: Promise<void>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.at(clock.nowMs() + ms, resolve);
    void work.then(() => {
      cancel();
      resolve();
    });
  });
}
