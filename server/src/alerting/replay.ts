import type { Labels } from '../model/labels.ts';
import { inTimeInterval } from './config/time_intervals.ts';
import type { AlertmanagerConfig } from './config/types.ts';
import { type NotifyReason, notifyReason } from './dedup.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { NotificationEntry } from './notification_log.ts';
import { groupIdentity, groupKey, groupLabels, matchRoutes, type RouteNode, routeTree } from './route_tree.ts';

/** An alert that fires from one moment to another, ms since the epoch. */
export interface ReplayedAlert {
  readonly labels: Labels;
  readonly firedAtMs: number;
  /** Undefined while it fires at the end. */
  readonly resolvedAtMs: number | undefined;
}

/** What a receiver would have been told. */
export interface ReplayedNotification {
  readonly timeMs: number;
  readonly receiver: string;
  readonly groupLabels: Labels;
  readonly reason: NotifyReason;
  readonly firing: readonly ReplayedAlert[];
  readonly resolved: readonly ReplayedAlert[];
}

interface ReplayedGroup {
  readonly route: RouteNode;
  readonly labels: Labels;
  /** In the order they began. */
  readonly alerts: Fingerprinted[];
}

interface Fingerprinted {
  readonly alert: ReplayedAlert;
  readonly id: string;
}

/** Flushes of one group that are looked at: what a short interval can make of a long range is bounded. */
const MOST_FLUSHES = 1_000_000;

/**
 * The notifications a configuration makes of alerts up to `toMs`, in order of time: routes, grouping, waits, repeats, mute
 * and active time intervals, resolutions. Nothing is silenced and nothing inhibits; every receiver takes what it is told.
 */
export function replayNotifications(
  config: AlertmanagerConfig,
  alerts: readonly ReplayedAlert[],
  toMs: number,
): readonly ReplayedNotification[] {
  const root = routeTree(config.route);
  const groups = new Map<string, ReplayedGroup>();
  for (const alert of [...alerts].sort((a, b) => a.firedAtMs - b.firedAtMs)) {
    for (const route of matchRoutes(root, alert.labels)) {
      const labels = groupLabels(route, alert.labels);
      const key = groupIdentity(route, labels);
      const group = groups.get(key) ?? { route, labels, alerts: [] };
      group.alerts.push({ alert, id: fingerprintOf(alert.labels) });
      groups.set(key, group);
    }
  }
  return [...groups.values()].flatMap((group) => replayGroup(group, config, toMs)).sort((a, b) => a.timeMs - b.timeMs);
}

function replayGroup(
  { route, labels, alerts }: ReplayedGroup,
  config: AlertmanagerConfig,
  toMs: number,
): readonly ReplayedNotification[] {
  const told: ReplayedNotification[] = [];
  const receiver = config.receivers.get(route.receiver);
  const isTold = receiver !== undefined && receiver.integrations.length > 0;
  const sendResolved = receiver?.integrations.some((integration) => integration.sendResolved) ?? false;
  const target = { groupKey: groupKey(route, labels), receiver: route.receiver, integration: '' };
  let entry: NotificationEntry | undefined;
  let next = 0;
  let held: Fingerprinted[] = [];
  let flushMs = 0;
  for (let flushes = 0; flushes < MOST_FLUSHES; flushes++) {
    if (held.length === 0) {
      const first = alerts[next];
      if (first === undefined) break;
      flushMs = first.alert.firedAtMs + route.groupWaitMs;
    }
    if (flushMs > toMs) break;
    for (; (alerts[next]?.alert.firedAtMs ?? Infinity) <= flushMs; next++) {
      const come = alerts[next] as Fingerprinted;
      held = [...held.filter(({ id }) => id !== come.id), come];
    }
    if (!isMuted(route, config, flushMs)) {
      const [firing, resolved] = parted(held, flushMs);
      const reason = notifyReason({
        entry,
        firing: new Set(firing.map(({ id }) => id)),
        resolved: new Set(resolved.map(({ id }) => id)),
        missed: false,
        sendResolved,
        repeatIntervalMs: route.repeatIntervalMs,
        nowMs: flushMs,
      });
      if (reason !== undefined) {
        const ids = (list: readonly Fingerprinted[]): string[] => list.map(({ id }) => id);
        entry = {
          ...target,
          timeMs: flushMs,
          expiresMs: Infinity,
          firing: ids(firing),
          resolved: ids(resolved),
          stored: {},
        };
        if (isTold && (firing.length > 0 || sendResolved)) {
          const alertsOf = (list: readonly Fingerprinted[]): ReplayedAlert[] => list.map(({ alert }) => alert);
          const said = { firing: alertsOf(firing), resolved: sendResolved ? alertsOf(resolved) : [] };
          told.push({ timeMs: flushMs, receiver: route.receiver, groupLabels: labels, reason, ...said });
        }
      }
      // What was told as resolved leaves the group.
      held = firing;
    }
    flushMs = nextFlush({ route, held, alerts, next, entry, flushMs, muted: isMuted(route, config, flushMs) });
  }
  return told;
}

function parted(held: readonly Fingerprinted[], atMs: number): [firing: Fingerprinted[], resolved: Fingerprinted[]] {
  const isFiring = ({ alert }: Fingerprinted): boolean => (alert.resolvedAtMs ?? Infinity) > atMs;
  return [held.filter(isFiring), held.filter((one) => !isFiring(one))];
}

interface FlushState {
  readonly route: RouteNode;
  readonly held: readonly Fingerprinted[];
  readonly alerts: readonly Fingerprinted[];
  readonly next: number;
  readonly entry: NotificationEntry | undefined;
  readonly flushMs: number;
  readonly muted: boolean;
}

/** The next flush at which anything can have changed: flushes before it are passed over. */
function nextFlush({ route, held, alerts, next, entry, flushMs, muted }: FlushState): number {
  const { groupIntervalMs, repeatIntervalMs } = route;
  if (muted) return flushMs + groupIntervalMs;
  const ends = held.map(({ alert }) => alert.resolvedAtMs ?? Infinity);
  const changeMs = Math.min(
    ...ends,
    alerts[next]?.alert.firedAtMs ?? Infinity,
    entry === undefined ? Infinity : entry.timeMs + repeatIntervalMs + 1,
  );
  const intervals = Math.max(1, Math.ceil((changeMs - flushMs) / groupIntervalMs));
  return flushMs + intervals * groupIntervalMs;
}

function isMuted(route: RouteNode, config: AlertmanagerConfig, timeMs: number): boolean {
  const isIn = (name: string): boolean =>
    config.timeIntervals.get(name)?.some((interval) => inTimeInterval(interval, timeMs)) ?? false;
  if (route.muteTimeIntervals.some(isIn)) return true;
  return route.activeTimeIntervals.length > 0 && !route.activeTimeIntervals.some(isIn);
}
