import type { AlertState } from '../model/alert.ts';
import type { AlertEvent, BlindEvent, RuleIdentity, StateEvent } from '../model/alert_event.ts';
import { type Labels, labelsKey } from '../model/labels.ts';

/** A stretch in which an alert was in one state; ms since the epoch, without an end while it goes on. */
export interface StateStretch {
  readonly state: AlertState;
  readonly fromMs: number;
  readonly toMs: number | undefined;
  /** The expression's value when it began. */
  readonly value: number;
}

/** The states of one alert of one rule, oldest first. */
export interface StateTimeline {
  readonly rule: RuleIdentity;
  readonly labels: Labels;
  readonly stretches: readonly StateStretch[];
}

/** A stretch in which a rule could not be evaluated. */
export interface BlindStretch {
  readonly rule: RuleIdentity;
  readonly fromMs: number;
  readonly toMs: number | undefined;
  readonly error: string;
}

/** What the events, oldest first, say about the state of each alert. Of the time before the first change nothing is known. */
export function stateTimelines(events: readonly AlertEvent[]): StateTimeline[] {
  const byAlert = Map.groupBy(
    events.filter((event) => event.kind === 'state'),
    ({ rule, labels }) => `${ruleKey(rule)}\u0000${labelsKey(labels)}`,
  );
  return [...byAlert.values()].flatMap((changes) => {
    const [first] = changes;
    return first === undefined ? [] : [{ rule: first.rule, labels: first.labels, stretches: stretchesOf(changes) }];
  });
}

/** After a restart an alert comes to a state it was in: nothing has changed then. */
function stretchesOf(events: readonly StateEvent[]): StateStretch[] {
  const changes = events.filter(({ to }, i) => to !== events[i - 1]?.to);
  return changes.map(({ to, timeMs, value }, i) => ({
    state: to,
    fromMs: timeMs,
    toMs: changes[i + 1]?.timeMs,
    value,
  }));
}

/** When rules were blind; a rule that stays blind for another reason is in another stretch. */
export function blindStretches(events: readonly AlertEvent[]): BlindStretch[] {
  const byRule = Map.groupBy(
    events.filter((event) => event.kind === 'blind'),
    ({ rule }) => ruleKey(rule),
  );
  return [...byRule.values()].flatMap((changes: readonly BlindEvent[]) =>
    changes.flatMap(({ rule, timeMs, error }, i) =>
      error === '' ? [] : [{ rule, fromMs: timeMs, toMs: changes[i + 1]?.timeMs, error }],
    ),
  );
}

/** The stretch a moment is in; undefined before the first. */
export function stretchAt<Stretch extends { readonly fromMs: number; readonly toMs: number | undefined }>(
  stretches: readonly Stretch[],
  timeMs: number,
): Stretch | undefined {
  return stretches.findLast(({ fromMs, toMs }) => fromMs <= timeMs && (toMs === undefined || timeMs < toMs));
}

function ruleKey({ file, group, rule }: RuleIdentity): string {
  return [file, group, rule].join('\u0000');
}

/** Whether a label set has every label of another with the same value. */
export function hasLabels(labels: Labels, wanted: Labels): boolean {
  const values = new Map<string, string>();
  for (let i = 0; i < labels.length; i += 2) values.set(labels[i] ?? '', labels[i + 1] ?? '');
  for (let i = 0; i < wanted.length; i += 2) if ((values.get(wanted[i] ?? '') ?? '') !== wanted[i + 1]) return false;
  return true;
}
