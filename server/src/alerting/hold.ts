import type { AlertEvent, HeldEvent } from '../model/alert_event.ts';
import type { AggregationGroup } from './aggregation_group.ts';
import { inTimeInterval, type TimeInterval } from './config/time_intervals.ts';
import type { HeldAlert } from './held_alert.ts';
import type { Inhibitor } from './inhibitor.ts';
import type { RouteNode } from './route_tree.ts';
import type { Silences } from './silences.ts';

/** What keeps alerts from being told. */
export interface HoldPorts {
  readonly inhibitor: Inhibitor;
  readonly silences: Pick<Silences, 'by'>;
  readonly timeIntervals: ReadonlyMap<string, readonly TimeInterval[]>;
}

type Reason = HeldEvent['reason'];

/** What a flush lets through, and what it is to note about the rest. */
export interface Passed<Item> {
  readonly passed: readonly Item[];
  readonly events: readonly AlertEvent[];
  /** How many were held, by reason. */
  readonly counts: ReadonlyMap<Reason, number>;
}

/**
 * Upstream's stages in their order: inhibition, active times, muted times, silences. An alert is held by the first that
 * holds it, and noted when that reason begins.
 */
export function passAlerts<Item extends HeldAlert>(
  group: AggregationGroup,
  alerts: readonly Item[],
  nowMs: number,
  ports: HoldPorts,
): Passed<Item> {
  const events: AlertEvent[] = [];
  const counts = new Map<Reason, number>();
  const hold = (alert: Item, reason: Reason, by: readonly string[]): void => {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
    const why = [reason, ...by].join('\u0000');
    if (group.held.get(alert.fingerprint) === why) return;
    group.held.set(alert.fingerprint, why);
    const { key: groupKey, route } = group;
    events.push({ kind: 'held', timeMs: nowMs, labels: alert.labels, groupKey, receiver: route.receiver, reason, by });
  };
  const uninhibited = alerts.filter((alert) => {
    const source = ports.inhibitor.by(alert.labels, nowMs);
    if (source !== undefined) hold(alert, 'inhibited', [source]);
    return source === undefined;
  });
  const muted = mutedNow(group.route, nowMs, ports.timeIntervals);
  group.mutedBy = muted?.by ?? [];
  if (muted !== undefined) {
    for (const alert of uninhibited) hold(alert, muted.reason, muted.by);
    return { passed: [], events, counts };
  }
  const passed = uninhibited.filter((alert) => {
    const silences = ports.silences.by(alert.labels);
    if (silences.length > 0) hold(alert, 'silenced', silences);
    return silences.length === 0;
  });
  // Whether it is acknowledged is asked later, where it would be repeated.
  for (const { fingerprint } of passed)
    if (group.held.get(fingerprint)?.startsWith('acknowledged') !== true) group.held.delete(fingerprint);
  return { passed, events, counts };
}

/** The names of time intervals that keep a route from telling anything now; undefined: none does. */
export function mutedNow(
  route: RouteNode,
  nowMs: number,
  intervals: ReadonlyMap<string, readonly TimeInterval[]>,
): { readonly reason: 'inactive' | 'muted'; readonly by: readonly string[] } | undefined {
  const within = (name: string): boolean =>
    intervals.get(name)?.some((interval) => inTimeInterval(interval, nowMs)) === true;
  const { activeTimeIntervals, muteTimeIntervals } = route;
  if (activeTimeIntervals.length > 0 && !activeTimeIntervals.some(within))
    return { reason: 'inactive', by: activeTimeIntervals };
  const muting = muteTimeIntervals.filter(within);
  return muting.length > 0 ? { reason: 'muted', by: muting } : undefined;
}
