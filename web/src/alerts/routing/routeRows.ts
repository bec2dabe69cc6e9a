import type { AlertGroupNow, AlertRoutesAnswer } from '@trilith/contract';
import { matcherText, readMatchers } from '../labels/matchers.ts';

type Route = AlertRoutesAnswer['routes'][number];

/** A route of the tree as a row, each before those below it. */
export interface RouteRow {
  readonly route: Route;
  readonly id: string;
  /** How deep it is: 0 for the root. */
  readonly depth: number;
  /** What it says otherwise than the route above it. */
  readonly changed: { readonly receiver: boolean; readonly grouping: boolean; readonly timing: boolean };
  /** Groups and alerts that are told by it now. */
  readonly groups: number;
  readonly alerts: number;
  /** Matchers of a route before it that takes all that it would take; null where there is none. */
  readonly hiddenBy: string | null;
}

/** A route's place as text: `0.2`; `root`. */
export function routeId(path: readonly number[]): string {
  return path.length === 0 ? 'root' : path.join('.');
}

/** The rows of a tree, with what each route has to tell now. */
export function routeRows({ routes }: AlertRoutesAnswer, groups: readonly AlertGroupNow[]): readonly RouteRow[] {
  const byId = new Map(routes.map((route) => [routeId(route.path), route]));
  const asked = new Map(routes.map((route) => [route, askedBy(route)]));
  return routes.map((route) => {
    const id = routeId(route.path);
    const above = route.path.length === 0 ? undefined : byId.get(routeId(route.path.slice(0, -1)));
    const own = groups.filter((group) => routeId(group.route) === id);
    return {
      route,
      id,
      depth: route.path.length,
      changed: {
        receiver: route.receiver !== above?.receiver,
        grouping: route.groupBy.join() !== above?.groupBy.join(),
        timing: timing(route) !== (above === undefined ? '' : timing(above)),
      },
      groups: own.length,
      alerts: own.reduce((sum, { count }) => sum + count, 0),
      hiddenBy: routes.find((before) => hides(before, route, asked))?.matchers ?? null,
    };
  });
}

const timing = ({ groupWaitMs, groupIntervalMs, repeatIntervalMs }: Route): string =>
  [groupWaitMs, groupIntervalMs, repeatIntervalMs].join();

/**
 * Whether no alert comes as far as a route, because one beside it comes first, does not go on, and asks for nothing that the
 * route does not ask for too.
 */
function hides(before: Route, route: Route, asked: ReadonlyMap<Route, ReadonlySet<string> | undefined>): boolean {
  const [at, atBefore] = [route.path.at(-1), before.path.at(-1)];
  if (before.continues || at === undefined || atBefore === undefined || atBefore >= at) return false;
  if (routeId(before.path.slice(0, -1)) !== routeId(route.path.slice(0, -1))) return false;
  const [wanted, own] = [asked.get(before), asked.get(route)];
  return wanted !== undefined && own !== undefined && wanted.isSubsetOf(own);
}

/** Matchers of a route, each as text; undefined where they cannot be read. */
function askedBy({ matchers }: Route): ReadonlySet<string> | undefined {
  const read = readMatchers(matchers);
  return read === null ? undefined : new Set(read.map(matcherText));
}

/** A receiver of the configuration. */
export interface ReceiverRow {
  readonly name: string;
  /** How many routes lead to it. */
  readonly routes: number;
  /** Who is reached by it. */
  readonly people: readonly string[];
}

interface Reached {
  readonly id: string;
  readonly name: string;
  readonly receivers: readonly string[];
}

/** Every receiver with the routes and people it belongs to; those that belong to nothing last. */
export function receiverRows(
  names: readonly string[],
  { routes }: AlertRoutesAnswer,
  people: readonly Reached[],
): readonly ReceiverRow[] {
  return names
    .map((name) => ({
      name,
      routes: routes.filter(({ receiver }) => receiver === name).length,
      people: people.filter(({ receivers }) => receivers.includes(name)).map((one) => one.name || one.id),
    }))
    .toSorted((a, b) => Number(isLoose(a)) - Number(isLoose(b)) || a.name.localeCompare(b.name));
}

/** Neither a route nor a person has it: only a setting of Trilith's own (fallback, heartbeat) can name it. */
export function isLoose({ routes, people }: ReceiverRow): boolean {
  return routes === 0 && people.length === 0;
}

/** The routes an alert goes through on its way to those it takes: each of them and all above. */
export function onTheWay(taken: readonly { readonly path: readonly number[] }[]): ReadonlySet<string> {
  return new Set(taken.flatMap(({ path }) => path.map((_, at) => routeId(path.slice(0, at + 1))).concat('root')));
}
