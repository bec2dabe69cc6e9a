import { type Labels, labelsKey } from '../model/labels.ts';
import type { RouteConfig } from './config/types.ts';
import { goQuote, type LabelMatcher, matchesAll, printMatchers } from './matchers/matcher.ts';
import { rememberedBy } from './matchers/remembered.ts';

/** A route with everything it has from those above it (dispatch/route.go). */
export interface RouteNode {
  /** Positions of the child routes from the root. */
  readonly path: readonly number[];
  /** One text for the path. */
  readonly id: string;
  /** The matchers from the root down: the first part of its groups' keys. Routes with equal matchers share it. */
  readonly key: string;
  readonly receiver: string;
  readonly groupBy: ReadonlySet<string>;
  readonly groupByAll: boolean;
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  readonly matchers: readonly LabelMatcher[];
  readonly continues: boolean;
  readonly routes: readonly RouteNode[];
}

type Inherited = Pick<
  RouteNode,
  'receiver' | 'groupBy' | 'groupByAll' | 'groupWaitMs' | 'groupIntervalMs' | 'repeatIntervalMs'
>;

const DEFAULTS: Inherited = {
  receiver: '',
  groupBy: new Set(),
  groupByAll: false,
  groupWaitMs: 30_000,
  groupIntervalMs: 300_000,
  repeatIntervalMs: 14_400_000,
};

/** The tree of a configuration. */
export function routeTree(root: RouteConfig): RouteNode {
  return node(root, DEFAULTS, [], '');
}

function node(config: RouteConfig, from: Inherited, path: readonly number[], above: string): RouteNode {
  const own: Inherited = {
    receiver: config.receiver || from.receiver,
    groupBy: config.groupBy === undefined ? from.groupBy : new Set(config.groupBy),
    groupByAll: config.groupBy === undefined && (config.groupByAll || from.groupByAll),
    groupWaitMs: config.groupWaitMs ?? from.groupWaitMs,
    groupIntervalMs: config.groupIntervalMs ?? from.groupIntervalMs,
    repeatIntervalMs: config.repeatIntervalMs ?? from.repeatIntervalMs,
  };
  const { matchers, continues, muteTimeIntervals, activeTimeIntervals } = config;
  const key = `${path.length === 0 ? '' : `${above}/`}${printMatchers(matchers)}`;
  const routes = config.routes.map((child, i) => node(child, own, [...path, i], key));
  return { ...own, path, id: path.join('.'), key, matchers, continues, muteTimeIntervals, activeTimeIntervals, routes };
}

/** The routes an alert takes, in order: the deepest that match, later siblings only after one that continues. */
export function matchRoutes(route: RouteNode, labels: Labels): RouteNode[] {
  if (!matchesAll(route.matchers, labels)) return [];
  const found: RouteNode[] = [];
  for (const child of route.routes) {
    const below = matchRoutes(child, labels);
    found.push(...below);
    if (below.length > 0 && !child.continues) break;
  }
  return found.length === 0 ? [route] : found;
}

/** `matchRoutes` of one tree, which remembers its answers. */
export function createRouteMatcher(root: RouteNode): (labels: Labels) => readonly RouteNode[] {
  return rememberedBy(matchersBelow(root), (labels) => matchRoutes(root, labels));
}

function* matchersBelow(route: RouteNode): Generator<LabelMatcher> {
  yield* route.matchers;
  for (const child of route.routes) yield* matchersBelow(child);
}

/** Those labels of an alert that its group has in common. */
export function groupLabels(route: RouteNode, labels: Labels): Labels {
  if (route.groupByAll) return labels;
  const common: string[] = [];
  for (let i = 0; i < labels.length; i += 2) {
    const name = labels[i] ?? '';
    if (route.groupBy.has(name)) common.push(name, labels[i + 1] ?? '');
  }
  return common;
}

/** Upstream's group key: `{}/{team="a"}:{alertname="Down"}`. Equal for groups of routes with equal matchers. */
export function groupKey(route: RouteNode, common: Labels): string {
  const pairs: string[] = [];
  for (let i = 0; i < common.length; i += 2) pairs.push(`${common[i]}=${goQuote(common[i + 1] ?? '')}`);
  return `${route.key}:{${pairs.join(', ')}}`;
}

/** One text for a group of a route; for map keys only. */
export function groupIdentity(route: RouteNode, common: Labels): string {
  return `${route.id}\u0000${labelsKey(common)}`;
}
