import type { Clock } from '../base/clock.ts';
import { type Alert, DRILL_LABEL } from '../model/alert.ts';
import type { AlertEvent, RuleIdentity } from '../model/alert_event.ts';
import { type Labels, labelValue, withLabels } from '../model/labels.ts';
import type { LoadedRule } from './shadow_rule.ts';

export interface OwnAlertsOptions {
  readonly clock: Clock;
  readonly ownAlerts: (rule: LoadedRule) => number;
}

/**
 * A fault that is switched on makes the rule itself true too. Its own alerts get the drill's label, which makes them the
 * same alert as the drill's: nobody is paged twice, and no figure counts them.
 */
export interface OwnAlertsMark {
  /** From now on a rule's alerts are a drill's. */
  take(drillId: string, rule: LoadedRule): void;
  /** The drill is over: its mark stays until the rule's own alerts have ended, at most for a while. */
  settle(drillId: string): void;
  /** Alerts of the rules with the mark; while the drill runs it tells them itself. */
  marked(alerts: readonly Alert[]): readonly Alert[];
  markedEvents(events: readonly AlertEvent[]): readonly AlertEvent[];
}

/** What a drill leaves of its fault is over by then; what fires longer is a fault of its own and pages, ms. */
const SETTLING_MS = 15 * 60_000;
const LOOK_MS = 5_000;

interface Mark {
  readonly rule: LoadedRule;
  isOver: boolean;
}

export function createOwnAlertsMark({ clock, ownAlerts }: OwnAlertsOptions): OwnAlertsMark {
  const marks = new Map<string, Mark>();
  const markOf = (name: string, labels: Labels, identity?: RuleIdentity): readonly [string, Mark] | undefined =>
    [...marks].find(
      ([
        ,
        {
          rule: { group, rule },
        },
      ]) =>
        rule.name === name &&
        (identity === undefined
          ? hasLabels(labels, rule.labels)
          : identity.file === group.file && identity.group === group.name),
    );
  const isDrilled = (labels: Labels): boolean => labelValue(labels, DRILL_LABEL) !== '';
  return {
    take: (drillId, rule) => void marks.set(drillId, { rule, isOver: false }),
    settle(drillId) {
      const mark = marks.get(drillId);
      if (mark === undefined) return;
      mark.isOver = true;
      const untilMs = clock.nowMs() + SETTLING_MS;
      const look = (): void => {
        if (ownAlerts(mark.rule) === 0 || clock.nowMs() >= untilMs) marks.delete(drillId);
        else clock.at(clock.nowMs() + LOOK_MS, look);
      };
      // What ended just now is told as ended once more.
      clock.at(clock.nowMs() + LOOK_MS, look);
    },
    marked(alerts) {
      if (marks.size === 0) return alerts;
      return alerts.flatMap((alert) => {
        const found = markOf(labelValue(alert.labels, 'alertname'), alert.labels);
        if (found === undefined) return [alert];
        const [drillId, mark] = found;
        return mark.isOver ? [{ ...alert, labels: withLabels(alert.labels, [[DRILL_LABEL, drillId]]) }] : [];
      });
    },
    markedEvents(events) {
      if (marks.size === 0) return events;
      return events.map((event) => {
        if (event.kind !== 'state' || isDrilled(event.labels)) return event;
        const found = markOf(event.rule.rule, event.labels, event.rule);
        return found === undefined ? event : { ...event, labels: withLabels(event.labels, [[DRILL_LABEL, found[0]]]) };
      });
    },
  };
}

/** Whether an alert has the labels its rule sets without a template: two rules of one name are told apart by them. */
function hasLabels(labels: Labels, set: ReadonlyMap<string, string>): boolean {
  return [...set].every(([name, value]) => value.includes('{{') || labelValue(labels, name) === value);
}
