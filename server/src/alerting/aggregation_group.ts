import type { Labels } from '../model/labels.ts';
import type { HeldAlert } from './held_alert.ts';
import type { RouteNode } from './route_tree.ts';

/** Alerts of a route that are told together. */
export interface AggregationGroup {
  readonly route: RouteNode;
  /** What its alerts have in common. */
  readonly labels: Labels;
  /** Upstream's key: `{}/{team="a"}:{alertname="Down"}`. */
  readonly key: string;
  /** By fingerprint; a resolved one stays until that is told. */
  readonly alerts: Map<string, HeldAlert>;
  /** Why an alert was held back at the last flush, by fingerprint: what is noted only when it begins. */
  readonly held: Map<string, string>;
  /** Names of the time intervals that mute the group since the last flush. */
  mutedBy: readonly string[];
}

export function createGroup(route: RouteNode, labels: Labels, key: string): AggregationGroup {
  return { route, labels, key, alerts: new Map(), held: new Map(), mutedBy: [] };
}
