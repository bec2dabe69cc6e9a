import type { AlertGroupNow, AlertRoutesAnswer } from '@trilith/contract';

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
}

/** A route's place as text: `0.2`; `root`. */
export function routeId(path: readonly number[]): string {
  return path.length === 0 ? 'root' : path.join('.');
}

/** The rows of a tree, with what each route has to tell now. */
export function routeRows({ routes }: AlertRoutesAnswer, groups: readonly AlertGroupNow[]): readonly RouteRow[] {
  const byId = new Map(routes.map((route) => [routeId(route.path), route]));
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
    };
  });
}

const timing = ({ groupWaitMs, groupIntervalMs, repeatIntervalMs }: Route): string =>
  [groupWaitMs, groupIntervalMs, repeatIntervalMs].join();

/** The routes an alert goes through on its way to those it takes: each of them and all above. */
export function onTheWay(taken: readonly { readonly path: readonly number[] }[]): ReadonlySet<string> {
  return new Set(taken.flatMap(({ path }) => path.map((_, at) => routeId(path.slice(0, at + 1))).concat('root')));
}
