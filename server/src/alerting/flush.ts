import type { AggregationGroup } from './aggregation_group.ts';
import { tellFallback } from './fallback.ts';
import { compareAlerts, isResolved } from './held_alert.ts';
import { passAlerts } from './hold.ts';
import { tellIntegration } from './tell_integration.ts';
import type { FlushedAlert, FlushPorts } from './telling.ts';

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
  const { receiver } = group.route;
  const integrations = ports.integrationsOf(receiver);
  const telling = { group, receiver, alerts: passed, nowMs, signal, repeats: true };
  const own = Promise.all(integrations.map((integration) => tellIntegration({ ...telling, integration }, ports)));
  const instead = await tellFallback(telling, integrations, own, ports);
  return instead && (await own).every((told) => told === 'told');
}
