import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { AlertEvent, HeldEvent } from '../model/alert_event.ts';
import { type Labels, labelValue } from '../model/labels.ts';
import type { AggregationGroup } from './aggregation_group.ts';
import { type NotifyReason, notifyReason } from './dedup.ts';
import type { DeliveryTurns, Urgency } from './delivery_turns.ts';
import { compareAlerts, type HeldAlert, isResolved } from './held_alert.ts';
import { type HoldPorts, passAlerts } from './hold.ts';
import type { IntegrationsOf, ReadyIntegration } from './integrations.ts';
import type { NotificationEntry, NotificationLog, NotificationTarget } from './notification_log.ts';
import type { NotifiedAlert } from './notify/notifier.ts';
import { type DeliveryResult, deliver } from './retry.ts';

/** A flush has at least this long, ms (notify.MinTimeout). */
const MIN_TIMEOUT_MS = 10_000;

export interface FlushPorts extends HoldPorts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: NotificationLog;
  readonly integrationsOf: IntegrationsOf;
  readonly turns: DeliveryTurns;
  readonly note: (events: readonly AlertEvent[]) => void;
  /** Who acknowledged an alert of a group; undefined for nobody. */
  readonly acknowledgedBy: (groupKey: string, labels: Labels) => string | undefined;
  /** How a notification ended. */
  readonly onDelivered: (target: NotificationTarget, channel: string, result: DeliveryResult, seconds: number) => void;
  /** Alerts that were held. */
  readonly onHeld: (reason: HeldEvent['reason'], count: number) => void;
}

/** An alert of a flush: firing or resolved is decided when it begins and holds to its end. */
type FlushedAlert = HeldAlert & NotifiedAlert;

/**
 * Tells a group's receiver what there is to tell. False when an integration could not be told: resolved alerts then stay
 * in the group, for the next flush. Never rejects.
 */
export async function flushGroup(
  group: AggregationGroup,
  nowMs: number,
  ports: FlushPorts,
  signal: AbortSignal,
): Promise<boolean> {
  const alerts = [...group.alerts.values()]
    .map((alert): FlushedAlert => ({ ...alert, resolved: isResolved(alert, nowMs), missed: false }))
    .sort(compareAlerts);
  const { passed, events, counts } = passAlerts(group, alerts, nowMs, ports);
  ports.note(events);
  for (const [reason, count] of counts) ports.onHeld(reason, count);
  if (passed.length === 0) return true;
  const integrations = ports.integrationsOf(group.route.receiver);
  const told = await Promise.all(
    integrations.map((integration) => tell({ group, integration, alerts: passed, nowMs, signal }, ports)),
  );
  return told.every(Boolean);
}

