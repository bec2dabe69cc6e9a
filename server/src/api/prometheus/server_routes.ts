import { compileMatcher, type ParseOptions } from '@trilith/lang/promql';
import { type HttpHandler, type HttpRequest, type HttpResponse, jsonResponse, type Route } from '../../base/http.ts';
import type { Matcher } from '../../model/labels.ts';
import { cleanTombstones, deleteSeries, type SeriesDeleter, snapshot } from './admin.ts';
import { BadRequest, errorResponse, unavailable } from './errors.ts';
import { features } from './features.ts';
import { looseLimit } from './lookups.ts';
import { selector } from './parameters.ts';
import { INTERNAL_PATHS, PREFIXES } from './routes.ts';
import { alerts, type RuleSource, rules } from './rules.ts';
import { selfMetrics } from './self_metrics.ts';
import {
  buildInfo,
  configStatus,
  flagStatus,
  poolConfig,
  replayStatus,
  runtimeInfo,
  type ServerStatus,
} from './server_status.ts';
import type { TargetMetric } from './target_metadata.ts';
import { type ActiveTarget, relabelSteps, type ScrapeTargets, scrapePools, targetList } from './targets.ts';

export interface PrometheusServerOptions {
  readonly status: ServerStatus;
  readonly targets: () => ScrapeTargets;
  /** Our own metrics in the text format. */
  readonly metrics: () => string;
  readonly parse?: ParseOptions;
  /** Kinds of service discovery that run here. */
  readonly discovery: readonly string[];
  /** Reads the configuration again; rejects when it cannot be used. */
  readonly reload: () => Promise<void>;
  /** Asks a query worker for a path of its own; undefined while there is none. */
  readonly ask: () =>
    | ((path: string, query: URLSearchParams, request: HttpRequest) => Promise<HttpResponse>)
    | undefined;
  /** Undefined until the store is ready. */
  readonly deleter: () => SeriesDeleter | undefined;
  readonly nowMs?: () => number;
}

const success = (data: unknown): HttpResponse => jsonResponse(200, { status: 'success', data });

/** The part of Prometheus' HTTP API that tells of the program itself, answered even while the store is down. */
export function prometheusServerRoutes(options: PrometheusServerOptions): readonly Route[] {
  const { status, targets, nowMs = Date.now } = options;
  const handlers: readonly (readonly [path: string, handler: HttpHandler])[] = [
    ['/scrape_pools', () => scrapePools(targets())],
    ['/scrape_pools/config', (request) => poolConfig(request, status, targets())],
    ['/targets', (request) => targetList(request, targets())],
    ['/targets/metadata', (request) => targetsMetadata(request, options)],
    ['/targets/relabel_steps', (request) => relabelSteps(request, targets())],
    ['/status/config', () => configStatus(status)],
    ['/status/flags', () => flagStatus(status)],
    ['/status/runtimeinfo', () => runtimeInfo(status, nowMs())],
    ['/status/buildinfo', () => buildInfo(status)],
    ['/status/walreplay', () => replayStatus(status)],
    // The store keeps parts of a day, not blocks of its own making.
    ['/status/tsdb/blocks', () => success({ blocks: [] })],
    ['/status/self_metrics', ({ query }) => selfMetrics(options.metrics(), query.get('metric_name_pattern') ?? '')],
    ['/features', () => features(options.parse ?? {}, options.discovery)],
    ['/notifications', () => success([])],
    // What upstream answers when nobody more may subscribe: there is nothing to be notified of.
    ['/notifications/live', () => ({ status: 204 })],
  ];
  const reload = (method: Route['method'], path: string): Route => ({ method, path, handler: () => reloaded(options) });
  return [
    ...PREFIXES.flatMap((prefix) =>
      handlers.map(([path, handler]): Route => ({ method: 'GET', path: prefix + path, handler: guarded(handler) })),
    ),
    ...adminRoutes(options),
    ...['/-/reload', '/prometheus/-/reload'].flatMap((path) => [reload('POST', path), reload('PUT', path)]),
  ];
}

