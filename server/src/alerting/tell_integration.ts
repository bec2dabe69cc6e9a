import type { Alert } from '../model/alert.ts';
import type { HeldEvent } from '../model/alert_event.ts';
import { labelsKey } from '../model/labels.ts';
import type { AggregationGroup } from './aggregation_group.ts';
import { notifyReason } from './dedup.ts';
import type { NotificationEntry, NotificationTarget } from './notification_log.ts';
import { plainAlert, sendNotification } from './send_notification.ts';
import type { FlushedAlert, FlushPorts, Telling, Told } from './telling.ts';

/** Dedup, retry and set-notifies stages of one integration. Never rejects. */
export async function tellIntegration(telling: Telling, ports: FlushPorts): Promise<Told> {
  const { group, receiver, integration, nowMs } = telling;
  const { repeatIntervalMs } = group.route;
  const target: NotificationTarget = { groupKey: group.key, receiver, integration: integration.name };
  const entry = ports.log.get(target);
  const undelivered = new Set(ports.log.undelivered(target).map(({ labels }) => labelsKey(labels)));
  const alerts = telling.alerts.map((alert) =>
    alert.resolved && undelivered.has(labelsKey(alert.labels)) ? { ...alert, missed: true } : alert,
  );
  const firing = new Set(alerts.filter(({ resolved }) => !resolved).map(({ fingerprint }) => fingerprint));
  const resolved = new Set(alerts.filter(({ resolved }) => resolved).map(({ fingerprint }) => fingerprint));
  const again = firedAgain({ alerts, entry, undelivered }, ports.log.undeliveredEnds(target));
  const missed = again.size > 0 || alerts.some((alert) => alert.missed);
  const { sendResolved } = integration;
  const reason = notifyReason({ entry, firing, resolved, missed, sendResolved, repeatIntervalMs, nowMs });
  if (reason === undefined) return 'told';
  if (entry !== undefined && reason === 'repeat interval elapsed') {
    if (!telling.repeats || isAcknowledged(group, alerts, nowMs, ports)) {
      // What was told stays known however long nobody is told again.
      if (entry.expiresMs < nowMs + repeatIntervalMs) void ports.log.prolong(entry, nowMs + 2 * repeatIntervalMs);
      return 'told';
    }
  }
  const sent = sendResolved ? alerts : alerts.filter((alert) => !alert.resolved || alert.missed);
  // A first notification begins anew: what was remembered belongs to what is over.
  const stored = new Map(Object.entries(reason === 'first notification' ? {} : (entry?.stored ?? {})));
  if (sent.length > 0) {
    const result = await sendNotification({ ...telling, alerts: sent, target, entry, reason, stored, again }, ports);
    if (!result.delivered) return result.permanent ? 'refused' : 'failed';
  }
  for (const { fingerprint } of sent) group.held.delete(fingerprint);
  const toldMs = ports.clock.nowMs();
  await ports.log.set({
    ...target,
    timeMs: toldMs,
    expiresMs: toldMs + 2 * repeatIntervalMs,
    firing: [...firing],
    resolved: [...resolved],
    stored: Object.fromEntries(stored),
    alerts: alerts.filter((alert) => !alert.resolved).map(plainAlert),
  });
  return 'told';
}

/** Fingerprints of alerts that were told, and ended and fired again while the integration could not be told. */
function firedAgain(
  {
    alerts,
    entry,
    undelivered,
  }: {
    readonly alerts: readonly FlushedAlert[];
    readonly entry: NotificationEntry | undefined;
    /** Keys of labels. */
    readonly undelivered: ReadonlySet<string>;
  },
  undeliveredEnds: readonly Alert[],
): ReadonlySet<string> {
  const ends = new Map(undeliveredEnds.map(({ labels, endsAtMs }) => [labelsKey(labels), endsAtMs]));
  const known = new Set(entry?.firing ?? []);
  const found = alerts.filter(({ resolved, fingerprint, labels, startsAtMs }) => {
    if (resolved || !known.has(fingerprint)) return false;
    const key = labelsKey(labels);
    return undelivered.has(key) || startsAtMs >= (ends.get(key) ?? Number.POSITIVE_INFINITY);
  });
  return new Set(found.map(({ fingerprint }) => fingerprint));
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