interface Telling {
  readonly group: AggregationGroup;
  readonly integration: ReadyIntegration;
  readonly alerts: readonly FlushedAlert[];
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** Dedup, retry and set-notifies stages of one integration. */
async function tell(telling: Telling, ports: FlushPorts): Promise<boolean> {
  const { group, integration, nowMs } = telling;
  const { receiver, repeatIntervalMs } = group.route;
  const target: NotificationTarget = { groupKey: group.key, receiver, integration: integration.name };
  const entry = ports.log.get(target);
  const undelivered = new Set(ports.log.undelivered(target).map(({ labels }) => labels.join('\u0000')));
  const alerts = telling.alerts.map((alert) =>
    alert.resolved && undelivered.has(alert.labels.join('\u0000')) ? { ...alert, missed: true } : alert,
  );
  const firing = new Set(alerts.filter(({ resolved }) => !resolved).map(({ fingerprint }) => fingerprint));
  const resolved = new Set(alerts.filter(({ resolved }) => resolved).map(({ fingerprint }) => fingerprint));
  const missed = alerts.some((alert) => alert.missed);
  const { sendResolved } = integration;
  const reason = notifyReason({ entry, firing, resolved, missed, sendResolved, repeatIntervalMs, nowMs });
  if (reason === undefined) return true;
  if (entry !== undefined && reason === 'repeat interval elapsed' && isAcknowledged(group, alerts, nowMs, ports)) {
    // What was told stays known however long nobody is told again.
    if (entry.expiresMs < nowMs + repeatIntervalMs)
      await ports.log.set({ ...entry, expiresMs: nowMs + 2 * repeatIntervalMs });
    return true;
  }
  const sent = sendResolved ? alerts : alerts.filter((alert) => !alert.resolved || alert.missed);
  // A first notification begins anew: what was remembered belongs to what is over.
  const stored = new Map(Object.entries(reason === 'first notification' ? {} : (entry?.stored ?? {})));
  const delivered =
    sent.length === 0 || (await send({ ...telling, alerts: sent, target, entry, reason, stored }, ports));
  if (!delivered) return false;
  for (const { fingerprint } of sent) group.held.delete(fingerprint);
  const toldMs = ports.clock.nowMs();
  await ports.log.set({
    ...target,
    timeMs: toldMs,
    expiresMs: toldMs + 2 * repeatIntervalMs,
    firing: [...firing],
    resolved: [...resolved],
    stored: Object.fromEntries(stored),
  });
  if (undelivered.size > 0 || ports.log.undelivered(target).length > 0)
    await ports.log.setUndelivered({ ...target, alerts: [], timeMs: nowMs });
  return true;
}

interface Sending extends Telling {
  readonly target: NotificationTarget;
  readonly entry: NotificationEntry | undefined;
  readonly reason: NotifyReason;
  readonly stored: Map<string, string>;
}

async function send(sending: Sending, ports: FlushPorts): Promise<boolean> {
  const { group, integration, alerts, nowMs, target, entry, reason, stored } = sending;
  const startedMs = ports.clock.nowMs();
  const deadlineMs = nowMs + Math.max(group.route.groupIntervalMs, MIN_TIMEOUT_MS);
  const until = { timeMs: deadlineMs, signal: sending.signal };
  const result = await deliver(
    {
      notification: {
        receiver: target.receiver,
        groupKey: group.key,
        groupLabels: group.labels,
        alerts,
        nowMs,
        reason,
        stored,
        idempotencyKey: idempotencyKey(target, entry, alerts),
      },
      notifier: integration.notifier,
      integration: integration.name,
      timeoutMs: integration.timeoutMs,
      deadlineMs,
      signal: sending.signal,
    },
    {
      clock: ports.clock,
      random: ports.random,
      onAttempt: (event) => ports.note([event]),
      onFirstFailure: () => void rememberUndelivered(sending, ports.log),
      turn: () => ports.turns.take(`${target.receiver}/${target.integration}`, urgencyOf(alerts), until),
    },
  );
  if (!result.delivered && result.attempts === 0) await rememberUndelivered(sending, ports.log);
  ports.onDelivered(target, integration.channel, result, (ports.clock.nowMs() - startedMs) / 1000);
  return result.delivered;
}

/** Values of `severity` that people use, the most urgent first; all others come after them. */
const SEVERITIES = ['page', 'critical', 'error', 'warning'];

function urgencyOf(alerts: readonly FlushedAlert[]): Urgency {
  const ranks = alerts.map(({ labels, resolved }) => {
    const found = SEVERITIES.indexOf(labelValue(labels, 'severity').toLowerCase());
    return resolved || found === -1 ? SEVERITIES.length : found;
  });
  return { rank: Math.min(...ranks), sinceMs: Math.min(...alerts.map(({ startsAtMs }) => startsAtMs)) };
}

/** Alerts this integration has not heard of yet are kept, so that it hears of them even when they end before it can. */
function rememberUndelivered({ alerts, target, entry, nowMs }: Sending, log: NotificationLog): Promise<void> {
  const known = new Set(entry?.firing ?? []);
  const unheard = alerts.filter((alert) => alert.missed || (!alert.resolved && !known.has(alert.fingerprint)));
  const byLabels = new Map(log.undelivered(target).map((alert) => [alert.labels.join('\u0000'), alert]));
  for (const alert of unheard) {
    const { labels, annotations, startsAtMs, endsAtMs, updatedAtMs, generatorUrl } = alert;
    byLabels.set(labels.join('\u0000'), { labels, annotations, startsAtMs, endsAtMs, updatedAtMs, generatorUrl });
  }
  if (byLabels.size === 0) return Promise.resolve();
  return log.setUndelivered({ ...target, alerts: [...byLabels.values()], timeMs: nowMs });
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

/** Whether somebody has every firing alert of the group in hand, so that it is not repeated. */
function isAcknowledged(
  group: AggregationGroup,
  alerts: readonly FlushedAlert[],
  nowMs: number,
  ports: FlushPorts,
): boolean {
  const firing = alerts.filter(({ resolved }) => !resolved);
  const people = firing.map(({ labels }) => ports.acknowledgedBy(group.key, labels));
  if (people.length === 0 || people.includes(undefined)) return false;
  ports.onHeld('acknowledged', firing.length);
  const events = firing.flatMap(({ fingerprint, labels }, i): HeldEvent[] => {
    const by = [people[i] ?? ''];
    const why = ['acknowledged', ...by].join('\u0000');
    if (group.held.get(fingerprint) === why) return [];
    group.held.set(fingerprint, why);
    const { key: groupKey, route } = group;
    return [{ kind: 'held', timeMs: nowMs, labels, groupKey, receiver: route.receiver, reason: 'acknowledged', by }];
  });
  ports.note(events);
  return true;
}
