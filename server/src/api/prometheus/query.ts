import type { HttpRequest, HttpResponse } from '../../base/http.ts';
import type { QueryRequest, QueryResult, TenantMetrics } from '../../query/index.ts';
import { encodeResult } from './encode.ts';
import { BadRequest } from './errors.ts';
import { durationParameter, limitParameter, optionalTime, timeParameter } from './parameters.ts';

/** Points of one series that a range query may ask for. */
const MOST_POINTS = 11_000;

/** `/query`: the value of an expression at one moment. */
export function instantQuery(request: HttpRequest, metrics: TenantMetrics, nowMs: number): Promise<HttpResponse> {
  const { query } = request;
  limitParameter(query);
  const startMs = optionalTime(query, 'time', nowMs);
  return answer(request, metrics, { startMs, endMs: startMs, stepMs: 0 });
}

/** `/query_range`: its values over a range of time. */
export function rangeQuery(request: HttpRequest, metrics: TenantMetrics): Promise<HttpResponse> {
  const { query } = request;
  limitParameter(query);
  const startMs = timeParameter('start', query.get('start') ?? '');
  const endMs = timeParameter('end', query.get('end') ?? '');
  if (endMs < startMs) throw new BadRequest('invalid parameter "end": end timestamp must not be before start time');
  const stepMs = durationParameter('step', query.get('step') ?? '');
  if (stepMs <= 0) {
    throw new BadRequest(
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  }
  if ((endMs - startMs) / stepMs > MOST_POINTS) {
    throw new BadRequest(
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
  }
  return answer(request, metrics, { startMs, endMs, stepMs });
}

async function answer(
  request: HttpRequest,
  metrics: TenantMetrics,
  times: Pick<QueryRequest, 'startMs' | 'endMs' | 'stepMs'>,
): Promise<HttpResponse> {
  const { query, signal } = request;
  const limit = limitParameter(query);
  const timeout = query.get('timeout');
  const lookback = query.get('lookback_delta');
  const stats = query.get('stats') ?? '';
  const started = performance.now();
  const result = await metrics.query({
    query: query.get('query') ?? '',
    ...times,
    signal,
    fresh: stats !== '' || /\bno-store\b/.test(request.headers['cache-control'] ?? ''),
    ...(timeout === null || timeout === '' ? {} : { timeoutMs: durationParameter('timeout', timeout) }),
    ...(lookback === null || lookback === ''
      ? {}
      : { lookbackMs: durationParameter('lookback_delta', lookback, 'error parsing lookback delta duration: ') }),
  });
  const warnings = [...result.warnings];
  if (limit > 0 && result.series.length > limit) warnings.push('results truncated due to limit');
  if (stats !== '' && stats !== 'true' && stats !== 'all') warnings.push(deprecated(stats));
  const body = await encodeResult(
    truncated(result, limit),
    warnings,
    stats === '' ? {} : { stats: statistics(result, started) },
  );
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

const deprecated = (stats: string): string =>
  `value ${JSON.stringify(stats)} for parameter "stats" is deprecated and will be rejected in the next major release, use "true" or "all"`;

const truncated = (result: QueryResult, limit: number): QueryResult =>
  limit > 0 && result.series.length > limit ? { ...result, series: result.series.slice(0, limit) } : result;

function statistics(result: QueryResult, started: number): unknown {
  const total = (performance.now() - started) / 1000;
  return {
    timings: {
      evalTotalTime: total,
      resultSortTime: 0,
      queryPreparationTime: 0,
      innerEvalTime: total,
      execQueueTime: 0,
      execTotalTime: total,
    },
    samples: {
      totalQueryableSamples: result.samplesRead,
      peakSamples: result.samplesRead,
      samplesRead: result.samplesRead,
    },
  };
}
