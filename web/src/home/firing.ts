import type { AlertsNowAnswer } from '@trilith/contract';
import { severityOf } from '../alerts/now/groupOrder.ts';
import { isHeld } from '../alerts/now/toldState.ts';

type Severity = ReturnType<typeof severityOf>;

/** How many alerts fire by severity; one that is in several groups counts once, those told to nobody now are `held`. */
export function firingBySeverity({ groups }: AlertsNowAnswer): {
  readonly counts: Readonly<Record<Severity, number>>;
  readonly held: number;
} {
  const severities = new Map<string, Severity | 'held'>();
  for (const { alerts, mutedBy } of groups)
    for (const alert of alerts) {
      const held = mutedBy.length > 0 || isHeld(alert);
      // Told by one group is told.
      if (!held || !severities.has(alert.fingerprint))
        severities.set(alert.fingerprint, held ? 'held' : severityOf(alert.labels));
    }
  const counts = { critical: 0, warning: 0, info: 0 };
  let held = 0;
  for (const severity of severities.values())
    if (severity === 'held') held += 1;
    else counts[severity] += 1;
  return { counts, held };
}
