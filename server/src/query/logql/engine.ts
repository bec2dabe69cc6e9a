import type { Expr, MetricExpr } from '@trilith/lang/logql';
import type { LogPredicate, QueryOptions, StoreReader } from '../../store/index.ts';
import { newestRecords } from '../recent_logs/newest_records.ts';
import type { RecentLogs } from '../recent_logs/recent_logs.ts';
import { checkPatterns } from './check_patterns.ts';
import { evaluateMetric } from './evaluate.ts';
import { foldSum } from './fold_sum.ts';
import { evaluateLogs, type LogAnswer } from './log_query.ts';
import { pushCounts } from './push_counts.ts';
import { pushValues } from './push_values.ts';
import { LogqlError, tooManySeries, unsupported } from './query_error.ts';
import type { MetricLimits } from './range_aggregation.ts';
import { referencedNames } from './referenced_names.ts';
import type { Steps, Value } from './series.ts';
import type { LogSource, NewestRecords } from './source.ts';
import { storeSource } from './store_source.ts';
import { createLogStreamIndex, type LogStreamIndex } from './stream_index.ts';

const DEFAULT_LOG_LIMITS: MetricLimits = { maxSeries: 2_000, maxSamples: 5_000_000 };
/** Loki's bound on the points of one series. */
const MAX_STEPS = 11_000;

export interface LogRangeQuery {
  readonly expr: Expr;
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** ns; only for metric queries. */
  readonly stepNs: bigint;
  readonly direction: 'forward' | 'backward';
  readonly limit: number;
  readonly instant: boolean;
  /** Of log queries, as in LogQuery. */
  readonly intervalNs?: bigint;
  readonly byOrigin?: boolean;
  readonly signal?: AbortSignal;
}

export type LogResult =
  | { readonly kind: 'streams'; readonly answer: LogAnswer }
  | { readonly kind: 'metric'; readonly value: Value; readonly steps: Steps };

/** LogQL over one tenant's store. */
export interface LogqlEngine {
  readonly index: LogStreamIndex;
  readonly reader: StoreReader;
  readonly database: string;
  /** The newest records, where they are in memory. */
  readonly newest: NewestRecords | undefined;
  query(query: LogRangeQuery): Promise<LogResult>;
  /** A source of records for other queries than LogQL's own; `names` may be answered from resource attributes. */
  source(names?: ReadonlySet<string>): LogSource;
}

export interface LogqlEngineOptions {
  readonly reader: StoreReader;
  readonly database: string;
  readonly now?: () => number;
  readonly limits?: MetricLimits;
  readonly bounds?: Omit<QueryOptions, 'database' | 'signal'>;
  /** What came in last, in memory. */
  readonly recent?: RecentLogs;
  /** For tests: evaluate everything in TypeScript. */
  readonly withoutPushdown?: boolean;
}

export function createLogqlEngine(options: LogqlEngineOptions): LogqlEngine {
  const { reader, database } = options;
  const query: QueryOptions = { database, ...options.bounds };
  const index = createLogStreamIndex(reader, { database }, options.now ?? Date.now, options.recent);
  const withoutFilters = options.withoutPushdown === true;
  const newest = options.recent === undefined ? undefined : newestRecords(options.recent, index);
  const source = (
    resourceNames: ReadonlySet<string> = new Set(),
    only?: LogPredicate,
    first?: NewestRecords,
  ): LogSource =>
    storeSource({
      reader,
      index,
      query,
      resourceNames,
      withoutFilters,
      ...(only === undefined ? {} : { only }),
      ...(first === undefined ? {} : { newest: first }),
    });
  return {
    index,
    reader,
    database,
    newest,
    source,
    async query(request) {
      const { expr } = request;
      checkPatterns(expr);
      await index.refresh();
      if (expr.kind === 'variants') throw unsupported('variants(…) of (…)', expr.span);
      if (expr.kind === 'log') {
        const names = referencedNames(expr.stages);
        const answer = await evaluateLogs({ ...request, log: expr }, source(names, undefined, newest));
        return { kind: 'streams', answer };
      }
      const steps = stepsOf(request);
      const store = { reader, index, query, source };
      const rules = options.withoutPushdown === true ? [] : [pushCounts(store), pushValues(store), foldSum];
      const context = {
        source: source(namesOf(expr), undefined, newest),
        steps,
        limits: options.limits ?? DEFAULT_LOG_LIMITS,
        rules,
        signal: request.signal,
      };
      const value = await evaluateMetric(expr, context);
      if (value.kind === 'matrix' && value.series.length > context.limits.maxSeries) {
        throw tooManySeries(context.limits.maxSeries);
      }
      return { kind: 'metric', value, steps };
    },
  };
}

function stepsOf(request: LogRangeQuery): Steps {
  const { startNs, endNs, stepNs, instant } = request;
  if (instant) return { startNs: endNs, stepNs: 1_000_000_000n, count: 1, instant };
  const count = Number((endNs - startNs) / stepNs) + 1;
  if (count > MAX_STEPS) {
    const message =
      'exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter';
    throw new LogqlError('limit', message);
  }
  return { startNs, stepNs, count, instant };
}

function namesOf(expr: MetricExpr): Set<string> {
  switch (expr.kind) {
    case 'range_aggregation':
      return referencedNames(expr.range.log.stages, expr.range.unwrap, [expr.grouping]);
    case 'vector_aggregation': {
      const names = namesOf(expr.inner);
      for (const name of expr.grouping?.without === false ? expr.grouping.labels : []) names.add(name);
      return names;
    }
    case 'binary':
      return new Set([...namesOf(expr.left), ...namesOf(expr.right)]);
    case 'label_replace':
      return namesOf(expr.inner);
    case 'literal':
    case 'vector':
      return new Set();
  }
}
