/** A service level objective as every file format becomes it. */
export interface Objective {
  /** Unique among all files: `<service>-<name>` where the format has no id of its own. */
  readonly id: string;
  readonly name: string;
  readonly service: string;
  readonly description: string;
  /** Percent of good events, over 0 up to 100: 99.9. */
  readonly targetPercent: number;
  /** The period the budget is for, in ms. */
  readonly periodMs: number;
  readonly labels: ReadonlyMap<string, string>;
  readonly indicator: Indicator;
  /** Alerts are silent while a window had fewer events than this, good and bad; 0: however few there are. */
  readonly minimumEvents: number;
  /** Undefined: no such alert. */
  readonly page: AlertPlan | undefined;
  readonly ticket: AlertPlan | undefined;
  readonly plugins: PluginChain;
}

/** What is counted. Expressions are Go templates with the variable `window`: `sum(rate(errors_total[{{.window}}]))`. */
export type Indicator =
  | ({ readonly kind: 'events' } & EventCounts)
  /** One expression whose value is the share of bad events, 0 to 1; with `counts` where the events are known too. */
  | { readonly kind: 'ratio'; readonly badShare: string; readonly counts: EventCounts | undefined };

export interface EventCounts {
  readonly bad: string;
  readonly total: string;
}

export interface AlertPlan {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
}

/** The plan of an objective that names no alert of its own. */
export const plainPlan = (objective: string, severity: 'page' | 'ticket'): AlertPlan => ({
  name: `${objective} burns its budget`,
  labels: new Map([['severity', severity]]),
  annotations: new Map(),
});

/** Steps that make or change the rules of an objective, beside or in place of the default ones. */
export interface PluginChain {
  readonly replacesDefaults: boolean;
  readonly steps: readonly PluginStep[];
}

export interface PluginStep {
  readonly id: string;
  /** Below 0: before the default steps. */
  readonly priority: number;
  readonly config: unknown;
  readonly line: number;
}

export const NO_PLUGINS: PluginChain = { replacesDefaults: false, steps: [] };

/** A file of objectives that cannot be used. */
export class ObjectiveError extends Error {
  override readonly name = 'ObjectiveError';
  /** Where in the file, from 1; 0 when no line is to blame. */
  readonly line: number;
  constructor(message: string, line = 0) {
    super(line === 0 ? message : `line ${line}: ${message}`);
    this.line = line;
  }
}
