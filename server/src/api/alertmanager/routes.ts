import type { Alertmanager } from '../../alerting/index.ts';
import { type HttpRequest, type HttpResponse, jsonResponse, type Route } from '../../base/http.ts';
import { labelsFrom, labelsToRecord } from '../../model/labels.ts';
import { getAlertGroups, getAlerts, postAlerts } from './alerts.ts';
import { errorResponse } from './errors.ts';
import { receiverMatchers, satisfies } from './parameters.ts';
import { deleteSilence, getSilence, getSilences, postSilence } from './silences.ts';

export interface AlertmanagerApiOptions {
  readonly of: (tenant: string) => Alertmanager;
  readonly nowMs: () => number;
  readonly version: string;
  readonly startedMs: number;
  /** Whose request it is, for the history of silences. */
  readonly authorOf: (request: HttpRequest) => string;
}

/** Where the API is: under Alertmanager's own prefix, and at the root as its own port has it. */
const PREFIXES = ['/alertmanager/api/v2', '/api/v2'];

/** API v2 as openapi.yaml of Alertmanager specifies it. */
export function alertmanagerRoutes(options: AlertmanagerApiOptions): Route[] {
  type Handler = (request: HttpRequest, of: Alertmanager, nowMs: number) => HttpResponse | Promise<HttpResponse>;
  const route = (method: Route['method'], path: string, handler: Handler): Route[] =>
    PREFIXES.map((prefix) => ({
      method,
      path: `${prefix}${path}`,
      handler: async (request) => {
        try {
          return await handler(request, options.of(request.tenant), options.nowMs());
        } catch (error) {
          return errorResponse(error);
        }
      },
    }));
  return [
    ...route('GET', '/status', (_request, alertmanager) => getStatus(alertmanager, options)),
    ...route('GET', '/receivers', getReceivers),
    ...route('GET', '/alerts', getAlerts),
    ...route('POST', '/alerts', postAlerts),
    ...route('GET', '/alerts/groups', getAlertGroups),
    ...route('GET', '/silences', getSilences),
    ...route('POST', '/silences', (request, alertmanager, nowMs) =>
      postSilence(request, alertmanager, options.authorOf(request), nowMs),
    ),
    ...route('GET', '/silence/:id', getSilence),
    ...route('DELETE', '/silence/:id', (request, alertmanager) =>
      deleteSilence(request, alertmanager, options.authorOf(request)),
    ),
  ];
}

function getStatus({ config }: Alertmanager, { version, startedMs }: AlertmanagerApiOptions): HttpResponse {
  return jsonResponse(200, {
    cluster: { peers: [], status: 'disabled' },
    config: { original: config.text },
    uptime: new Date(startedMs).toISOString(),
    versionInfo: { branch: '', buildDate: '', buildUser: '', goVersion: '', revision: '', version },
  });
}

function getReceivers({ query }: HttpRequest, { config }: Alertmanager): HttpResponse {
  const wanted = receiverMatchers(query);
  const found = [...config.receivers.values()].filter(({ labels }) => satisfies(wanted, labelsFrom(labels)));
  return jsonResponse(
    200,
    found.map(({ name, labels }) => ({ labels: labelsToRecord(labelsFrom(labels)), name })),
  );
}
