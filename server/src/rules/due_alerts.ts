import type { Alert } from '../model/alert.ts';
import { type Labels, labelsFrom } from '../model/labels.ts';
import type { ActiveAlert, ActiveAlerts } from './alert_states.ts';

/** How alerts of a rule are told to alerting. */
export interface Telling {
  readonly timeMs: number;
  readonly intervalMs: number;
  /** The least time between two tellings of the same alert, ms. */
  readonly resendDelayMs: number;
  /** Put on alerts that have no label of that name. */
  readonly externalLabels: Labels;
  /** Where the rule's expression can be looked at. */
  readonly link: () => string;
}

/**
 * The alerts of a rule that alerting has to be told of now, and all of them with when they were told: upstream's
 * AlertingRule.sendAlerts. Undefined where there is nothing to tell.
 */
export function dueAlerts(
  active: ActiveAlerts,
  telling: Telling,
): { readonly active: ActiveAlerts; readonly alerts: readonly Alert[] } | undefined {
  const alerts: Alert[] = [];
  let told: Map<string, ActiveAlert> | undefined;
  for (const [key, alert] of active) {
    if (!isDue(alert, telling)) continue;
    told ??= new Map(active);
    told.set(key, { ...alert, lastSentMs: telling.timeMs });
    alerts.push(toldAlert(alert, telling));
  }
  return told === undefined ? undefined : { active: told, alerts };
}

/** Upstream's needsSending. */
function isDue(alert: ActiveAlert, { timeMs, resendDelayMs }: Telling): boolean {
  if (alert.state === 'pending') return false;
  if (alert.resolvedAtMs > alert.lastSentMs) return true;
  return alert.lastSentMs + resendDelayMs < timeMs;
}

/** A firing alert counts until two evaluations or sends have failed, unless it is told again (upstream's ValidUntil). */
function toldAlert(alert: ActiveAlert, telling: Telling): Alert {
  const { timeMs, intervalMs, resendDelayMs, externalLabels, link } = telling;
  const validUntilMs = timeMs + 4 * Math.max(intervalMs, resendDelayMs);
  return {
    labels: withDefaults(alert.labels, externalLabels),
    annotations: alert.annotations,
    startsAtMs: alert.firedAtMs,
    endsAtMs: alert.state === 'inactive' ? alert.resolvedAtMs : validUntilMs,
    updatedAtMs: timeMs,
    generatorUrl: link(),
  };
}

/** A label set with others, where it has none of that name. */
export function withDefaults(labels: Labels, defaults: Labels): Labels {
  if (defaults.length === 0) return labels;
  const pairs = (list: Labels): [string, string][] =>
    Array.from({ length: list.length / 2 }, (_, i) => [list[i * 2] as string, list[i * 2 + 1] as string]);
  return labelsFrom([...pairs(defaults), ...pairs(labels)]);
}
