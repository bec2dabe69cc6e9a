import type { AlertState } from './alert.ts';
import type { Labels } from './labels.ts';

/** The rule an event is about. */
export interface RuleIdentity {
  readonly file: string;
  readonly group: string;
  readonly rule: string;
}

interface EventOf<Kind extends string> {
  readonly kind: Kind;
  readonly timeMs: number;
}

/** An alert of a rule changed its state; `firing` to `inactive` is a resolution. */
export interface StateEvent extends EventOf<'state'> {
  readonly rule: RuleIdentity;
  readonly labels: Labels;
  readonly from: AlertState;
  readonly to: AlertState;
  /** The expression's value when it changed; NaN for a series that is gone. */
  readonly value: number;
}

/** A rule could not be evaluated (its state is frozen since), or can be again (`error` empty). */
export interface BlindEvent extends EventOf<'blind'> {
  readonly rule: RuleIdentity;
  readonly error: string;
}

/** An alert came to a group of a route for the first time since it began to fire. */
export interface RoutedEvent extends EventOf<'routed'> {
  readonly labels: Labels;
  /** Positions of the child routes from the root: `[0, 2]` is the third child of the first child. */
  readonly route: readonly number[];
  readonly groupKey: string;
  readonly receiver: string;
}

/** An alert was not told to a receiver at a flush, and why. Noted when the reason begins, not at every flush. */
export interface HeldEvent extends EventOf<'held'> {
  readonly labels: Labels;
  readonly groupKey: string;
  readonly receiver: string;
  readonly reason: 'silenced' | 'inhibited' | 'muted' | 'inactive' | 'acknowledged';
  /** Ids of silences, the alert that inhibits, or names of time intervals. */
  readonly by: readonly string[];
}

/** One attempt to hand a notification to a receiver's integration. */
export interface AttemptEvent extends EventOf<'attempt'> {
  readonly groupKey: string;
  readonly receiver: string;
  /** `slack[0]`, as Alertmanager numbers a receiver's integrations. */
  readonly integration: string;
  /** Counted from 1 within one notification. */
  readonly attempt: number;
  readonly outcome: 'accepted' | 'retried' | 'failed';
  /** What the provider answered: a status code, 0 where the transport has none or nothing came back. */
  readonly status: number;
  /** The provider's own id of what it took (a Slack timestamp, a PagerDuty dedup key); may be empty. */
  readonly providerId: string;
  readonly latencyMs: number;
  /** Why it was not accepted; of an accepted one whom it did not reach all the same. */
  readonly error: string;
  /** Of every alert in it: its labels, and whether it was told as resolved. */
  readonly alerts: readonly { readonly labels: Labels; readonly resolved: boolean }[];
  /** The receiver that did not take it, when this one was told instead. */
  readonly fallbackFor?: string;
}

/** Somebody, or an escalation, did something about a group of alerts. */
export interface ResponseEvent extends EventOf<'response'> {
  readonly groupKey: string;
  readonly action: 'acknowledged' | 'unacknowledged' | 'assigned' | 'escalated' | 'commented';
  /** Who did it, or whom it was escalated or assigned to. */
  readonly person: string;
  readonly note: string;
  readonly labels: Labels;
}

/** A row of the ledger (kept 13 months): what happened between a sample and a person. */
export type AlertEvent = StateEvent | BlindEvent | RoutedEvent | HeldEvent | AttemptEvent | ResponseEvent;

/** Where events go. Never throws and never waits: what cannot be kept is counted and logged there. */
export type NoteAlertEvents = (tenant: string, events: readonly AlertEvent[]) => void;
