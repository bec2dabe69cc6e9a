import { LogqlParseError, parse, print } from '@trilith/lang/logql';
import { type HttpHandler, type HttpRequest, type HttpResponse, jsonResponse, type Route } from '../../base/http.ts';
import type { LogqlEngine } from '../../query/index.ts';
import { DELETION_PATHS, forgetStreams, planDeletion } from './deletion.ts';
import { detectedFields, detectedFieldValues, detectedLabels } from './detected.ts';
import { encodeResult, wantsCategorized } from './encode.ts';
import { errorResponse } from './errors.ts';
import { labelNames, labelValues, series } from './labels.ts';
import {
  alignToStep,
  checkLimit,
  defaultStep,
  ParameterError,
  parseBounds,
  parseDirection,
  parseInterval,
  parseLimit,
  parseStep,
  parseTime,
} from './parameters.ts';
import { patterns } from './patterns.ts';
import { statusRoutes } from './status.ts';
import { indexStats, volume, volumeRange } from './volume.ts';

export interface LokiOptions {
  /** The engine of a tenant's database. */
  readonly engineOf: (tenant: string) => LogqlEngine;
  readonly now?: () => number;
  readonly version?: string;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 5000;
/** The version whose API this is: clients choose their features by it. */
const VERSION = '3.7.0';

type Handler = (engine: LogqlEngine, request: HttpRequest, nowMs: number) => Promise<HttpResponse>;

/** Loki's HTTP API for reading, shaped as Grafana's Loki data source and logcli expect (grafana.com/docs/loki/latest/reference/loki-http-api). */
export function lokiRoutes(options: LokiOptions): Route[] {
  const now = options.now ?? Date.now;
  const wrap =
    (handler: Handler): HttpHandler =>
    async (request) => {
      try {
        return await handler(options.engineOf(request.tenant), request, now());
      } catch (error) {
        return errorResponse(error);
      }
    };
  const both = (path: string, handler: Handler): Route[] => [
    { method: 'GET', path, handler: wrap(handler) },
    { method: 'POST', path, handler: wrap(handler) },
  ];
  return [
    ...both('/loki/api/v1/query', query),
    ...both('/loki/api/v1/query_range', queryRange),
    ...both('/loki/api/v1/labels', labelNames),
    ...both('/loki/api/v1/label', labelNames),
    ...both('/loki/api/v1/label/:name/values', labelValues),
    ...both('/loki/api/v1/series', series),
    ...both('/loki/api/v1/index/stats', indexStats),
    ...both('/loki/api/v1/index/volume', volume),
    ...both('/loki/api/v1/index/volume_range', volumeRange),
    ...both('/loki/api/v1/detected_labels', detectedLabels),
    ...both('/loki/api/v1/detected_fields', detectedFields),
    ...both('/loki/api/v1/detected_field/:name/values', detectedFieldValues),
    ...both('/loki/api/v1/patterns', patterns),
    ...both('/loki/api/v1/format_query', formatQuery),
    { method: 'GET', path: DELETION_PATHS.plan, handler: wrap(planDeletion) },
    { method: 'POST', path: DELETION_PATHS.forgetStreams, handler: wrap(forgetStreams) },
    ...statusRoutes(options.version ?? VERSION),
  ];
}

function queryText(request: HttpRequest): string {
  return request.query.get('query') ?? '';
}

async function query(engine: LogqlEngine, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const expr = parse(queryText(request));
  if (expr.kind === 'log') {
    throw new ParameterError(
      'log queries are not supported as an instant query type, please change your query to a range query type',
    );
  }
  const time = request.query.get('time');
  const endNs = time === null || time === '' ? BigInt(nowMs) * 1_000_000n : parseTime(time);
  const limit = parseLimit(request.query.get('limit'), DEFAULT_LIMIT);
  const direction = parseDirection(request.query.get('direction'));
  const started = performance.now();
  const result = await engine.query({
    expr,
    startNs: endNs,
    endNs,
    stepNs: 1n,
    direction,
    limit,
    instant: true,
    signal: request.signal,
  });
  return jsonResponse(200, {
    status: 'success',
    data: encodeResult(result, {
      instant: true,
      categorized: wantsCategorized(request.headers),
      seconds: secondsSince(started),
    }),
  });
}

async function queryRange(engine: LogqlEngine, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const bounds = parseBounds(request.query, nowMs);
  const limit = parseLimit(request.query.get('limit'), DEFAULT_LIMIT);
  const direction = parseDirection(request.query.get('direction'));
  const step = request.query.get('step');
  const stepNs = step === null || step === '' ? defaultStep(bounds) : parseStep('step', step);
  const intervalNs = parseInterval(request.query.get('interval'));
  const expr = parse(queryText(request));
  // A metric query has no entries to bound.
  if (expr.kind === 'log') checkLimit(limit, MAX_LIMIT);
  const started = performance.now();
  const byOrigin = wantsCategorized(request.headers);
  const result = await engine.query({
    expr,
    ...(expr.kind === 'log' ? bounds : alignToStep(bounds, stepNs)),
    stepNs,
    direction,
    limit,
    instant: false,
    intervalNs,
    byOrigin,
    signal: request.signal,
  });
  const data = encodeResult(result, { instant: false, categorized: byOrigin, seconds: secondsSince(started) });
  return jsonResponse(200, { status: 'success', data });
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
}

async function formatQuery(_engine: LogqlEngine, request: HttpRequest): Promise<HttpResponse> {
  try {
    return jsonResponse(200, { status: 'success', data: print(parse(queryText(request))) });
  } catch (error) {
    if (!(error instanceof LogqlParseError)) throw error;
    return jsonResponse(400, { status: 'invalid-query', error: error.message });
  }
}
