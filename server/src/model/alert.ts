import type { Labels } from './labels.ts';

/** What a rule hands to alerting, and what Alertmanager's API takes and gives. */
export interface Alert {
  /** Its identity: two alerts with equal labels are one. `alertname` is among them. */
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAtMs: number;
  /** When it is over unless it is told again: in the past for a resolved one. */
  readonly endsAtMs: number;
  /** When this was last told. */
  readonly updatedAtMs: number;
  /** Where its expression can be looked at; may be empty. */
  readonly generatorUrl: string;
}

/** Where an alert of a rule is. */
export type AlertState = 'inactive' | 'pending' | 'firing';

/** The label of everything a drill made: counted in no objective and no figure of noise. Its value is the drill run's id. */
export const DRILL_LABEL = 'trilith_drill';

/** The label of a notification that tests a receiver, and the name of the alert that a heartbeat tells. */
export const TEST_LABEL = 'trilith_test';
export const HEARTBEAT_ALERT = 'TrilithHeartbeat';

/** Rules of one name that go on after a restart: alerts of theirs that are not among those that are active have ended. */
export interface RestoredRules {
  /** Their alerts' `alertname`: rules of other names may have the same expression, and so the same link. */
  readonly name: string;
  /** As in the alerts' `generatorUrl`. */
  readonly links: ReadonlySet<string>;
  /** Labels of alerts that are pending or firing, as alerting is told them; each as `labelsKey`. */
  readonly active: ReadonlySet<string>;
}
