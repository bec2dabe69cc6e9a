import type { HttpResponse } from '../base/http.ts';
import type { IncomingHttp } from '../base/http_server.ts';
import type { Telemetry } from '../base/telemetry/telemetry.ts';
import { type ActiveSpan, parseTraceparent } from '../base/telemetry/tracing.ts';

export const REQUEST_KINDS = ['ingest', 'system', 'query', 'static'] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

/** One request as it is counted, traced and logged. */
export interface ObservedRequest {
  readonly kind: RequestKind;
  readonly request: IncomingHttp;
  /** Its id in our log; receivers' requests have none of ours. */
  readonly id: string | undefined;
  /** The path with its variable parts named. */
  readonly route: string;
}

/** Runs what answers a request, and tells our own metrics, traces and log of it. */
export type ObserveRequest = (of: ObservedRequest, run: () => Promise<HttpResponse>) => Promise<HttpResponse>;

const SECONDS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 30];
const STATUSES = ['2xx', '3xx', '4xx', '5xx'] as const;
/** One in so many requests of receivers becomes a span. */
const INGEST_TRACE_EVERY = 100;
/** So many other requests of a route become spans at once, and so many a second after that. */
const TRACED_BURST = 20;
const TRACED_PER_SECOND = 2;
const MOST_ROUTES = 1_000;
/** Whatever takes longer is traced and logged however many there are. */
const SLOW_MS = 250;

/**
 * All requests are counted and timed. A span and a log line of its own has every request that was slow or failed, or that comes
 * with a caller's trace; of the others a few a second and route, because storing what we say of a small query costs as much
 * as its answer.
 * @param nowMs milliseconds of a clock that never goes back
 */
export function observeRequests(telemetry: Telemetry, nowMs: () => number = () => performance.now()): ObserveRequest {
  const requests = telemetry.metrics.counters('trilith_http_requests_total', 'Requests answered.', {
    kind: REQUEST_KINDS,
    status: STATUSES,
  });
  const durations = telemetry.metrics.histograms(
    'trilith_http_request_duration_seconds',
    'Time from the whole request to the answer.',
    SECONDS,
    { kind: REQUEST_KINDS },
  );
  const takes = tracedPerRoute(nowMs);
  let ingestCount = 0;
  const isTraced = (kind: RequestKind, route: string, hasCaller: boolean): boolean => {
    if (kind === 'static') return false;
    if (kind === 'ingest') return ingestCount++ % INGEST_TRACE_EVERY === 0;
    return hasCaller || takes(route);
  };

  return async ({ kind, request, id, route }, run) => {
    const started = nowMs();
    const { method, path } = request;
    const name = `${method} ${route}`;
    const attributes = { 'http.request.method': method, 'http.route': route, 'url.path': path };
    const caller = parseTraceparent(request.headers.traceparent);
    const describe = (span: ActiveSpan, { status }: HttpResponse): void => {
      span.setAttribute('http.response.status_code', status);
      if (status >= 500) span.fail(`status ${status}`);
      const milliseconds = Math.round((nowMs() - started) * 10) / 10;
      const fields = { method, path, status, milliseconds, request_id: id };
      // Refusals by the hundred are one line: they say the same, and counters tell how many.
      if (status === 503) telemetry.log.limited('WARN', `503 ${route}`, 10, 'request refused', fields);
      else if (status >= 500) telemetry.log.error('request failed', fields);
      else if (status === 499) telemetry.log.debug('client left before the answer', fields);
      else if (kind === 'query') telemetry.log.info('request answered', fields);
    };
    let answer: HttpResponse;
    if (isTraced(kind, route, caller?.sampled === true)) {
      const traced = async (span: ActiveSpan): Promise<HttpResponse> => {
        const response = await run();
        describe(span, response);
        return response;
      };
      answer = await telemetry.tracer.withSpan(name, attributes, traced, { kind: 'server', parent: caller });
    } else {
      answer = await telemetry.tracer.suppress(run);
      const durationMs = nowMs() - started;
      const told = (kind === 'query' || kind === 'system') && (durationMs >= SLOW_MS || answer.status >= 500);
      if (told) {
        const options = { kind: 'server', parent: caller, sinceMs: durationMs } as const;
        telemetry.tracer.withSpan(name, attributes, (span) => describe(span, answer), options);
      }
    }
    const status = STATUSES[Math.floor(answer.status / 100) - 2] ?? '5xx';
    requests.with({ kind, status }).inc();
    durations.with({ kind }).observe((nowMs() - started) / 1000);
    return answer;
  };
}

/** A bucket of tokens for each route. Paths nobody answers are routes too: when there are too many, all buckets are full again. */
function tracedPerRoute(nowMs: () => number): (route: string) => boolean {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return (route) => {
    const now = nowMs();
    let bucket = buckets.get(route);
    if (bucket === undefined) {
      if (buckets.size >= MOST_ROUTES) buckets.clear();
      bucket = { tokens: TRACED_BURST, atMs: now };
      buckets.set(route, bucket);
    }
    bucket.tokens = Math.min(TRACED_BURST, bucket.tokens + ((now - bucket.atMs) / 1000) * TRACED_PER_SECOND);
    bucket.atMs = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  };
}
