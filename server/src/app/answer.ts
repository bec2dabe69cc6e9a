import { randomBytes } from 'node:crypto';
import type { Access } from '../access/index.ts';
import type { HttpResponse, Route } from '../base/http.ts';
import type { IncomingHttp } from '../base/http_server.ts';
import { createRouter } from '../base/router.ts';
import type { Telemetry } from '../base/telemetry/telemetry.ts';
import { WorkerLost } from '../base/worker_calls.ts';
import { alertAccess, PRINCIPAL_HEADER } from './alert_paths.ts';
import type { Alerts } from './alerts.ts';
import { observeRequests } from './observed_requests.ts';
import { type QueryAnswer, type QueryCall, toCall } from './query_messages.ts';
import { type QueryQueue, QueryQueueFull } from './query_queue.ts';
import { refusal } from './refusals.ts';

/** Everything a listener's requests can lead to. */
export interface AnswerOptions {
  readonly access: Access;
  /** Receivers, on this thread. */
  readonly ingestRoutes: readonly Route[];
  /** What answers from memory while the store is down, on this thread; no key needed for `open` ones. */
  readonly systemRoutes: readonly Route[];
  readonly openPaths: ReadonlySet<string>;
  /** Asks a query worker; null when no query route matches. Undefined until the store has been ready once. */
  readonly query: () => ((call: QueryCall, signal: AbortSignal) => Promise<QueryAnswer>) | undefined;
  readonly queue: QueryQueue;
  readonly alerts: Pick<Alerts, 'call'>;
  /** What this thread knows is added to a worker's answer to these paths. */
  readonly amend: readonly Amendment[];
  readonly staticFiles: (path: string, headers: Readonly<Record<string, string>>) => Promise<HttpResponse>;
  readonly telemetry: Telemetry;
}

/** Adds to a worker's answer what only the main thread knows. */
export interface Amendment {
  readonly path: RegExp;
  readonly amend: (response: HttpResponse, tenant: string) => HttpResponse | Promise<HttpResponse>;
}

const QUERY_PREFIXES = [
  '/api/',
  '/prometheus/',
  '/loki/',
  '/tempo/',
  '/jaeger/',
  '/zipkin/',
  '/elasticsearch/',
  '/federate',
];
/** What changes the program or takes data away. */
const ADMIN_PATH = /^\/api\/admin\/|\/api\/v1\/admin\/|\/-\/reload$|^\/loki\/api\/v1\/delete$/;

type Headers = IncomingHttp['headers'];

