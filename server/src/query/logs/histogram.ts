import type { LogExpr } from '@trilith/lang/logql';
import { labelValue } from '../../model/labels.ts';
import type { LogqlEngine } from '../logql/engine.ts';
import { LogqlError } from '../logql/query_error.ts';

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

/** Widths people read without counting, ms. */
const TIDY_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000,
];
const MS_PER_DAY = 86_400_000;
const NS_PER_MS = 1_000_000n;

/** The narrowest tidy width with at most `buckets` of them in a range. */
function tidyStepNs(rangeNs: bigint, buckets: number): bigint {
  const wantedMs = Number(rangeNs) / 1e6 / buckets;
  const stepMs = TIDY_MS.find((step) => step >= wantedMs) ?? Math.ceil(wantedMs / MS_PER_DAY) * MS_PER_DAY;
  return BigInt(stepMs) * NS_PER_MS;
}

/** Counts by level; the bucket at index `first + i` covers the i-th step of a stretch. */
interface Stretch {
  readonly startNs: bigint;
  readonly stepNs: bigint;
  readonly count: number;
  readonly first: number;
}

interface HistogramQuery {
  readonly log: LogExpr;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly buckets: number;
  readonly signal?: AbortSignal;
}

/**
 * How many records match in each bucket of a range, by level. Buckets are of a tidy width and start at multiples of it,
 * at most `buckets` + 1 of them; the first and the last count only what lies in the range. A line that a stage of the query
 * fails on is a line of its result, so it is counted as well. Throws LogqlError and StoreError.
 */
export async function logHistogram(engine: LogqlEngine, query: HistogramQuery): Promise<LogHistogram> {
  try {
    return await countedLines(engine, query);
  } catch (error) {
    // Numbers of a metric query may not rest on such lines unless it drops their error; as counts of lines they may.
    if (!(error instanceof LogqlError) || error.kind !== 'execution' || query.log.stages.length === 0) throw error;
    const { log } = query;
    const items = [{ name: '__error__' }, { name: '__error_details__' }];
    const stages = [...log.stages, { kind: 'drop' as const, items, span: log.span }];
    return await countedLines(engine, { ...query, log: { ...log, stages } });
  }
}

async function countedLines(engine: LogqlEngine, query: HistogramQuery): Promise<LogHistogram> {
  const { log, startNs, endNs, signal } = query;
  const stepNs = tidyStepNs(endNs - startNs, query.buckets);
  const alignedNs = startNs - (startNs % stepNs);
  const buckets = Number((endNs - alignedNs + stepNs - 1n) / stepNs);
  const levels = new Map<HistogramLevel, Float64Array>();
  let total = 0;
  const add = async (stretch: Stretch): Promise<void> => {
    for (const [level, counts] of await countByLevel(engine, log, stretch, signal)) {
      const sums = levels.get(level) ?? new Float64Array(buckets);
      levels.set(level, sums);
      counts.forEach((count, i) => {
        sums[stretch.first + i] = (sums[stretch.first + i] ?? 0) + count;
        total += count;
      });
    }
  };
  await Promise.all(stretches(startNs, endNs, alignedNs, stepNs).map(add));
  return { startNs: alignedNs, stepNs, levels, total };
}

/** The whole buckets of a range, and what is left of it before and after them. */
function stretches(startNs: bigint, endNs: bigint, alignedNs: bigint, stepNs: bigint): readonly Stretch[] {
  const wholeNs = alignedNs === startNs ? startNs : alignedNs + stepNs;
  if (wholeNs >= endNs) return [{ startNs, stepNs: endNs - startNs, count: 1, first: 0 }];
  const count = Number((endNs - wholeNs) / stepNs);
  const first = wholeNs === startNs ? 0 : 1;
  const restNs = wholeNs + stepNs * BigInt(count);
  const all = [
    { startNs, stepNs: wholeNs - startNs, count: first, first: 0 },
    { startNs: wholeNs, stepNs, count, first },
    { startNs: restNs, stepNs: endNs - restNs, count: endNs > restNs ? 1 : 0, first: first + count },
  ];
  return all.filter((stretch) => stretch.count > 0);
}

async function countByLevel(
  engine: LogqlEngine,
  log: LogExpr,
  { startNs, stepNs, count }: Stretch,
  signal: AbortSignal | undefined,
): Promise<readonly (readonly [HistogramLevel, readonly number[]])[]> {
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
    endNs: first + stepNs * BigInt(count - 1),
    stepNs,
    direction: 'forward',
    limit: 1,
    instant: false,
    ...(signal === undefined ? {} : { signal }),
  });
  const series = result.kind === 'metric' && result.value.kind === 'matrix' ? result.value.series : [];
  return series.map(({ labels, values }) => [
    LEVELS.get(labelValue(labels, 'severity_text').toUpperCase()) ?? 'unknown',
    Array.from({ length: count }, (_, i) => values[i] ?? 0),
  ]);
}
