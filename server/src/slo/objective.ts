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
  /** Undefined: no such alert. */
  readonly page: AlertPlan | undefined;
  readonly ticket: AlertPlan | undefined;
  readonly plugins: PluginChain;
}

/** What is counted. Expressions are Go templates with the variable `window`: `sum(rate(errors_total[{{.window}}]))`. */
export type Indicator =
  | { readonly kind: 'events'; readonly bad: string; readonly total: string }
  /** One expression whose value is the share of bad events, 0 to 1. */
  | { readonly kind: 'ratio'; readonly badShare: string };

export interface AlertPlan {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
}

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
