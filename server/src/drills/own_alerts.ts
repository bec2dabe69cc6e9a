import type { Clock } from '../base/clock.ts';
import { type Alert, DRILL_LABEL } from '../model/alert.ts';
import type { AlertEvent, RuleIdentity } from '../model/alert_event.ts';
import { type Labels, labelsKey, labelValue, withLabels } from '../model/labels.ts';
import { type DrillPorts, drilledLabels } from './hop.ts';
import type { LoadedRule, RuleView } from './shadow_rule.ts';

export interface OwnAlertsOptions extends Pick<DrillPorts, 'ownAlerts' | 'externalLabels'> {
  readonly clock: Clock;
}

/**
 * A fault that is switched on makes the rule itself true too. Its own alerts with the labels that the drill's have get the
 * drill's label, which makes them the same alerts: nobody is paged twice, and no figure counts them. All others of the rule
 * are in earnest: something else broke meanwhile.
 */
export interface OwnAlertsMark {
  /** From now on what a rule has in common with a drill is the drill's. */
  take(drillId: string, rule: LoadedRule): void;
  /** What the drill found pending and firing. When the first fires it is settled which label sets are the drill's. */
  saw(drillId: string, view: Pick<RuleView, 'timeMs' | 'alerts' | 'error'>): void;
  /** The drill is over: its mark stays until the rule's own alerts have ended, at most for a while. */
  settle(drillId: string): void;
  /** Alerts of the rules with the mark, without those that the drill tells itself. */
  marked(alerts: readonly Alert[]): readonly Alert[];
  markedEvents(events: readonly AlertEvent[]): readonly AlertEvent[];
}

/** What a drill leaves of its fault is over by then; what fires longer is a fault of its own and pages, ms. */
const SETTLING_MS = 15 * 60_000;
const LOOK_MS = 5_000;
/** The rule and the drill may be this far apart in what they see, ms: their evaluations, and samples that came in between. */
const APART_MS = 10_000;

interface Mark {
  readonly rule: LoadedRule;
  stage: 'watching' | 'telling' | 'over';
  /** What is the drill's, as `labelsKey`, and whether it fires. */
  labelSets: ReadonlyMap<string, boolean>;
  /** The last time the drill looked, ms. */
  lookedMs: number;
}

/** `told`: the drill tells it. `drilled`: it is the drill's. `undecided`: the drill has not looked since it began. */
type Verdict = 'told' | 'drilled' | 'undecided';

export function createOwnAlertsMark({ clock, ...ports }: OwnAlertsOptions): OwnAlertsMark {
  const marks = new Map<string, Mark>();
  const keyOf = (labels: Labels): string => labelsKey(drilledLabels(withLabels(labels, [[DRILL_LABEL, '']]), ports));
  const verdictOf = ({ stage, labelSets, lookedMs }: Mark, labels: Labels, sinceMs: number): Verdict | undefined => {
    const fires = labelSets.get(keyOf(labels));
    if (fires !== undefined) return stage === 'over' || (stage === 'telling' && !fires) ? 'drilled' : 'told';
    return stage === 'watching' && sinceMs > lookedMs - APART_MS ? 'undecided' : undefined;
  };
  /** What an alert or event that began at a time is to the newest drill it has to do with. */
  const markOf = (
    name: string,
    labels: Labels,
    sinceMs: number,
    identity?: RuleIdentity,
  ): readonly [drillId: string, Verdict] | undefined => {
    for (const [drillId, mark] of [...marks].reverse()) {
      const { group, rule } = mark.rule;
      if (rule.name !== name) continue;
      if (identity !== undefined && !(identity.file === group.file && identity.group === group.name)) continue;
      if (identity === undefined && !hasLabels(labels, rule.labels)) continue;
      const verdict = verdictOf(mark, labels, sinceMs);
      if (verdict !== undefined) return [drillId, verdict];
    }
    return undefined;
  };
  const isDrilled = (labels: Labels): boolean => labelValue(labels, DRILL_LABEL) !== '';
  return {
    take: (drillId, rule) =>
      void marks.set(drillId, { rule, stage: 'watching', labelSets: new Map(), lookedMs: Number.NEGATIVE_INFINITY }),
    saw(drillId, { timeMs, alerts, error }) {
      const mark = marks.get(drillId);
      if (mark?.stage !== 'watching') return;
      if (error === '') mark.lookedMs = timeMs;
      mark.labelSets = new Map(alerts.map(({ labels, state }) => [keyOf(labels), state === 'firing']));
      if (alerts.some(({ state }) => state === 'firing')) mark.stage = 'telling';
    },
    settle(drillId) {
      const mark = marks.get(drillId);
      if (mark === undefined) return;
      mark.stage = 'over';
      const untilMs = clock.nowMs() + SETTLING_MS;
      const look = (): void => {
        if (ports.ownAlerts(mark.rule) === 0 || clock.nowMs() >= untilMs) marks.delete(drillId);
        else clock.at(clock.nowMs() + LOOK_MS, look);
      };
      // What ended just now is told as ended once more.
      clock.at(clock.nowMs() + LOOK_MS, look);
    },
    marked(alerts) {
      if (marks.size === 0) return alerts;
      return alerts.flatMap((alert) => {
        const found = markOf(labelValue(alert.labels, 'alertname'), alert.labels, alert.startsAtMs);
        if (found === undefined) return [alert];
        const [drillId, verdict] = found;
        // What is undecided is told again by the rule, and decided by then.
        return verdict === 'drilled' ? [{ ...alert, labels: withLabels(alert.labels, [[DRILL_LABEL, drillId]]) }] : [];
      });
    },
    markedEvents(events) {
      if (marks.size === 0) return events;
      return events.map((event) => {
        if (event.kind !== 'state' || isDrilled(event.labels)) return event;
        const found = markOf(event.rule.rule, event.labels, event.timeMs, event.rule);
        return found === undefined ? event : { ...event, labels: withLabels(event.labels, [[DRILL_LABEL, found[0]]]) };
      });
    },
  };
}

/** Whether an alert has the labels its rule sets without a template: two rules of one name are told apart by them. */
function hasLabels(labels: Labels, set: ReadonlyMap<string, string>): boolean {
  return [...set].every(([name, value]) => value.includes('{{') || labelValue(labels, name) === value);
}
