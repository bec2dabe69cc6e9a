import type { LogPattern, LogPatternsAnswer } from '@trilith/contract';
import type { Route } from '../../base/http.ts';
import { filterPattern, joinPatterns, logPatterns, type PatternSeries, type Patterns } from '../../query/index.ts';
import type { QueryRouteOptions } from './engines.ts';
import { logQuery } from './logs.ts';
import { answering, required, timeRange, wholeNumber } from './respond.ts';

const MOST_STEPS = 200;
const MOST_PATTERNS = 500;
/** A pattern rises when it came so many times as often as before, and so many lines more: few lines are chance. */
const RISING_RATIO = 2;
const RISING_LINES = 10;

/** `GET /api/logs/patterns`: the patterns of the lines a query selects, against the period of equal length before. */
export function logPatternRoutes({ enginesOf, costOf }: QueryRouteOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/logs/patterns',
      handler: answering(async (request, notes) => {
        const { fromMs, toMs } = timeRange(request);
        const log = logQuery(required(request, 'query'));
        const steps = Math.min(MOST_STEPS, Math.max(1, wholeNumber(request, 'buckets', 30)));
        const engine = enginesOf(request.tenant).logs;
        const { signal } = request;
        const now = await logPatterns(engine, { log, fromMs, toMs, stepMs: (toMs - fromMs) / steps, signal });
        const lengthMs = now.toMs - now.fromMs;
        const period = { log, fromMs: now.fromMs - lengthMs, toMs: now.fromMs, stepMs: lengthMs, signal };
        // The newest lines alone say nothing of the time before.
        const before = now.sampled === undefined ? await logPatterns(engine, period) : undefined;
        const patterns = withPast(now.patterns, before?.sampled === undefined ? before?.patterns : undefined);
        const answered = notes();
        return {
          fromMs: now.fromMs,
          toMs: now.toMs,
          stepMs: now.stepMs,
          total: now.patterns.reduce((sum, { total }) => sum + total, 0),
          sampled: now.sampled !== undefined,
          patterns: patterns.slice(0, MOST_PATTERNS),
          notes: { ...answered, warnings: [...answered.warnings, ...warningsOf(now)] },
        } satisfies LogPatternsAnswer;
      }, costOf),
    },
  ];
}

function warningsOf({ patterns, sampled }: Patterns): string[] {
  if (sampled !== undefined)
    return [
      `Patterns of the newest ${sampled} lines: a query that is more than whole services and levels is not counted at ingest.`,
    ];
  const marked = patterns.reduce((sum, pattern) => sum + pattern.marked, 0);
  return marked === 0
    ? []
    : [`${marked} lines came late or may have been sent twice; repetitions among them are counted again.`];
}

/** The patterns of a period with how often each came in the one before, which is undefined when it is not known. */
function withPast(now: readonly PatternSeries[], before: readonly PatternSeries[] | undefined): LogPattern[] {
  const steps = now[0]?.counts.length ?? 0;
  const servicesBefore = new Set(before?.map(({ service }) => service));
  // One place more, so that both periods are joined alike: the last one is the period before.
  const widened = [
    ...now.map((pattern) => ({ ...pattern, counts: Float64Array.from([...pattern.counts, 0]) })),
    ...(before ?? []).map((pattern) => {
      const counts = new Float64Array(steps + 1);
      counts[steps] = pattern.total;
      return { ...pattern, counts };
    }),
  ];
  const answers = joinPatterns(sameAdded(widened)).map((pattern) => {
    const previous = pattern.counts[steps] ?? 0;
    const counts = [...pattern.counts.subarray(0, steps)];
    const count = counts.reduce((sum, each) => sum + each, 0);
    return {
      pattern: pattern.text,
      service: pattern.service,
      level: pattern.level,
      count,
      previousCount: before === undefined ? null : previous,
      state: before === undefined ? 'steady' : stateOf(count, previous, servicesBefore.has(pattern.service)),
      counts,
      filter: `{service_name=${JSON.stringify(pattern.service)}, level="${pattern.level}"} |> ${quoted(filterPattern(pattern))}`,
    } satisfies LogPattern;
  });
  return answers.sort((a, b) => b.count - a.count || (b.previousCount ?? 0) - (a.previousCount ?? 0));
}

/** Adds up the series of one service, level and template. */
function sameAdded(patterns: readonly PatternSeries[]): PatternSeries[] {
  const byKey = new Map<string, PatternSeries>();
  for (const pattern of patterns) {
    const { service, level, text, inside } = pattern;
    const key = [service, level, inside, text].join('\u0000');
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, pattern);
    else
      byKey.set(key, {
        ...known,
        counts: known.counts.map((count, i) => count + (pattern.counts[i] ?? 0)),
        total: known.total + pattern.total,
      });
  }
  return [...byKey.values()];
}

function stateOf(count: number, previous: number, hasPast: boolean): LogPattern['state'] {
  if (count === 0) return 'gone';
  // Of a service that is new itself nothing can be said.
  if (previous === 0) return hasPast ? 'new' : 'steady';
  return count >= previous * RISING_RATIO && count - previous >= RISING_LINES ? 'rising' : 'steady';
}

/** A LogQL string; between backticks nothing needs an escape. */
function quoted(text: string): string {
  return text.includes('`') ? JSON.stringify(text) : `\`${text}\``;
}
