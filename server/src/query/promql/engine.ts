import { type Expr, type ParseOptions, typeOf } from '@trilith/lang/promql';
import { Annotations } from './annotations.ts';
import { createBudget, type EvaluationContext, type Limits } from './context.ts';
import { evaluate } from './evaluate.ts';
import type { QueryObserver } from './explain.ts';
import { plan } from './plan.ts';
import type { PlanNode, SubqueryNode, WindowNode } from './plan_nodes.ts';
import { PromqlError } from './promql_error.ts';
import { type QueryBounds, withBound } from './query_bounds.ts';
import { createParser, type Parser } from './remembered_parse.ts';
import { newestOfSteps } from './rewrite/newest_of_steps.ts';
import { readLazily } from './rewrite/read_lazily.ts';
import { shareFetches } from './rewrite/share_fetches.ts';
import { type ShapedResult, shapeRangeVector, shapeResult } from './shape_result.ts';
import type { SampleSource, Selection, SeriesSet } from './source.ts';
import { type Grid, gridEndMs } from './values.ts';

export interface QueryResult extends ShapedResult {
  /** The evaluation time (of a range query: its end), ms. */
  readonly timeMs: number;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  readonly samplesRead: number;
}

export interface QueryRequest {
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Zero for an instant query at `startMs`. */
  readonly stepMs: number;
  readonly lookbackMs?: number;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Watches the query for `explain`; such a query is evaluated in full, nothing kept from earlier ones is used. */
  readonly observer?: QueryObserver;
  /** Evaluated in full and for itself, whatever is known already. */
  readonly fresh?: boolean;
}

export interface MetricsEngineOptions {
  readonly source: SampleSource;
  /** Monotonic clock, ms. */
  readonly now: () => number;
  readonly lookbackMs?: number;
  readonly timeoutMs?: number;
  readonly maxSamples?: number;
  /** Step of subqueries without one, ms. */
  readonly defaultStepMs?: number;
  readonly parse?: ParseOptions;
  /** Parses instead of a parser of this engine's own with `parse`. */
  readonly parser?: Parser;
  /** Upstream's feature flag `promql-delayed-name-removal`. */
  readonly delayedNameRemoval?: boolean;
  /** Upstream's feature flag `use-start-timestamps`: rate, irate, increase and resets see where counters began. */
  readonly startTimestamps?: boolean;
}

/** Evaluates PromQL over a source of samples. */
export interface MetricsEngine {
  /** Throws PromqlParseError or PromqlError. */
  query(request: QueryRequest): Promise<QueryResult>;
}

const DEFAULT_LOOKBACK_MS = 300_000;
const DEFAULT_TIMEOUT_MS = 120_000;
/** Samples one query may hold, unless configured otherwise. */
export const DEFAULT_MAX_SAMPLES = 50_000_000;
const DEFAULT_SUBQUERY_STEP_MS = 60_000;

export function createMetricsEngine(options: MetricsEngineOptions): MetricsEngine {
  const parsed = options.parser ?? createParser(options.parse ?? {});
  return {
    async query(request) {
      try {
        return await run(options, request, parsed(request.query));
      } catch (error) {
        throw withBound(error, boundsOf(options, request));
      }
    },
  };
}

const boundsOf = (options: MetricsEngineOptions, { timeoutMs }: QueryRequest): QueryBounds => ({
  maxSamples: options.maxSamples ?? DEFAULT_MAX_SAMPLES,
  timeoutMs: Math.min(timeoutMs ?? Number.POSITIVE_INFINITY, options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
});

async function run(options: MetricsEngineOptions, request: QueryRequest, expr: Expr): Promise<QueryResult> {
  const { query, startMs, endMs, stepMs, signal } = request;
  const instant = stepMs === 0;
  if (!instant) checkRangeType(expr);
  const lookbackMs = request.lookbackMs ?? options.lookbackMs ?? DEFAULT_LOOKBACK_MS;
  const { timeoutMs, maxSamples } = boundsOf(options, request);
  const grid: Grid = instant
    ? { startMs, stepMs: 1, count: 1 }
    : { startMs, stepMs, count: Math.max(0, Math.floor((endMs - startMs) / stepMs) + 1) };
  const defaultStepMs = options.defaultStepMs ?? DEFAULT_SUBQUERY_STEP_MS;
  const startTimestamps = options.startTimestamps === true;
  const planned = plan(expr, { query, grid, lookbackMs, defaultStepMs, startTimestamps });
  const shared = newestOfSteps(shareFetches(planned));
  const { root, fetches } = request.observer === undefined ? readLazily(shared) : shared;
  const annotations = new Annotations(query);
  const deadlineMs = options.now() + timeoutMs;
  const budget = createBudget({ maxSamples, deadlineMs, signal }, options.now);
  const read = (selections: readonly Selection[]): Promise<readonly SeriesSet[]> | readonly SeriesSet[] => {
    const now = selections.map((selection) => options.source.selectNow?.(selection, maxSamples));
    return now.every((set) => set !== undefined)
      ? now
      : fetchAll(options, selections, now, { maxSamples, deadlineMs, signal });
  };
  const reading = read(fetches);
  const fetched = await reading;
  const held = fetched.reduce((sum, set) => sum + set.times.length, 0);
  request.observer?.fetched(root, fetched);
  budget.hold(held);
  if (reading instanceof Promise || budget.due()) await budget.pause();
  const context: EvaluationContext = {
    ...budget,
    evaluate,
    annotations,
    lookbackMs,
    delayedNameRemoval: options.delayedNameRemoval === true,
    startTimestamps,
    startMs,
    endMs: gridEndMs(grid),
    stepMs: instant ? 0 : stepMs,
    fetched,
    read: async (selection) => {
      const [set] = await read([selection]);
      if (set === undefined) throw new Error('a selection was not answered');
      budget.hold(set.times.length);
      return set;
    },
    observe: request.observer?.evaluated,
  };
  const shaped =
    instant && isRange(root)
      ? await shapeRangeVector(context, root)
      : shapeResult(await evaluate(context, root), grid, instant);
  const samplesRead = fetched.reduce((sum, set) => sum + (set.samplesRead?.() ?? 0), held);
  return { ...shaped, timeMs: context.endMs, warnings: annotations.warnings, infos: annotations.infos, samplesRead };
}

/** Reads everything the plan needs that is not there already, all at once, no longer than the query may take. */
async function fetchAll(
  options: MetricsEngineOptions,
  fetches: readonly Selection[],
  now: readonly (SeriesSet | undefined)[],
  { maxSamples, deadlineMs, signal }: Limits,
): Promise<readonly SeriesSet[]> {
  const expired = AbortSignal.timeout(Math.max(0, Math.ceil(deadlineMs - options.now())));
  const either = signal === undefined ? expired : AbortSignal.any([signal, expired]);
  try {
    return await Promise.all(fetches.map((fetch, i) => now[i] ?? options.source.select(fetch, maxSamples, either)));
  } catch (error) {
    if (!expired.aborted || signal?.aborted === true) throw error;
    throw new PromqlError('timeout', 'query timed out in query execution', { cause: error });
  }
}

function checkRangeType(expr: Expr): void {
  const type = typeOf(expr);
  if (type === 'vector' || type === 'scalar') return;
  const documented = type === 'matrix' ? 'range vector' : type;
  throw new PromqlError(
    'bad_data',
    `invalid expression type "${documented}" for range query, must be Scalar or instant Vector`,
  );
}

const isRange = (node: PlanNode): node is WindowNode | SubqueryNode =>
  node.kind === 'window' || node.kind === 'subquery';
