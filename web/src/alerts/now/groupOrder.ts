import type { AlertGroupNow } from '@trilith/contract';
import { isHeld } from './toldState.ts';

/** What a card is coloured by: `critical` wakes somebody, `warning` does not, `held` is told to nobody now. */
export type Severity = 'critical' | 'warning' | 'info' | 'held';

const order: readonly Severity[] = ['critical', 'warning', 'info', 'held'];
const severe = new Set(['page', 'critical', 'error', 'high', 'p1', 'sev1', 'emergency', 'fatal']);
const harmless = new Set(['info', 'none', 'low', 'notice']);

export function severityOf(labels: Readonly<Record<string, string>>): Exclude<Severity, 'held'> {
  const written = (labels.severity ?? labels.priority ?? '').toLowerCase();
  if (severe.has(written)) return 'critical';
  return harmless.has(written) ? 'info' : 'warning';
}

/** The worst of a group's alerts that are not held back; `held` when all are. */
export function groupSeverity({ alerts, mutedBy }: AlertGroupNow): Severity {
  const told = mutedBy.length > 0 ? [] : alerts.filter((alert) => !isHeld(alert));
  return (
    told.map(({ labels }) => severityOf(labels)).toSorted((a, b) => order.indexOf(a) - order.indexOf(b))[0] ?? 'held'
  );
}

/** Those that wake somebody first; among equals the newest. */
export function inOrder(groups: readonly AlertGroupNow[]): readonly AlertGroupNow[] {
  const rank = (group: AlertGroupNow): number => order.indexOf(groupSeverity(group));
  return groups.toSorted((a, b) => rank(a) - rank(b) || startOf(b) - startOf(a));
}

/** When the newest alert of a group began, ms. */
export function startOf({ alerts }: AlertGroupNow): number {
  return Math.max(0, ...alerts.map(({ startsAtMs }) => startsAtMs));
}
