import type { AlertState } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';

/** One alert of a rule as it is kept between evaluations (upstream's rules.Alert). Times are ms since the epoch, 0 for none. */
export interface ActiveAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: AlertState;
  /** Of the last evaluation that had it. */
  readonly value: number;
  /** When its condition began to hold. */
  readonly activeAtMs: number;
  readonly firedAtMs: number;
  readonly resolvedAtMs: number;
  readonly keepFiringSinceMs: number;
  readonly lastSentMs: number;
}

/** By the key of the label set. Resolved ones stay for a while, so that alerting is told more than once. */
export type ActiveAlerts = ReadonlyMap<string, ActiveAlert>;

/** An element of the expression's result, with labels and annotations expanded. */
export interface FoundAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly value: number;
}

export interface AlertTimings {
  readonly forMs: number;
  readonly keepFiringForMs: number;
}

export interface StateChange {
  readonly labels: Labels;
  readonly from: AlertState;
  readonly to: AlertState;
  /** NaN for what is gone. */
  readonly value: number;
}

export interface AlertStep {
  readonly alerts: ActiveAlerts;
  readonly changes: readonly StateChange[];
  /** How many are pending or firing. */
  readonly activeCount: number;
}

/** How long a resolved alert is kept and told again (upstream's resolvedRetention). */
const RESOLVED_RETENTION_MS = 15 * 60_000;

/**
 * The alerts of a rule after an evaluation: prometheus/rules/alerting.go, AlertingRule.Eval. Nothing is changed in
 * place, so that an evaluation that turns out to be a failure leaves everything as it was.
 */
export function stepAlerts(
  before: ActiveAlerts,
  found: ReadonlyMap<string, FoundAlert>,
  timings: AlertTimings,
  timeMs: number,
): AlertStep {
  const alerts = new Map<string, ActiveAlert>();
  const changes: StateChange[] = [];
  let activeCount = 0;
  const put = (key: string, from: AlertState, alert: ActiveAlert, value: number): void => {
    alerts.set(key, alert);
    if (alert.state !== 'inactive') activeCount++;
    if (alert.state !== from) changes.push({ labels: alert.labels, from, to: alert.state, value });
  };
  for (const [key, { labels, annotations, value }] of found) {
    const known = before.get(key);
    const alert: ActiveAlert =
      known === undefined || known.state === 'inactive'
        ? { ...NEVER, labels, annotations, value, state: 'pending', activeAtMs: timeMs }
        : { ...known, annotations, value, keepFiringSinceMs: 0 };
    put(key, known?.state ?? 'inactive', aged(alert, timings, timeMs), value);
  }
  for (const [key, alert] of before) {
    if (found.has(key)) continue;
    const left = vanished(alert, timings, timeMs);
    if (left !== undefined) put(key, alert.state, left, Number.NaN);
    else if (alert.state === 'pending')
      changes.push({ labels: alert.labels, from: 'pending', to: 'inactive', value: Number.NaN });
  }
  return { alerts, changes, activeCount };
}

const NEVER = { firedAtMs: 0, resolvedAtMs: 0, keepFiringSinceMs: 0, lastSentMs: 0 };

/** Pending becomes firing when `for` is over; firing becomes pending when `for` has become longer than it has held. */
function aged(alert: ActiveAlert, { forMs }: AlertTimings, timeMs: number): ActiveAlert {
  const isDue = timeMs - alert.activeAtMs >= forMs;
  if (alert.state === 'pending' && isDue) return { ...alert, state: 'firing', firedAtMs: timeMs };
  if (alert.state === 'firing' && !isDue) return { ...alert, ...NEVER, state: 'pending' };
  return alert;
}

/** What is left of an alert that the expression does not give any more; undefined for nothing. */
function vanished(alert: ActiveAlert, timings: AlertTimings, timeMs: number): ActiveAlert | undefined {
  if (alert.state === 'pending') return undefined;
  if (alert.state === 'inactive') return timeMs - alert.resolvedAtMs > RESOLVED_RETENTION_MS ? undefined : alert;
  if (timings.keepFiringForMs > 0) {
    const since = alert.keepFiringSinceMs === 0 ? timeMs : alert.keepFiringSinceMs;
    if (timeMs - since < timings.keepFiringForMs) return aged({ ...alert, keepFiringSinceMs: since }, timings, timeMs);
  }
  return { ...alert, state: 'inactive', resolvedAtMs: timeMs };
}