/** The answer to every request: receivers, own status, queries, and the UI for everything else. */
export function createAnswer(options: AnswerOptions): (request: IncomingHttp) => Promise<HttpResponse> {
  const ingest = createRouter(options.ingestRoutes);
  const system = createRouter(options.systemRoutes);
  const { telemetry } = options;
  const observe = observeRequests(telemetry);

  const abandoned = telemetry.metrics.counter(
    'trilith_queries_abandoned_total',
    'Queries whose client left before the answer.',
  );
  /** What is counted for a client that has left, as upstream does; nobody reads it. */
  const left = (): HttpResponse => {
    abandoned.inc();
    return { status: 499, body: '' };
  };

  const query = async (request: IncomingHttp, headers: Headers, tenant: string): Promise<HttpResponse> => {
    const ask = options.query();
    if (ask === undefined) return refusal(request.path, 503, 'the store is starting', 1);
    try {
      const answer = await options.queue.run(tenant, request.signal, () =>
        ask(
          toCall(
            { method: request.method, path: request.path, headers, body: request.body, tenant },
            request.queryText,
          ),
          request.signal,
        ),
      );
      if (request.signal.aborted) return left();
      if (answer === null) return refusal(request.path, 404, `no such endpoint: ${request.method} ${request.path}`);
      const amendment = options.amend.find(({ path }) => path.test(request.path));
      return amendment === undefined ? answer : await amendment.amend(answer, tenant);
    } catch (error) {
      if (request.signal.aborted) return left();
      if (error instanceof QueryQueueFull) return refusal(request.path, 503, error.message, 2);
      if (error instanceof WorkerLost) return refusal(request.path, 503, 'the query worker was restarted', 1);
      throw error;
    }
  };

  const ofAlerts = async (
    request: IncomingHttp,
    headers: Headers,
    principal: { readonly name: string; readonly tenant: string },
  ): Promise<HttpResponse> => {
    const { method, path, body, queryText, signal } = request;
    try {
      const told = { ...headers, [PRINCIPAL_HEADER]: principal.name };
      const call = toCall({ method, path, headers: told, body, tenant: principal.tenant }, queryText);
      const answer = await options.alerts.call(call, signal);
      return answer ?? refusal(path, 404, `no such endpoint: ${method} ${path}`);
    } catch (error) {
      if (error instanceof WorkerLost) return refusal(path, 503, 'the alerts worker was restarted', 1);
      throw error;
    }
  };

  /** @param headers those of the request, and its id */
  const answer = async (request: IncomingHttp, headers: Headers): Promise<HttpResponse> => {
    const ofSystem = system.match(request.method, request.path);
    if (ofSystem !== null && options.openPaths.has(request.path)) {
      return ofSystem.route.handler({ ...request, headers, params: ofSystem.params, tenant: '' });
    }
    const alerting = ofSystem === null ? alertAccess(request.method, request.path) : undefined;
    if (alerting === 'open') return ofAlerts(request, headers, NOBODY);
    const principal = options.access.authenticate(request.headers);
    const ofIngest = ingest.match(request.method, request.path);
    const isQuery = QUERY_PREFIXES.some((prefix) => request.path.startsWith(prefix));
    const administers = ofSystem !== null && ADMIN_PATH.test(ofSystem.route.path);
    const needed = alerting ?? (ofIngest !== null ? 'ingest' : administers ? 'admin' : 'read');
    if (principal === null) return refusal(request.path, 401, 'a key is required', undefined, request.headers);
    const anyKey = (ofIngest ?? ofSystem)?.route.anyKey === true;
    if (!anyKey && !options.access.allows(principal, needed))
      return refusal(
        request.path,
        403,
        `the key ${principal.name} may not ${needed === 'admin' ? 'administer' : needed}`,
        undefined,
        request.headers,
      );
    const { tenant } = principal;
    const id = headers['x-request-id'];
    if (alerting !== undefined) {
      return observe({ kind: 'system', request, id, route: alertRoute(request.path) }, () =>
        ofAlerts(request, headers, principal),
      );
    }
    if (ofIngest !== null) {
      return observe({ kind: 'ingest', request, id, route: ofIngest.route.path }, async () =>
        ofIngest.route.handler({ ...request, headers, params: ofIngest.params, tenant }),
      );
    }
    if (ofSystem !== null) {
      return observe({ kind: 'system', request, id, route: ofSystem.route.path }, async () =>
        ofSystem.route.handler({ ...request, headers, params: ofSystem.params, tenant }),
      );
    }
    if (isQuery) {
      const route = routeName(request.path);
      return observe({ kind: 'query', request, id, route }, () => query(request, headers, tenant));
    }
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refusal(request.path, 404, `no such endpoint: ${request.method} ${request.path}`);
    return observe({ kind: 'static', request, id, route: '/' }, () =>
      options.staticFiles(request.path, request.headers),
    );
  };
  return async (request) => {
    if (request.method === 'POST' && ingest.match(request.method, request.path) !== null)
      return answer(request, request.headers);
    const id = requestId(request.headers['x-request-id']);
    const response = await answer(request, { ...request.headers, 'x-request-id': id });
    return { ...response, headers: { ...response.headers, 'x-request-id': id } };
  };
}

/** Who asks for what is signed. */
const NOBODY = { name: '', tenant: '' };

/** The first parts of a path, so that span names stay few. */
const alertRoute = (path: string): string => path.split('/').slice(0, 3).join('/');

const ID_PREFIX = randomBytes(9).toString('base64url');
let lastId = 0;

/** The caller's own id for a request when it is harmless, else one of ours; answered, logged and shown with errors. */
function requestId(given: string | undefined): string {
  return given !== undefined && /^[\w.-]{1,64}$/.test(given) ? given : `${ID_PREFIX}-${(++lastId).toString(36)}`;
}

/** A path with its variable parts named, so that span names stay few. */
function routeName(path: string): string {
  // Most have none, and every query comes by here.
  if (!/\/(label|tag|traces|services)\//.test(path)) return path;
  return path
    .replace(/\/(label|tag)\/[^/]+\/values/, '/$1/:name/values')
    .replace(/\/traces\/[0-9a-fA-F]+/, '/traces/:id')
    .replace(/\/services\/[^/]+/, '/services/:name');
}
