import { parse } from '@trilith/lang/logql';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import { filterPattern, joinPatterns, type LogqlEngine, logPatterns } from '../../query/index.ts';
import { defaultStep, ParameterError, parseBounds, parseStep } from './parameters.ts';

/** What Loki answers with. */
const MOST_PATTERNS = 300;
const NS_PER_MS = 1_000_000n;

/**
 * `GET /loki/api/v1/patterns`: how often each pattern of a selector's lines came in each step, as Loki's pattern ingester
 * counts them. The templates are those of LogQL's `|>`. Throws LogqlParseError, LogqlError, ParameterError, StoreError.
 */
export async function patterns(engine: LogqlEngine, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const bounds = parseBounds(request.query, nowMs);
  const log = parse(request.query.get('query') ?? '');
  if (log.kind !== 'log') throw new ParameterError('only label matchers are supported');
  const step = request.query.get('step');
  const stepNs = step === null || step === '' ? defaultStep(bounds) : parseStep('step', step);
  const found = await logPatterns(engine, {
    log,
    fromMs: Number(bounds.startNs / NS_PER_MS),
    toMs: Number(bounds.endNs / NS_PER_MS) + 1,
    stepMs: Number(stepNs / NS_PER_MS),
    signal: request.signal,
  });
  const data = joinPatterns(found.patterns)
    .slice(0, MOST_PATTERNS)
    .map((pattern) => ({
      pattern: filterPattern(pattern),
      level: pattern.level === '' ? 'unknown' : pattern.level.toLowerCase(),
      samples: [...pattern.counts].flatMap((count, i) =>
        count === 0 ? [] : [[Math.floor((found.fromMs + i * found.stepMs) / 1000), count]],
      ),
    }));
  return jsonResponse(200, { status: 'success', data });
}
