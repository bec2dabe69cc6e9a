import type { Alert, RestoredRules } from '../model/alert.ts';
import type { AlertEvent } from '../model/alert_event.ts';
import type { FloatHistogram } from '../model/histogram.ts';
import type { Labels, Matcher } from '../model/labels.ts';

/** The languages rules are written in. */
export type RuleLanguage = 'promql' | 'logql';

export interface RuleQuery {
  readonly language: RuleLanguage;
  readonly expr: string;
}

/** One element of an instant vector; a scalar is one without labels. */
export interface RuleSample {
  readonly labels: Labels;
  /** NaN where the element is a native histogram. */
  readonly value: number;
  readonly histogram?: FloatHistogram;
}

/** What an expression evaluates to, or why it could not be evaluated. No elements are an answer, not a failure. */
export type RuleAnswer = readonly RuleSample[] | RuleFailure;

export interface RuleFailure {
  readonly error: string;
}

export const hasFailed = (answer: RuleAnswer): answer is RuleFailure => 'error' in answer;

/** A sample that a rule makes: a recorded series, ALERTS or ALERTS_FOR_STATE. */
export interface RecordedSample {
  readonly labels: Labels;
  /** ms since the epoch. */
  readonly timeMs: number;
  readonly value: number;
  /** The series ends here: a staleness marker, whatever `value` says. */
  readonly stale: boolean;
  readonly histogram?: FloatHistogram;
}

/** The last sample of a series within a stretch of time. */
export interface LastSample {
  readonly labels: Labels;
  readonly timeMs: number;
  /** NaN where a staleness marker is the last of it. */
  readonly value: number;
}

/** What rules need of the rest. All times are ms since the epoch. */
export interface RulePorts {
  /** One answer for each query, in their order. Rejects only where nothing could be asked; then every query has failed. */
  evaluate(tenant: string, queries: readonly RuleQuery[], timeMs: number): Promise<readonly RuleAnswer[]>;
  /** Resolves when the samples are durable and the next `evaluate` sees them. Rejects when they are not stored. */
  append(tenant: string, samples: readonly RecordedSample[]): Promise<void>;
  /** Of each series that satisfies every matcher, the last sample within the stretch; both ends included. */
  lastSamples(
    tenant: string,
    matchers: readonly Matcher[],
    range: { readonly fromMs: number; readonly toMs: number },
  ): Promise<readonly LastSample[]>;
  /**
   * Labels, each as `labelsKey`, of the alerts with this name that rules of ours had firing at a time. Absent where nobody
   * remembers.
   */
  firingAt?(tenant: string, name: string, timeMs: number): Promise<ReadonlySet<string>>;
  /** Hands alerts to alerting; never throws and never waits. */
  alerts(tenant: string, alerts: readonly Alert[]): void;
  /** Rules know their alerts of before a restart. Never throws and never waits. */
  restored?(tenant: string, rules: RestoredRules, timeMs: number): void;
  /** Never throws and never waits. */
  note(tenant: string, events: readonly AlertEvent[]): void;
}

/** What templates of one alert are expanded from. */
export interface AlertTemplates {
  readonly rule: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** The element of the expression's result that makes the alert. */
  readonly sample: RuleSample;
  /** The evaluation time, ms since the epoch. */
  readonly timeMs: number;
  /** Asks a query at the evaluation time; rejects with what the template shows as its error. */
  readonly query: (expr: string) => Promise<readonly RuleSample[]>;
}

export interface ExpandedTemplates {
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
}

/**
 * Expands the templates of an alert. Never rejects: an error stands in the value it is about, as upstream has it
 * (`<error expanding template: …>`).
 */
export type ExpandAlertTemplates = (templates: AlertTemplates) => Promise<ExpandedTemplates>;
