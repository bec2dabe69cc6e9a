import { type AlertRoutesAnswer, type RouteTestAnswer, routeTestRequest } from '@trilith/contract';
import {
  type Alertmanager,
  groupKey,
  groupLabels,
  mutedNow,
  printMatchers,
  type RouteNode,
} from '../../alerting/index.ts';
import { type HttpRequest, type HttpResponse, jsonResponse, type Route } from '../../base/http.ts';
import { labelsFrom } from '../../model/labels.ts';
import { answered, bodyOf } from './state_requests.ts';

export interface AlertRoutesOptions {
  readonly of: (tenant: string) => Alertmanager;
  readonly nowMs: () => number;
}

const MAX_BODY_BYTES = 64 * 1024;

/** The tree of routes, and which of them an alert would take: nothing is told. */
export function alertRouteRoutes({ of, nowMs }: AlertRoutesOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/alerts/routes',
      handler: (request) => answered(request, async () => tree(of(request.tenant))),
    },
    {
      method: 'POST',
      path: '/api/alerts/routes/test',
      handler: (request) => answered(request, async () => test(request, of(request.tenant), nowMs())),
    },
  ];
}

function tree(alertmanager: Alertmanager): HttpResponse {
  const answer: AlertRoutesAnswer = { routes: [...below(alertmanager.root)].map((route) => view(route, alertmanager)) };
  return jsonResponse(200, answer);
}

function* below(route: RouteNode): Generator<RouteNode> {
  yield route;
  for (const child of route.routes) yield* below(child);
}

function test(request: HttpRequest, alertmanager: Alertmanager, nowMs: number): HttpResponse {
  const asked = bodyOf(request, routeTestRequest, 'a test of routes', MAX_BODY_BYTES);
  const labels = labelsFrom(Object.entries(asked.labels));
  const { silencedBy, inhibitedBy } = alertmanager.suppressedBy(labels);
  const answer: RouteTestAnswer = {
    routes: alertmanager.routesOf(labels).map((route) => ({
      ...view(route, alertmanager),
      groupKey: groupKey(route, groupLabels(route, labels)),
      mutedBy: [...(mutedNow(route, nowMs, alertmanager.config.timeIntervals)?.by ?? [])],
    })),
    silencedBy: [...silencedBy],
    inhibitedBy: [...inhibitedBy],
  };
  return jsonResponse(200, answer);
}

function view(route: RouteNode, { config }: Alertmanager): AlertRoutesAnswer['routes'][number] {
  const { receiver, groupBy, groupByAll, groupWaitMs, groupIntervalMs, repeatIntervalMs, continues } = route;
  return {
    path: [...route.path],
    matchers: printMatchers(route.matchers),
    receiver,
    integrations: (config.receivers.get(receiver)?.integrations ?? []).map(
      ({ channel, index }) => `${channel}[${index}]`,
    ),
    continues,
    groupBy: groupByAll ? ['...'] : [...groupBy],
    groupWaitMs,
    groupIntervalMs,
    repeatIntervalMs,
    muteTimeIntervals: [...route.muteTimeIntervals],
    activeTimeIntervals: [...route.activeTimeIntervals],
  };
}
