import type { LogExpr } from '@trilith/lang/logql';
import { labelValue } from '../../model/labels.ts';
import type { LogqlEngine } from '../logql/engine.ts';

export type HistogramLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'unknown';

export interface LogHistogram {
  /** Bucket i covers [startNs + i·stepNs, startNs + (i+1)·stepNs). */
  readonly startNs: bigint;
  readonly stepNs: bigint;
  readonly levels: ReadonlyMap<HistogramLevel, Float64Array>;
  readonly total: number;
}

const LEVELS: ReadonlyMap<string, HistogramLevel> = new Map<string, HistogramLevel>([
  ['TRACE', 'trace'],
  ['DEBUG', 'debug'],
  ['INFO', 'info'],
  ['WARN', 'warn'],
  ['ERROR', 'error'],
  ['FATAL', 'fatal'],
  ['CRITICAL', 'fatal'],
]);

/** How many records match in each of `buckets` equal stretches of a range, by level. Throws LogqlError and StoreError. */
export async function logHistogram(
  engine: LogqlEngine,
  query: {
    readonly log: LogExpr;
    readonly startNs: bigint;
    readonly endNs: bigint;
    readonly buckets: number;
    readonly signal?: AbortSignal;
  },
): Promise<LogHistogram> {
  const { log, startNs, endNs, buckets } = query;
  const stepNs = (endNs - startNs + BigInt(buckets) - 1n) / BigInt(buckets) || 1n;
  const { span } = log;
  const range = { log, rangeNs: Number(stepNs), offsetNs: 0, span };
  const inner = { kind: 'range_aggregation' as const, operation: 'count_over_time' as const, range, span };
  const expr = {
    kind: 'vector_aggregation' as const,
    operation: 'sum' as const,
    inner,
    grouping: { without: false, labels: ['severity_text'] },
    span,
  };
  // A window is open at its start and closed at its end; a nanosecond less makes it a bucket.
  const first = startNs + stepNs - 1n;
  const result = await engine.query({
    expr,
    startNs: first,
    endNs: first + stepNs * BigInt(buckets - 1),
    stepNs,
    direction: 'forward',
    limit: 1,
    instant: false,
    ...(query.signal === undefined ? {} : { signal: query.signal }),
  });
  const levels = new Map<HistogramLevel, Float64Array>();
  let total = 0;
  for (const series of result.kind === 'metric' && result.value.kind === 'matrix' ? result.value.series : []) {
    const level = LEVELS.get(labelValue(series.labels, 'severity_text').toUpperCase()) ?? 'unknown';
    const counts = levels.get(level) ?? new Float64Array(buckets);
    levels.set(level, counts);
    for (let i = 0; i < buckets; i++) {
      counts[i] = (counts[i] ?? 0) + (series.values[i] ?? 0);
      total += series.values[i] ?? 0;
    }
  }
  return { startNs, stepNs, levels, total };
}
