import type { AlertsNowAnswer } from '@trilith/contract';
import { severityOf } from '../alerts/now/groupOrder.ts';
import { isHeld } from '../alerts/now/toldState.ts';
import { serviceOf } from '../chart/series.ts';

/** Alerts that fire about a service, those of its objectives among them. */
export interface NodeAlerts {
  readonly count: number;
  /** Of the worst of them. */
  readonly severity: ReturnType<typeof severityOf>;
}

const worstFirst = ['critical', 'warning', 'info'] as const;

/** Alerts by the service their labels name; those that are held back (silenced, inhibited, muted) are left out. */
export function alertsByService(
  { groups }: AlertsNowAnswer,
  services: ReadonlySet<string>,
): ReadonlyMap<string, NodeAlerts> {
  const seen = new Set<string>();
  const found = new Map<string, NodeAlerts>();
  for (const { alerts, mutedBy } of groups) {
    if (mutedBy.length > 0) continue;
    for (const alert of alerts) {
      const service = serviceOf(alert.labels, services);
      // An alert that two groups tell of is one.
      if (service === null || isHeld(alert) || seen.has(alert.fingerprint)) continue;
      seen.add(alert.fingerprint);
      const before = found.get(service);
      const severities = [severityOf(alert.labels), ...(before === undefined ? [] : [before.severity])];
      const severity = worstFirst.find((one) => severities.includes(one)) ?? 'info';
      found.set(service, { count: (before?.count ?? 0) + 1, severity });
    }
  }
  return found;
}