/** The part of it that tells of rules and their alerts; below other prefixes Loki's ruler has the same. */
export function prometheusRuleRoutes(source: RuleSource, prefixes: readonly string[] = PREFIXES): readonly Route[] {
  const handlers: readonly (readonly [path: string, handler: HttpHandler])[] = [
    ['/rules', (request) => rules(request, source)],
    ['/alerts', (request) => alerts(request, source)],
  ];
  return prefixes.flatMap((prefix) =>
    handlers.map(([path, handler]): Route => ({ method: 'GET', path: prefix + path, handler: guarded(handler) })),
  );
}

/** Alertmanagers outside that alerts of a tenant's rules are sent to. */
export function alertmanagersRoutes(
  of: (tenant: string) => { readonly active: readonly string[]; readonly dropped: readonly string[] },
): readonly Route[] {
  const list = (urls: readonly string[]): { url: string }[] => urls.map((url) => ({ url }));
  const handler: HttpHandler = ({ tenant }) => {
    const { active, dropped } = of(tenant);
    return success({ activeAlertmanagers: list(active), droppedAlertmanagers: list(dropped) });
  };
  return PREFIXES.map((prefix): Route => ({ method: 'GET', path: `${prefix}/alertmanagers`, handler }));
}

/** What takes data away, under POST and PUT; the caller has to be an admin. */
function adminRoutes({ deleter }: PrometheusServerOptions): readonly Route[] {
  const withDeleter = (run: (request: HttpRequest, deleter: SeriesDeleter) => Promise<HttpResponse>): HttpHandler =>
    guarded(async (request) => {
      const opened = deleter();
      return opened === undefined ? unavailable('the store is not ready') : run(request, opened);
    });
  const handlers: readonly (readonly [name: string, handler: HttpHandler])[] = [
    ['delete_series', withDeleter(deleteSeries)],
    ['clean_tombstones', withDeleter(cleanTombstones)],
    ['snapshot', snapshot],
  ];
  return PREFIXES.flatMap((prefix) =>
    handlers.flatMap(([name, handler]) =>
      (['POST', 'PUT'] as const).map((method): Route => ({ method, path: `${prefix}/admin/tsdb/${name}`, handler })),
    ),
  );
}

const guarded = (handler: HttpHandler): HttpHandler => {
  return async (request) => {
    try {
      return await handler(request);
    } catch (error) {
      return errorResponse(error);
    }
  };
};

async function reloaded({ reload }: PrometheusServerOptions): Promise<HttpResponse> {
  const plain = { 'content-type': 'text/plain; charset=utf-8' };
  try {
    await reload();
    return { status: 200, headers: plain, body: '' };
  } catch (error) {
    return { status: 500, headers: plain, body: `failed to reload config: ${(error as Error).message}\n` };
  }
}

/** `/targets/metadata`: what is known of the metrics of the targets that match. */
async function targetsMetadata(request: HttpRequest, options: PrometheusServerOptions): Promise<HttpResponse> {
  const { query } = request;
  const limit = looseLimit(query, 'limit');
  const matchers = matchTarget(query.get('match_target') ?? '');
  const metric = query.get('metric') ?? '';
  const ask = options.ask();
  const data: object[] = [];
  for (const { labels } of options.targets().active()) {
    if (ask === undefined || (limit >= 0 && data.length >= limit)) break;
    if (!matchers(labels)) continue;
    const parameters = new URLSearchParams({ job: labels.job ?? '', instance: labels.instance ?? '', metric });
    const answer = await ask(INTERNAL_PATHS.targetMetadata, parameters, request);
    if (answer.status !== 200) return answer;
    for (const row of metricsIn(answer)) {
      const { metric: name, type, help, unit } = row;
      data.push({ target: labels, ...(metric === '' ? { metric: name } : {}), type, help, unit });
    }
  }
  return success(data);
}

function metricsIn({ body }: HttpResponse): readonly TargetMetric[] {
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  return (JSON.parse(text) as { readonly data: readonly TargetMetric[] }).data;
}

function matchTarget(text: string): (labels: ActiveTarget['labels']) => boolean {
  if (text === '') return () => true;
  const bad = (message: string, cause?: unknown): BadRequest =>
    new BadRequest(`invalid parameter "match_target": ${message}`, { cause });
  const tests = selector(text, bad).map((matcher: Matcher) => ({
    name: matcher.name,
    matches: compileMatcher(matcher).matches,
  }));
  return (labels) => tests.every(({ name, matches }) => matches(labels[name] ?? ''));
}
