import { labelsKey, type Matcher } from '../model/labels.ts';
import type { ActiveAlert, ActiveAlerts } from './alert_states.ts';
import type { RuleDefinition } from './definition.ts';
import type { LastSample } from './ports.ts';
import { forStateLabels } from './rule_state.ts';

/** How alerts continue after a restart; ms. */
export interface RestoreBounds {
  /** Alerts that were last seen before this long ago begin anew (upstream: --rules.alert.for-outage-tolerance). */
  readonly outageToleranceMs: number;
  /** After an outage an alert that has to wait for longer than this waits at least this long (upstream: --rules.alert.for-grace-period). */
  readonly gracePeriodMs: number;
  /** An outage up to this is a restart: alerts continue as if there had been none. Upstream knows no such thing. */
  readonly restartMs: number;
}

export const RESTORE_BOUNDS: RestoreBounds = {
  outageToleranceMs: 3_600_000,
  gracePeriodMs: 600_000,
  restartMs: 300_000,
};

/** The ALERTS_FOR_STATE series of a rule; labels that are templates differ from alert to alert and are left out. */
export function forStateMatchers({ name, labels }: RuleDefinition): readonly Matcher[] {
  const fixed = [...labels].filter(([label, value]) => !value.includes('{{') && label !== 'alertname');
  return [['__name__', 'ALERTS_FOR_STATE'], ['alertname', name], ...fixed].map(([label = '', value = '']) => ({
    name: label,
    operator: '=',
    value,
  }));
}

/** Alerts with the time they became active before the outage (upstream's Group.RestoreForState). */
export function restoredAlerts(
  active: ActiveAlerts,
  stored: readonly LastSample[],
  forMs: number,
  nowMs: number,
  bounds: RestoreBounds = RESTORE_BOUNDS,
): ActiveAlerts {
  const byLabels = new Map(stored.map((sample) => [labelsKey(sample.labels), sample]));
  const restored = new Map<string, ActiveAlert>();
  for (const [key, alert] of active) {
    const sample = byLabels.get(labelsKey(forStateLabels(alert)));
    // NaN: it had ended before the outage.
    const isKnown = sample !== undefined && !Number.isNaN(sample.value);
    const activeAtMs = isKnown ? continuedAtMs(sample, forMs, nowMs, bounds) : undefined;
    restored.set(key, activeAtMs === undefined ? alert : { ...alert, activeAtMs });
  }
  return restored;
}

/** Undefined for an alert that begins anew. */
function continuedAtMs(
  { timeMs: downMs, value }: LastSample,
  forMs: number,
  nowMs: number,
  { gracePeriodMs, restartMs }: RestoreBounds,
): number | undefined {
  const activeAtMs = value * 1000;
  if (nowMs - downMs <= restartMs) return activeAtMs;
  // Beginning anew it waits for less than the grace period.
  if (forMs < gracePeriodMs) return undefined;
  const leftMs = forMs - (downMs - activeAtMs);
  // It was firing.
  if (leftMs <= 0) return activeAtMs;
  return leftMs < gracePeriodMs ? nowMs + gracePeriodMs - forMs : activeAtMs + (nowMs - downMs);
}
