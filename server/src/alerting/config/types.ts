import type { LabelMatcher } from '../matchers/matcher.ts';
import type { Integration } from '../notify/integration.ts';
import type { TimeInterval } from './time_intervals.ts';

/** A route as it stands in the file: what it does not say it has from its parent (dispatch/route.go). */
export interface RouteConfig {
  readonly receiver: string;
  /** Undefined: as the parent. */
  readonly groupBy: readonly string[] | undefined;
  /** `...`: every label. */
  readonly groupByAll: boolean;
  readonly matchers: readonly LabelMatcher[];
  readonly continues: boolean;
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  readonly groupWaitMs: number | undefined;
  readonly groupIntervalMs: number | undefined;
  readonly repeatIntervalMs: number | undefined;
  readonly routes: readonly RouteConfig[];
  readonly line: number;
}

export interface Receiver {
  readonly name: string;
  /** `name` is always among them. */
  readonly labels: ReadonlyMap<string, string>;
  readonly integrations: readonly Integration[];
}

export interface InhibitRule {
  readonly name: string;
  readonly source: readonly LabelMatcher[];
  readonly target: readonly LabelMatcher[];
  /** Labels that source and target have in common. */
  readonly equal: readonly string[];
}

/** `alertmanager.yml`, read and checked. */
export interface AlertmanagerConfig {
  /** After this an alert that nobody told an end of, and nobody tells again, is over; ms. */
  readonly resolveTimeoutMs: number;
  readonly route: RouteConfig;
  readonly receivers: ReadonlyMap<string, Receiver>;
  readonly inhibitRules: readonly InhibitRule[];
  readonly timeIntervals: ReadonlyMap<string, readonly TimeInterval[]>;
  /** Paths and globs, relative to the file. */
  readonly templates: readonly string[];
  /** Sections that are known but not acted upon. */
  readonly ignored: readonly string[];
  /** The file with every secret replaced by `<secret>`. */
  readonly text: string;
}
