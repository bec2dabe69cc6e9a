import type { Route } from '../base/http.ts';

/** Prometheus' own probes; its clients read the words. */
const PROBES = [
  { ready: '/-/ready', healthy: '/-/healthy' },
  { ready: '/prometheus/-/ready', healthy: '/prometheus/-/healthy' },
] as const;

/** Loki's and Tempo's, at the address of either. */
const GRAFANA_READY = '/ready';

/** Paths that answer without a key. */
export const PROBE_PATHS: readonly string[] = ['/livez', '/readyz', GRAFANA_READY, ...PROBES.flatMap(Object.values)];

/** Whether the program lives, and whether it can answer queries. */
export function probeRoutes(isReady: () => boolean): Route[] {
  const said = (ready: string, waiting: string) => () =>
    isReady() ? { status: 200, text: ready } : { status: 503, text: waiting };
  return [
    plainRoute('/livez', () => ({ status: 200, text: 'ok\n' })),
    plainRoute('/readyz', said('ok\n', 'the store is not ready\n')),
    plainRoute(GRAFANA_READY, said('ready\n', 'the store is not ready\n')),
    ...PROBES.flatMap(({ ready, healthy }) => [
      plainRoute(ready, said('Prometheus Server is Ready.\n', 'Service Unavailable\n')),
      plainRoute(healthy, () => ({ status: 200, text: 'Prometheus Server is Healthy.\n' })),
    ]),
  ];
}

/** A route that answers with text. */
export function plainRoute(
  path: string,
  answer: () => { status: number; text: string } | Promise<{ status: number; text: string }>,
): Route {
  return {
    method: 'GET',
    path,
    handler: async () => {
      const { status, text } = await answer();
      return { status, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }, body: text };
    },
  };
}
